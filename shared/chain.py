"""Whether recorded events still are what was sealed and chained when they were recorded (`link` in `shared/log.py`).

Pure. Nobody can change, leave out or insert an event without changing the hash of every later one.
"""

from enum import StrEnum
from typing import NamedTuple

from shared.events import ReportRedacted
from shared.log import Mark
from shared.report import Recorded, content_of, schema_version, sha256


class Kind(StrEnum):
    """What is wrong with the log at a position."""

    MISSING = "missing"  # The event is not there.
    DOUBLED = "doubled"  # The position comes again, or comes too late.
    ENVELOPE = "envelope"  # The envelope, or the hash, is not what was chained.
    CONTENT = "content"  # Type, subject or data, the salt or the content hash are not what was sealed.
    APART = "apart"  # Stream and archive hold different events.
    HEAD = "head"  # The log's head names another hash than its last event has.
    REDACTED = "redacted"  # Words are gone, and no later event says that just these were taken out.


class Fault(NamedTuple):
    """The first thing that is wrong with a log."""

    position: int
    kind: Kind


def fault_in(event: Recorded, before: Mark) -> Fault | None:
    """What is wrong with the event that should follow `before`; None if nothing is."""
    expected = before.position + 1
    if event.position > expected:
        return Fault(expected, Kind.MISSING)
    if event.position < expected:
        return Fault(event.position, Kind.DOUBLED)
    # First of all, because only then the envelope is known to be readable.
    if sha256(before.hash.encode(), event.envelope_json.encode()) != event.hash:
        return Fault(expected, Kind.ENVELOPE)
    if event.envelope["position"] != expected:
        return Fault(expected, Kind.ENVELOPE)
    content = content_of(event.type, event.subject, schema_version(event.envelope), event.data_json.encode())
    sealed = event.redacted or sha256(event.salt.encode(), content) == event.envelope["contentseal"]
    if not sealed or sha256(content) != event.content_hash:
        return Fault(expected, Kind.CONTENT)
    return None


class Redactions:
    """Redacted events are proved by what a later event of the chain says: hear every event, then ask for the fault."""

    def __init__(self) -> None:
        self.found: dict[int, str] = {}  # What remains of each, by position.
        self.records: dict[int, ReportRedacted] = {}  # The newest that was said of each.
        self._proved: set[tuple[int, str]] = set()

    def hear(self, event: Recorded) -> None:
        """Note what the event is, or says."""
        if event.redacted:
            self.found[event.position] = event.content_hash
        if event.type == ReportRedacted.type and isinstance(event.event, ReportRedacted):
            self.records[event.event.position] = event.event
            self._proved.add((event.event.position, event.event.remains))

    def fault(self) -> Fault | None:
        """The first redacted event that nothing proves."""
        unproved = sorted(set(self.found.items()) - self._proved)
        return Fault(unproved[0][0], Kind.REDACTED) if unproved else None
