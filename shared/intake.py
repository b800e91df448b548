"""From bytes to a report: strict JSON, CloudEvents 1.0, and the event type's own form. Pure.

What cannot be read is refused with the place (a JSON pointer) and the reason of each fault, never with a value.
"""

import base64
import json
import math
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, Required
from urllib.parse import unquote

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from shared.events import CATALOGUE, Event
from shared.faults import faults_of, json_pointer
from shared.problems import Fault, NotAnEvent, NotJson, NotTheType, NotUtf8, TooDeep, UnknownType, Unreadable
from shared.report import Report
from shared.values import LARGEST

DEEPEST: Final = 32
EVENT_LIMIT: Final = 1024 * 1024  # Bytes of one report.
_HIGHEST: Final = 2**31 - 1

_Text = Annotated[str, StringConstraints(min_length=1, max_length=512)]
_MOMENT = r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$"
_SCHEMA = re.compile(r"[a-z][a-z0-9+.-]*://\S+/schemas/([^/]+)/(\d{1,6})", re.ASCII | re.IGNORECASE)
_SOURCE = r"^[!-~]{1,249}$"  # A URI reference: printable ASCII.
_SUBJECT = r"^(province:(pre-2025|2025-07):\d{2}|[a-z0-9-]{3,64})$"


@with_config(ConfigDict(extra="forbid", strict=True))
class _Attributes(TypedDict, total=False):
    specversion: Required[Literal["1.0"]]
    id: Required[Annotated[str, StringConstraints(min_length=1, max_length=249)]]
    source: Required[Annotated[str, StringConstraints(pattern=_SOURCE)]]
    type: Required[_Text]
    subject: Required[Annotated[str, StringConstraints(pattern=_SUBJECT)]]
    time: Annotated[str, StringConstraints(pattern=_MOMENT)]
    dataschema: _Text
    datacontenttype: Annotated[str, StringConstraints(pattern=r"^application/([a-z.]+\+)?json\b")]
    deviceseq: Annotated[int, Field(ge=0, le=_HIGHEST)]
    historical: bool
    traceparent: _Text
    tracestate: _Text
    correlationid: _Text
    causationid: _Text
    expectedversion: Annotated[int, Field(ge=0, le=_HIGHEST)]


_ATTRIBUTES: Final = TypeAdapter(_Attributes)
_NUMBERS: Final = ("deviceseq", "expectedversion")


