"""Words are taken out of a recorded event: what it counts stays, the chain goes on, and a record of it is chained too.

The seal of an event covers all its content, so without its salt it proves nothing any more. A later event of type
`report.redacted` says what remains (decision 0025). Pure.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import uuid4

from shared.events import ReportRedacted
from shared.report import SCHEMAS, Recorded, Report, canonical, content_of, schema_version, sha256

REDACTED: Final = "█████"  # What stands where words stood, in every language.
FREE_TEXTS: Final = ("note", "reason", "as_written")  # Contract §1: where a name may have slipped in.


class NoSuchEvent(Exception):
    """The log has no event at this position."""


class NothingToRedact(Exception):
    """The event has no free texts that could be taken out."""


class NoSuchText(Exception):
    """There are no words at this place of the event."""


class StillNeeded(Exception):
    """Without these words the event would tell of nothing: they are no free text."""


def texts_in(data: dict[str, Any]) -> list[str]:
    """JSON pointers to the free texts that are still there."""
    return [at for at, text in _texts(data) if at.rpartition("/")[2] in FREE_TEXTS and text != REDACTED]


def words_at(data: dict[str, Any], pointers: Sequence[str]) -> list[str]:
    """The words at these places. Raises `NoSuchText`."""
    found = dict(_texts(data))
    if missing := [pointer for pointer in pointers if pointer not in found]:
        raise NoSuchText(missing[0])
    return [found[pointer] for pointer in pointers if found[pointer] != REDACTED]


def without(event: Recorded, pointers: Sequence[str]) -> Recorded:
    """The event without the words at these places, and without its salt. Raises `NoSuchText`, `StillNeeded`."""
    words_at(event.data, pointers)
    data_json = canonical(_replaced(event.data, set(pointers)))
    content = content_of(event.type, event.subject, schema_version(event.envelope), data_json)
    after = Recorded(
        event.position,
        event.epoch,
        event.hash,
        event.envelope_json,
        data_json.decode(),
        "",
        sha256(content),
    )
    try:
        after.event  # noqa: B018 (readers must be able to read it)
    except ValueError:
        raise StillNeeded from None
    return after


def record_of(event: Recorded, pointers: Sequence[str], reason: str) -> ReportRedacted:
    """What is to be recorded of a redaction of which `event` remains."""
    return ReportRedacted(
        position=event.position, texts=list(pointers), remains=event.content_hash, reason=reason
    )


def as_report(record: ReportRedacted) -> Report:
    """The record on its way into the log. It is no news to anybody's mailbox."""
    attributes = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/redactions",
        "type": record.type,
        "subject": "programme",
        "dataschema": f"{SCHEMAS}/{record.type}/{record.version}",
        "datacontenttype": "application/json",
        "historical": True,
    }
    return Report(attributes, record.version, record.model_dump(exclude_none=True), record)


def same_but_for_redacted(remains: Any, sent: Any) -> bool:
    """Whether what was sent is what a redacted event says, but for the words that were taken out."""
    if remains == REDACTED:
        return isinstance(sent, str)
    if isinstance(remains, dict) and isinstance(sent, dict):
        return remains.keys() == sent.keys() and all(
            same_but_for_redacted(remains[key], sent[key]) for key in remains
        )
    if isinstance(remains, list) and isinstance(sent, list):
        return len(remains) == len(sent) and all(map(same_but_for_redacted, remains, sent))
    return type(remains) is type(sent) and bool(remains == sent)


def _texts(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Every text below, by its pointer. Names of fields hold no sign that a pointer would have to mask."""
    match value:
        case str():
            yield at, value
        case dict():
            for key, part in value.items():
                yield from _texts(part, f"{at}/{key}")
        case list():
            for number, part in enumerate(value):
                yield from _texts(part, f"{at}/{number}")


def _replaced(value: Any, pointers: set[str], at: str = "") -> Any:
    match value:
        case str() if at in pointers:
            return REDACTED
        case dict():
            return {key: _replaced(part, pointers, f"{at}/{key}") for key, part in value.items()}
        case list():
            return [_replaced(part, pointers, f"{at}/{number}") for number, part in enumerate(value)]
    return value
