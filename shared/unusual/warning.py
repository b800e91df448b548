"""A warning: what is unusual about a report, as facts. The words are in `shared/saying.py`."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Warning:
    """One thing that is unusual: `code` is a norm's or a kind's, `pointer` the place in the report it is about."""

    code: str
    pointer: str
    facts: dict[str, Any] = field(default_factory=dict)