def parse(raw: bytes) -> Any:
    """Strict JSON: UTF-8, no name twice, no NaN, text in NFC and without control characters.

    A whole number written `42.0` is 42, as JSON Schema and RFC 8785 see it.
    Raises `NotUtf8`, `NotJson` (with line and column) or `TooDeep`.
    """
    try:
        text = raw.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise NotUtf8(byte=error.start) from None
    try:
        value = _read_json(text)
    except json.JSONDecodeError as error:
        raise NotJson(line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise TooDeep from None
    except ValueError:
        raise NotJson(line=1, column=1) from None
    # Parts of an NFC text are NFC; only escapes can bring in what the text does not show.
    plain = "\\u" not in text and unicodedata.is_normalized("NFC", text)
    shallow = text.count("{") + text.count("[") <= DEEPEST
    return value if plain and shallow else _tidy(value, "")


def names(raw: bytes) -> dict[str, str | None]:
    """What can be read of a report's identity, for people who look for it. Never fails."""
    found = _legible(raw)
    told = {"source": "source", "report_id": "id", "type": "type", "subject": "subject"}
    return {
        name: text if isinstance(text := found.get(at), str) and len(text) < 250 else None
        for name, at in told.items()
    }


def sender(raw: bytes) -> tuple[str | None, int | None]:
    """What can be read of a report's source, and of its number there (`deviceseq`). Never fails."""
    found = _legible(raw)
    source, number = found.get("source"), found.get("deviceseq")
    return (
        source if isinstance(source, str) and re.fullmatch(_SOURCE, source) else None,
        number if type(number) is int and 0 <= number <= _HIGHEST else None,
    )


def read_structured(raw: bytes) -> Report:
    """A report from one structured CloudEvent. Raises `Unreadable`."""
    return read_event(parse(raw))


def read_event(value: Any) -> Report:
    """A report from the parsed JSON of one structured CloudEvent. Raises `Unreadable`."""
    if not isinstance(value, dict):
        raise NotAnEvent(faults=(Fault("", "not-an-object"),))
    attributes = {name: item for name, item in value.items() if item is not None and name != "data"}
    data = value.get("data")
    if "data_base64" in attributes and data is None:
        data = _from_base64(attributes.pop("data_base64"))
    return read_parts(attributes, data)


def read_binary(headers: Mapping[str, str], body: bytes) -> Report:
    """A report from a binary-mode CloudEvent: attributes in `ce-*` headers, the data as body."""
    return read_parts(binary_attributes(headers), parse(body))


def binary_attributes(headers: Mapping[str, str]) -> dict[str, Any]:
    """The CloudEvents attributes of binary mode, percent-decoded and typed."""
    found: dict[str, Any] = {
        name[3:].lower(): unquote(text) for name, text in headers.items() if name[:3].lower() == "ce-"
    }
    for name in _NUMBERS:
        if (text := found.get(name, "")).isascii() and text.isdigit() and len(text) <= 10:
            found[name] = int(found[name])
    if found.get("historical") in ("true", "false"):
        found["historical"] = found["historical"] == "true"
    return found


def read_parts(attributes: dict[str, Any], data: Any) -> Report:
    """A report from its CloudEvents attributes and its parsed data. Raises `Unreadable`."""
    try:
        _ATTRIBUTES.validate_python(attributes)
    except ValidationError as error:
        raise NotAnEvent(faults=faults_of(error, "")) from None
    version = _version(attributes["type"], attributes.get("dataschema"))
    if (attributes["type"], version) not in CATALOGUE:
        raise UnknownType("/type")
    event = read_data(CATALOGUE[attributes["type"], version], data, "/data")
    expected_version = attributes.pop("expectedversion", None)
    return Report(attributes, version, data, event, expected_version)


def read_data(type: type[Event], data: Any, pointer: str) -> Event:
    """The event from its data. Raises `NotTheType` with every fault."""
    try:
        return type.model_validate(data)
    except ValidationError as error:
        raise NotTheType(pointer, faults=faults_of(error, pointer)) from None


@lru_cache(maxsize=1024)
def _version(type: str, schema: str | None) -> int:
    """The schema version from `dataschema`, whose host is ignored; absent means version 1 for ever."""
    if schema is None:
        return 1
    found = _SCHEMA.fullmatch(schema)
    if not found:
        raise NotAnEvent("/dataschema", faults=(Fault("/dataschema", "wrong-form"),))
    if found[1] != type:
        raise NotAnEvent("/dataschema", faults=(Fault("/dataschema", "of-another-type"),))
    return int(found[2])


def _legible(raw: bytes) -> dict[str, Any]:
    """The members of the JSON object, as far as it is one."""
    try:
        value = parse(raw)
    except Unreadable:
        return {}
    return value if isinstance(value, dict) else {}


def _from_base64(text: Any) -> Any:
    try:
        return parse(base64.b64decode(text, validate=True))
    except (ValueError, TypeError, Unreadable):
        raise NotAnEvent("/data_base64", faults=(Fault("/data_base64", "wrong-form"),)) from None


def _read_json(text: str) -> Any:
    return _DECODER.decode(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _number(text: str) -> int | float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("beyond every number")
    return int(number) if number.is_integer() and abs(number) <= LARGEST else number


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_once, parse_float=_number, parse_constant=_no_constant, strict=True
)


def _tidy(value: Any, pointer: str, depth: int = 0) -> Any:
    """The value with text in NFC. Refuses NUL and half characters: no database could keep them."""
    if depth > DEEPEST:
        raise TooDeep
    match value:
        case str():
            if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
                raise NotAnEvent(pointer, faults=(Fault(pointer, "not-text"),))
            return unicodedata.normalize("NFC", value)
        case dict():
            return {
                _tidy(k, pointer, depth): _tidy(v, f"{pointer}{json_pointer((k,))}", depth + 1)
                for k, v in value.items()
            }
        case list():
            return [_tidy(item, f"{pointer}/{i}", depth + 1) for i, item in enumerate(value)]
    return value
