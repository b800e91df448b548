"""The log: every accepted report, in one order, for ever.

`ValkeyLog` is the real one, `MemoryLog` its twin for tests and bench; both pass `tests/contract/test_log.py`.
"""

import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from shared.clock import as_utc_text
from shared.report import Identity, Recorded, Report, canonical, sha256

SALT: Final = 16  # Random bytes that make the seal of a short text impossible to guess.
NO_HASH: Final = "0" * 64  # What the first event is chained to.
CALL: Final = 100  # Events in one script call at most: a call must not hold the server.
ATOMIC: Final = 1000  # Except an atomic batch, which is one call.


class Mark(NamedTuple):
    """A reader's place in the log: the last event it took, and that event's hash as proof of which history."""

    epoch: int
    position: int
    hash: str

    @classmethod
    def of(cls, event: Recorded) -> "Mark":
        """The place right behind an event."""
        return cls(event.epoch, event.position, event.hash)


START: Final = Mark(0, 0, NO_HASH)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the log."""

    epoch: int
    position: int
    hash: str
    recorded_at: str  # as_utc_text; the next event is never earlier


class Entry(NamedTuple):
    """A judged report on its way into the log.

    `subject_version` is the version it makes; `received_at` is set if the report was held before.
    """

    report: Report
    subject_version: int
    recorded_by: str
    received_at: datetime | None = None


class Known(NamedTuple):
    """Where an identity stands in the log."""

    position: int
    content_hash: str


class Survey(NamedTuple):
    """Those of the identities that are in the log, however long ago, and the version each subject is at."""

    known: dict[Identity, Known]
    versions: dict[str, int]  # 0 for an unknown subject


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append did: `recorded` are the events now in the log, in the order of their entries.

    `stale` says that the entries after those were not stored: one of them was overtaken (its identity is known
    by now, or its subject moved on), so they must be judged again. `rung` names the followers whose bell this
    append armed.
    """

    recorded: list[Recorded]
    stale: bool = False
    rung: list[str] = field(default_factory=list)


class Tally(NamedTuple):
    """What the log counted: reports that reached it, and those among them that it knew already."""

    received: int
    duplicate: int


class Forked(Exception):
    """A reader's mark is not in this log's history: it followed another one. A person must decide."""


class Histories(Protocol):
    """What was recorded about each subject: all that projections and facts need of the log."""

    def history(
        self, subject: str, without: Collection[str] = (), but: Collection[Identity] = ()
    ) -> list[Recorded]:
        """All events of one subject, in order; of the types `without` only those that `but` names."""
        ...


class Log(Histories, Protocol):
    """What every reader and writer of the log relies on."""

    def head(self) -> Head:
        """The end of the log. Raises `LogAway` while it does not answer or is closed."""
        ...

    def append(self, entries: Sequence[Entry], now: datetime, atomic: bool = False) -> Appended:
        """Store the entries in order; on disk when this returns. Raises `LogAway` if that is not certain."""
        ...

    def survey(self, identities: Iterable[Identity], subjects: Iterable[str]) -> Survey:
        """What the log knows of these identities and subjects, asked at once."""
        ...

    def long_known(self, identities: Iterable[Identity]) -> dict[Identity, Known]:
        """Those of the identities that were recorded, among those so old that `append` may not know them."""
        ...

    def count_duplicates(self, number: int) -> None:
        """Count reports that were received and known."""
        ...

    def tally(self) -> Tally: ...

    def read(self, after: int, limit: int) -> list[Recorded]:
        """At most `limit` events with positions greater than `after`, in order and without a gap."""
        ...

    def follow(self, mark: Mark, limit: int) -> list[Recorded]:
        """Like `read`, and proves that `mark` lies in this history. Raises `Forked` if it does not."""
        ...

    def at(self, positions: Iterable[int]) -> dict[int, Recorded]:
        """The events at these positions."""
        ...

    def of_types(self, types: Collection[str]) -> Iterator[Recorded]:
        """All events of these types, in order. Looks through the whole log: for what is asked once."""
        ...

    def wait_beyond(self, position: int, seconds: float) -> bool:
        """True as soon as the log reaches beyond `position`; False after `seconds`."""
        ...


def calls(entries: Sequence[Entry], atomic: bool) -> list[Sequence[Entry]]:
    """The entries as script calls: of at most `CALL` each, or one if they stand or fall together."""
    size = ATOMIC if atomic else CALL
    return [entries[start : start + size] for start in range(0, len(entries), size)]


def link(head: Head, entries: Sequence[Entry], now: datetime) -> list[Recorded]:
    """Number, seal and chain the entries behind `head`.

    The seal is SHA-256 over a salt and the content, the chain SHA-256 over the previous hash and the envelope,
    which carries the seal: content and salt can be deleted without breaking the chain, and nothing else can.
    """
    recorded_at = max(as_utc_text(now), head.recorded_at)
    salts = secrets.token_hex(SALT * len(entries))  # At once: each call would give up the interpreter's lock.
    previous, linked = head.hash, []
    for number, entry in enumerate(entries):
        position, report = head.position + number + 1, entry.report
        grain = salts[2 * SALT * number : 2 * SALT * (number + 1)]
        envelope = {
            **report.attributes,
            "position": position,
            "recordedtime": recorded_at,
            "subjectversion": entry.subject_version,
            "recordedby": entry.recorded_by,
            "contentseal": sha256(grain.encode(), report.content),
        }
        if entry.received_at is not None:
            envelope["receivedtime"] = as_utc_text(entry.received_at)
        written = canonical(envelope)
        previous = sha256(previous.encode(), written)
        event = Recorded(
            position,
            head.epoch,
            previous,
            written.decode(),
            report.data_json.decode(),
            grain,
            report.content_hash,
        )
        # What it would otherwise parse again when first asked.
        event.__dict__.update(envelope=envelope, data=report.data, event=report.event)
        linked.append(event)
    return linked
