"""The notifier's follower: facts, alerts and letters of a batch of events, in one transaction with its position."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select

from services.notifier import rules
from services.notifier.conditions import write_conditions
from services.notifier.drawing import draw_anew
from services.notifier.facts import Club, after, club_of, concerns_a_count, heard_from
from services.notifier.life import settle
from services.notifier.outbox import Outbox
from services.notifier.province_facts import NATION, Province, province_of
from services.notifier.remembered import Remembered, recall, remember
from services.notifier.rules.catalogue import Limits
from services.notifier.rules.catalogue import limits as rules_in_use
from services.notifier.tables import aliases, facts, reading
from services.notifier.training_facts import Training, training_of
from shared.clock import Clock
from shared.database import reads
from shared.effective import effective
from shared.events import (
    ClubDissolved,
    ClubFounded,
    ClubMerged,
    ClubMoved,
    ClubRenamed,
    FigurePublished,
    PeriodReopened,
    PeriodSignedOff,
    PlaceResolved,
    PlanAdopted,
    ReportCorrected,
    ReportWithdrawn,
    TargetSet,
    TrainingCancelled,
    TrainingHeld,
    TrainingPlanned,
    VisitMade,
)
from shared.log import Histories
from shared.report import Recorded
from shared.same_club import alias_in, family, root_of

Other = Training | Province


class NotifierFollower:
    """Follows the log into alerts and letters."""

    name = "notifier"
    reading = reading

    def __init__(
        self,
        engine: Engine,
        log: Histories,
        clock: Clock,
        outbox: Outbox,
        remembered: Remembered | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.engine, self._log, self._clock, self._outbox = engine, log, clock, outbox
        self._remembered, self._limits = remembered, rules_in_use() if limits is None else limits

    def on(self, histories: Histories) -> "NotifierFollower":
        """The same follower of other histories."""
        return NotifierFollower(
            self.engine, histories, self._clock, self._outbox, self._remembered, self._limits
        )

    def apply(self, transaction: Connection, events: Sequence[Recorded]) -> None:
        self._recall(transaction)
        found: list[rules.Notice] = []
        known = Clubs(transaction, {event.subject for event in events})
        for event in events:
            match event.event:
                case ClubFounded() as founding:
                    found.append(rules.club_founded(event, founding))
                    self._look_again(known, event)
                case TrainingPlanned() | TrainingHeld() | TrainingCancelled() as told:
                    found += self._training(event, told)
                    known.put_other(event.subject, self._other(event))
                case PlanAdopted() | PeriodSignedOff() | PeriodReopened() | TargetSet() | FigurePublished():
                    known.put_other(event.subject, self._other(event))
                case VisitMade() as visit:
                    found += filter(None, [rules.serious_findings(event, visit)])
                case ClubDissolved() | ClubRenamed() | ClubMoved() | PlaceResolved():
                    self._look_again(known, event)
                case ClubMerged() | ReportCorrected() | ReportWithdrawn():
                    before = root_of(event.subject, known.aliases)
                    known.rename(event.subject, alias_in(self._history(event.subject, event)))
                    self._look_again(known, event, before)
                    known.put_other(event.subject, self._other(event))
                case _:
                    known.reported(event)
        if known.recounted:  # Once for all reports of the batch: it reads whole histories.
            self._look_again(known, events[-1], *known.recounted)
        known.write(self._limits)
        self._outbox.notice(transaction, found, self._clock())

    def settle(self) -> int:
        """Let days pass and bring the alerts up to date; returns how many days passed."""
        with self.engine.begin() as transaction:
            self._recall(transaction)
            draw_anew(transaction, self._limits)
            passed = self.settle_in(transaction)
        if self._remembered is not None:
            with reads(self.engine).connect() as connection:
                remember(connection, self._remembered)
        return passed

    def _recall(self, transaction: Connection) -> None:
        if self._remembered is not None:
            recall(transaction, self._remembered)

    def settle_in(self, transaction: Connection, fire: bool = False) -> int:
        """The same within a transaction."""
        return settle(transaction, self._outbox, self._clock(), fire, self._limits)

    def _training(
        self, event: Recorded, told: TrainingPlanned | TrainingHeld | TrainingCancelled
    ) -> list[rules.Notice]:
        """A cancellation need not repeat place and title: they stand in what was planned."""
        earlier = [r.event for r in effective(self._history(event.subject, event)) if r.counts]
        places = [place for one in reversed(earlier) if (place := one.where())]
        titles = [title for one in reversed(earlier) if (title := getattr(one, "title", None))]
        place = told.where() or (places[0] if places else None)
        if place is None:
            return []
        return [rules.training_told(event, told, place, titles[0] if titles else None)]

    def _look_again(self, known: "Clubs", event: Recorded, *roots: str) -> None:
        """The facts of the club from its whole history, and of those it was or is counted under."""
        for root in {event.subject, root_of(event.subject, known.aliases), *roots}:
            club = None
            if root_of(root, known.aliases) == root:
                names = family(root, known.aliases)
                club = club_of(root, [self._history(name, event) for name in names])
            known.put(root, club)

    def _other(self, event: Recorded) -> "Other | None":
        """The training or the province an event is about, from its whole history."""
        history = self._history(event.subject, event)
        if event.subject == NATION or event.subject.startswith("province:"):
            return province_of(event.subject, history)
        return training_of(event.subject, history)

    def _history(self, subject: str, event: Recorded) -> list[Recorded]:
        if subject == event.subject and event.subject_version == 1:
            return [event]
        return [one for one in self._log.history(subject) if one.position <= event.position]


class Clubs:
    """The facts of the clubs a batch touches: read at its beginning, written at its end."""

    def __init__(self, transaction: Connection, subjects: set[str]) -> None:
        self._transaction = transaction
        self._clubs: dict[str, Club] = {}
        self._others: dict[str, Other | None] = {}
        self.changed: set[str] = set()
        self.recounted: set[str] = set()
        rows = transaction.execute(select(aliases.c.subject, aliases.c.into))
        self.aliases: dict[str, str] = {row.subject: row.into for row in rows}
        names = sorted(subjects | {root_of(subject, self.aliases) for subject in subjects})
        for start in range(0, len(names), 500):
            some = select(facts).where(facts.c.subject.in_(names[start : start + 500]))
            for row in transaction.execute(some):
                match row.kind:
                    case "club":
                        self._clubs[row.subject] = Club(**row.told)
                    case "training":
                        self._others[row.subject] = Training(**row.told)
                    case "province":
                        self._others[row.subject] = Province(**row.told)

    def reported(self, event: Recorded) -> None:
        """One more report; of a club that has ended nothing is expected any more."""
        root = root_of(event.subject, self.aliases)
        if (club := self._clubs.get(root)) is None:
            return
        if concerns_a_count(club, event.event):
            self.recounted.add(root)
        told = after(heard_from(club, event), event.event, event.position)
        if told is not club:
            self.put(root, told)

    def put_other(self, subject: str, other: "Other | None") -> None:
        """A training or a province as it is from now on; None if there is nothing to know of it."""
        if other is not None or subject in self._others:
            self._others[subject] = other
            self.changed.add(subject)

    def rename(self, subject: str, into: str | None) -> None:
        """From now on the club is the same as another, or no longer."""
        if self.aliases.get(subject) == into:
            return
        self.aliases.pop(subject, None)
        self._transaction.execute(delete(aliases).where(aliases.c.subject == subject))
        if into is not None:
            self.aliases[subject] = into
            self._transaction.execute(insert(aliases).values(subject=subject, into=into))

    def put(self, subject: str, club: Club | None) -> None:
        """The club as it is from now on; None if its founding no longer counts."""
        if club is None:
            self._clubs.pop(subject, None)
        else:
            self._clubs[subject] = club
        self.changed.add(subject)

    def write(self, limits: Limits) -> None:
        names = sorted(self.changed)
        for start in range(0, len(names), 500):
            some = facts.c.subject.in_(names[start : start + 500])
            self._transaction.execute(delete(facts).where(some))
        told = {name: self._clubs.get(name) or self._others.get(name) for name in names}
        if rows := [_row(one) for one in told.values() if one is not None]:
            self._transaction.execute(insert(facts), rows)
        write_conditions(self._transaction, {name: rules.of(one, limits) for name, one in told.items()})


def _row(one: "Club | Other") -> dict[str, Any]:
    return {
        "subject": one.subject,
        "kind": type(one).__name__.lower(),
        "province_now": one.province_now,
        "live": one.live,
        "told": asdict(one),
    }
