"""What a report would change if it were recorded: a follower takes it on trial, in a transaction that is undone."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from shared.effective import root
from shared.events import ReportCorrected, ReportWithdrawn
from shared.intake import read_data, read_structured
from shared.log import Entry, Head, Histories, Mark, link
from shared.problems import NotCorrectable, TargetUnknown
from shared.report import Identity, Recorded, Report


@dataclass(frozen=True, slots=True)
class AsIf:
    """The histories as they would be with one event more."""

    histories: Histories
    event: Recorded

    def history(
        self, subject: str, without: Collection[str] = (), but: Collection[Identity] = ()
    ) -> list[Recorded]:
        """What was recorded about a subject before the event, and the event if it is about the subject."""
        before = [
            one for one in self.histories.history(subject, without, but) if one.position < self.event.position
        ]
        return [*before, self.event] if subject == self.event.subject else before


def on_trial(body: bytes, histories: Histories, reached: Mark, now: datetime) -> AsIf:
    """The histories as they would be with the report in `body` behind `reached`. Whether it is true is not judged.

    Raises `Unreadable`, or `TargetUnknown` or `NotCorrectable` for an amendment that can change nothing.
    """
    report = read_structured(body)
    history = [one for one in histories.history(report.subject) if one.position <= reached.position]
    _check_target(history, report)
    head = Head(reached.epoch, reached.position, reached.hash, "")
    [event] = link(head, [Entry(report, len(history) + 1, "preview")], now)
    return AsIf(histories, event)


@contextmanager
def undone(engine: Engine) -> Iterator[Connection]:
    """A transaction in which everything may be tried: it is never committed."""
    with engine.connect() as connection:
        transaction = connection.begin()
        try:
            yield connection
        finally:
            transaction.rollback()


def _check_target(history: list[Recorded], report: Report) -> None:
    event = report.event
    if not isinstance(event, ReportCorrected | ReportWithdrawn):
        return
    target = Identity(event.target.source, event.target.id)
    if target not in {recorded.identity for recorded in history}:
        raise TargetUnknown("/data/target")
    if isinstance(event, ReportWithdrawn):
        return
    original = root(history, target)
    if original is None or isinstance(original.event, ReportWithdrawn):
        raise NotCorrectable("/data/target")
    read_data(type(original.event), event.data, "/data/data")
