"""Stored data of any version, read as today's event. Readers know only the newest version of each type."""

from collections.abc import Callable
from typing import Any, Final

from shared.events import CATALOGUE, Event

# (type, version) -> what turns that version's data into the next version's. Empty while all types are at 1.
UPCASTS: Final[dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]]] = {}


def read_event(type: str, version: int, data: dict[str, Any]) -> Event:
    """The event as of today's version of its type."""
    while (type, version) in UPCASTS:
        data = UPCASTS[type, version](data)
        version += 1
    return CATALOGUE[type, version].model_validate(data)
