"""From Pydantic's errors to our faults: where (a JSON pointer) and why (a word), never what."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from shared.problems import Fault

MOST_FAULTS: Final = 20

# What Pydantic calls a fault -> our word for it, a key under `fault.` in the catalogues.
_FAULTS: Final = {
    "missing": "missing",
    "extra_forbidden": "unknown",
    "string_type": "not-text",
    "int_type": "not-a-whole-number",
    "int_from_float": "not-a-whole-number",
    "bool_type": "not-yes-or-no",
    "literal_error": "not-in-the-list",
    "string_pattern_mismatch": "wrong-form",
    "string_too_short": "empty",
    "string_too_long": "too-long",
    "greater_than_equal": "too-small",
    "less_than_equal": "too-large",
    "list_type": "not-a-list",
    "dict_type": "not-an-object",
    "model_type": "not-an-object",
    "not-a-date": "not-a-date",
    "not-a-count": "not-a-count",
    "not-a-period": "not-a-period",
    "amount-or-goods": "amount-or-goods",
    "value-or-percent": "value-or-percent",
    "int_parsing": "not-a-whole-number",
    "bool_parsing": "not-yes-or-no",
    "greater_than": "too-small",
    "less_than": "too-large",
}


def faults_of(error: ValidationError, pointer: str) -> tuple[Fault, ...]:
    """What is wrong, where."""
    return faults_in(error.errors(include_url=False, include_context=False, include_input=False), pointer)


def faults_in(errors: Iterable[Mapping[str, Any]], pointer: str = "") -> tuple[Fault, ...]:
    """The first faults of a list of Pydantic errors."""
    found = [
        Fault(pointer + json_pointer(error["loc"]), _FAULTS.get(error["type"], "wrong")) for error in errors
    ]
    return tuple(found[:MOST_FAULTS])


def json_pointer(path: Iterable[str | int]) -> str:
    """RFC 6901."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
