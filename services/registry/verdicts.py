"""What arrives and what becomes of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from shared import intake
from shared.access import Token
from shared.events import Event
from shared.problems import Conflict, NotApplied, Problem, TurnedAway, Unreadable, Waits
from shared.report import Recorded, Report
from shared.tracing import Trace


class Verdict(StrEnum):
    """What became of one report: the words of the contract."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    HELD = "held"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    UNREADABLE = "unreadable"
    TURNED_AWAY = "turned_away"
    NOT_APPLIED = "not_applied"


REFUSED = (Verdict.CONFLICT, Verdict.REJECTED, Verdict.UNREADABLE)
# What has any other verdict was not received: it is sent again, or given up.
RECEIVED = (Verdict.ACCEPTED, Verdict.DUPLICATE, Verdict.HELD, *REFUSED)


class Sent(NamedTuple):
    """One item of a request, read as far as it could be: a report, or the problem with it."""

    raw: bytes
    report: Report | None = None
    problem: Problem | None = None

    def names(self) -> dict[str, str | None]:
        """What could be read of its identity, for people who look for it."""
        if self.report is None:
            return intake.names(self.raw)
        source, id = self.report.identity
        return {"source": source, "report_id": id, "type": self.report.type, "subject": self.report.subject}


class Outcome(NamedTuple):
    """The verdict on one report. `recorded` is the event in the log, of a duplicate the first one.

    `dependents` are the reports whose standing a correction on trial would change; `told` is what a correction
    says happened.
    """

    verdict: Verdict
    recorded: Recorded | None = None
    problem: Problem | None = None
    dependents: tuple[dict[str, Any], ...] = ()
    told: Event | None = None


class Pending(NamedTuple):
    """One item on its way through the recorder.

    `token` is None if the one that sent a held report has ended. `held_id` and `quarantine_id` say where a report
    that is judged again was kept; `request` is the trace of what brought it.
    """

    sent: Sent
    token: Token | None
    received_at: datetime
    held_id: int | None = None
    quarantine_id: int | None = None
    request: Trace | None = None

    @property
    def waited_since(self) -> datetime | None:
        """When it was received, if that was earlier than now."""
        return None if self.held_id is None and self.quarantine_id is None else self.received_at


def verdict_on(problem: Problem) -> Verdict:
    """The verdict a problem amounts to."""
    match problem:
        case Unreadable():
            return Verdict.UNREADABLE
        case Conflict():
            return Verdict.CONFLICT
        case Waits():
            return Verdict.HELD
        case TurnedAway():
            return Verdict.TURNED_AWAY
        case NotApplied():
            return Verdict.NOT_APPLIED
    return Verdict.REJECTED
