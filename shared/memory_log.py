"""The log in memory: for tests of everything above the log. It passes the same contract tests as the real one."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from threading import Condition

from shared.log import NO_HASH, Appended, Entry, Forked, Head, Known, Mark, Survey, Tally, calls, link
from shared.report import Identity, Recorded


class MemoryLog:
    """A `Log` that forgets everything when the process ends."""

    def __init__(self) -> None:
        self._events: list[Recorded] = []
        self._known: dict[Identity, Known] = {}
        self._subjects: dict[str, list[Recorded]] = defaultdict(list)
        self._received = self._duplicate = 0
        self._grown = Condition()

    def head(self) -> Head:
        if not self._events:
            return Head(1, 0, NO_HASH, "")
        last = self._events[-1]
        return Head(last.epoch, last.position, last.hash, last.envelope["recordedtime"])

    def append(self, entries: Sequence[Entry], now: datetime, atomic: bool = False) -> Appended:
        recorded: list[Recorded] = []
        with self._grown:
            for call in calls(entries, atomic):
                if self._is_stale(call):
                    return Appended(recorded, stale=True)
                recorded += self._store(call, now)
                self._received += len(call)
            self._grown.notify_all()
        return Appended(recorded)

    def _is_stale(self, call: Sequence[Entry]) -> bool:
        at = self.survey((), (entry.report.subject for entry in call)).versions
        for entry in call:
            at[entry.report.subject] += 1
            if entry.report.identity in self._known or entry.subject_version != at[entry.report.subject]:
                return True
        return False

    def _store(self, call: Sequence[Entry], now: datetime) -> list[Recorded]:
        recorded = link(self.head(), call, now)
        for event in recorded:
            self._events.append(event)
            self._known[event.identity] = Known(event.position, event.content_hash)
            self._subjects[event.subject].append(event)
        return recorded

    def survey(self, identities: Iterable[Identity], subjects: Iterable[str]) -> Survey:
        known = {identity: self._known[identity] for identity in identities if identity in self._known}
        return Survey(known, {subject: len(self._subjects.get(subject, ())) for subject in subjects})

    def long_known(self, identities: Iterable[Identity]) -> dict[Identity, Known]:
        return {}

    def count_duplicates(self, number: int) -> None:
        self._received += number
        self._duplicate += number

    def tally(self) -> Tally:
        return Tally(self._received, self._duplicate)

    def read(self, after: int, limit: int) -> list[Recorded]:
        return self._events[after : after + limit]

    def follow(self, mark: Mark, limit: int) -> list[Recorded]:
        if mark.position and (
            mark.position > len(self._events) or self._events[mark.position - 1].hash != mark.hash
        ):
            raise Forked(mark)
        return self.read(mark.position, limit)

    def at(self, positions: Iterable[int]) -> dict[int, Recorded]:
        return {at: self._events[at - 1] for at in positions if 0 < at <= len(self._events)}

    def of_types(self, types: Collection[str]) -> Iterator[Recorded]:
        return (event for event in self._events if event.type in types)

    def history(
        self, subject: str, without: Collection[str] = (), but: Collection[Identity] = ()
    ) -> list[Recorded]:
        return [
            one for one in self._subjects.get(subject, ()) if one.type not in without or one.identity in but
        ]

    def wait_beyond(self, position: int, seconds: float) -> bool:
        with self._grown:
            return self._grown.wait_for(lambda: len(self._events) > position, timeout=seconds)
