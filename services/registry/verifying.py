"""`ishc log verify`: the whole log proves itself, in Valkey and in the archive. Reads only; the system may run."""

from collections.abc import Callable
from typing import NamedTuple

from shared.archive import Archive
from shared.chain import Fault, Kind, Redactions, fault_in
from shared.database import engine
from shared.log import START, Mark
from shared.report import Recorded
from shared.settings import Registry
from shared.valkey import connect
from shared.valkey_log import ValkeyLog

BATCH = 1000
Read = Callable[[int, int], list[Recorded]]
Walked = Callable[[list[Recorded]], object]
Others = Callable[[list[Recorded]], dict[int, Recorded]]


class Verified(NamedTuple):
    """How far the log is whole, and the hash there; or the first fault, and whether the archive or the log has it."""

    position: int
    hash: str
    fault: Fault | None = None
    place: str = ""


def verify_now(first: int, walked: Callable[[int, int], object]) -> Verified:
    """Verify the log of the settings from a position on. `walked` hears how many events were looked at, of how many.

    Raises `LogAway` while the log does not answer or is closed, and `LookupError` beyond its end.
    """
    settings = Registry()
    log = ValkeyLog(connect(settings.log), Archive(engine(settings.registry_database)), settings.programme)
    try:
        return verify(log, first, walked)
    finally:
        log.close()


def verify(
    log: ValkeyLog, first: int = 1, walked: Callable[[int, int], object] = lambda done, of: None
) -> Verified:
    """Walk the archive, then what is in Valkey, from event to event, up to the head as it is now."""
    head, archived = log.head(), log.archive.last()
    end = max(head.position, archived.position)
    if first > max(1, end):
        raise LookupError(first)
    before = _mark_before(log, first)
    if before is None:
        return Verified(0, "", Fault(first - 1, Kind.MISSING), "log")
    hot = max(before.position, _oldest(log, head.position) - 1)
    total = max(0, archived.position - before.position) + max(0, head.position - hot)

    redactions = Redactions()

    def told(events: list[Recorded]) -> None:
        for event in events:
            redactions.hear(event)
        walked(len(events), total)

    reached, fault = _walk(log.archive.read, before, archived.position, told)
    if fault is not None:
        return Verified(reached.position, reached.hash, fault, "archive")
    start = before if hot == before.position else _archived(log, hot)
    if start is None:
        return Verified(reached.position, reached.hash, Fault(reached.position + 1, Kind.MISSING), "log")
    reached, fault = _walk(
        log.read, start, head.position, told, lambda events: log.archive.at([e.position for e in events])
    )
    if fault is None and head.position == reached.position and head.hash != reached.hash:
        fault = Fault(head.position, Kind.HEAD)
    fault = fault or redactions.fault()
    return Verified(reached.position, reached.hash, fault, "log" if fault else "")


def _walk(
    read: Read, before: Mark, end: int, told: Walked, others: Others = lambda events: {}
) -> tuple[Mark, Fault | None]:
    """Go on from event to event until `end`; how far that went, and what stopped it.

    What `others` holds at the same position must be the same there, byte by byte.
    """
    while before.position < end:
        events = [event for event in read(before.position, BATCH) if event.position <= end]
        if not events:
            return before, Fault(before.position + 1, Kind.MISSING)
        beside = others(events)
        for event in events:
            if _bytes(beside.get(event.position, event)) != _bytes(event):
                return before, Fault(event.position, Kind.APART)
            if fault := fault_in(event, before):
                return before, fault
            before = Mark.of(event)
        told(events)
    return before, None


def _bytes(event: Recorded) -> tuple[str, ...]:
    return event.hash, event.envelope_json, event.data_json, event.salt, event.content_hash


def _mark_before(log: ValkeyLog, first: int) -> Mark | None:
    """The event before the first one; None if it is not there."""
    if first <= 1:
        return START
    found = log.at([first - 1]).get(first - 1)
    return Mark.of(found) if found else None


def _archived(log: ValkeyLog, position: int) -> Mark | None:
    found = log.archive.at([position]).get(position)
    return Mark.of(found) if found else None


def _oldest(log: ValkeyLog, head: int) -> int:
    """The first position that is still in the stream; beyond the head for an empty one."""
    rows = log.client.xrange(log.keys.log, count=1)
    return int(rows[0][0].partition("-")[0]) if rows else head + 1
