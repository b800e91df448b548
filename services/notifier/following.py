"""The notifier's follower: facts, alerts and letters of a batch of events, in one transaction with its position."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import Connection, Engine, delete, insert, select

from services.notifier import rules
from services.notifier.conditions import write_conditions
from services.notifier.drawing import draw_anew
from services.notifier.facts import Club, after, club_of, heard_from, with_money
from services.notifier.life import settle
from services.notifier.outbox import Outbox
from services.notifier.province_facts import NATION, Province, province_of
from services.notifier.remembered import Remembered, recall, remember
from services.notifier.rules.catalogue import Limits
from services.notifier.rules.catalogue import limits as rules_in_use
from services.notifier.tables import aliases, facts, reading
from services.notifier.training_facts import Training, training_of
from services.notifier.waiting_reports import draw_waiting
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

Subject = Club | Training | Province
KINDS: Final[dict[str, Any]] = {"club": Club, "training": Training, "province": Province}
Batch = dict[str, list[Recorded]]  # Its reports by subject.
_AT_ONCE: Final = 500


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
        known = Subjects(transaction, {event.subject for event in events})
        told = _by_subject(events)
        for event in events:
            match event.event:
                case ClubFounded() as founding:
                    found.append(rules.club_founded(event, founding, self._limits))
                    known.look_again(event.subject)
                case TrainingPlanned() | TrainingHeld() | TrainingCancelled() as training:
                    found += self._training(training, self._history(told, event.subject, event))
                    known.look_again(event.subject)
                case PlanAdopted() | PeriodSignedOff() | PeriodReopened() | TargetSet() | FigurePublished():
                    known.look_again(event.subject)
                case VisitMade() as visit:
                    found += filter(None, [rules.serious_findings(event, visit)])
                case ClubDissolved() | ClubRenamed() | ClubMoved() | PlaceResolved():
                    known.look_again(event.subject)
                case ClubMerged() | ReportCorrected() | ReportWithdrawn():
                    known.look_again(event.subject)
                    known.rename(event.subject, alias_in(self._history(told, event.subject, event)))
                    known.look_again(event.subject)
                case _:
                    known.reported(event)
        for name in sorted(known.anew):  # Once for all reports of the batch: it reads whole histories.
            family_ = family(name, known.aliases) if known.is_root(name) else []
            known.put(name, _drawn(name, [self._history(told, one, events[-1]) for one in family_]))
        known.write(self._limits)
        self._outbox.notice(transaction, found, self._clock())

    def settle(self) -> int:
        """Let days pass and bring the alerts up to date; returns how many days passed."""
        with self.engine.begin() as transaction:
            self._recall(transaction)
            draw_anew(transaction, self._limits)
            self._look_at_what_waits(transaction)
            passed = self.settle_in(transaction)
        if self._remembered is not None:
            with reads(self.engine).connect() as connection:
                remember(connection, self._remembered)
        return passed

    def _look_at_what_waits(self, transaction: Connection) -> None:
        """While nobody says what waits in the registry, what was known of it stays."""
        found = self._remembered.waiting.read(self._clock()) if self._remembered is not None else None
        if found is not None:
            draw_waiting(transaction, found, self._limits)

    def _recall(self, transaction: Connection) -> None:
        if self._remembered is not None:
            recall(transaction, self._remembered)

    def settle_in(self, transaction: Connection, fire: bool = False) -> int:
        """The same within a transaction."""
        return settle(transaction, self._outbox, self._clock(), fire, self._limits)

    def _training(
        self, told: TrainingPlanned | TrainingHeld | TrainingCancelled, history: Sequence[Recorded]
    ) -> list[rules.Notice]:
        """A cancellation need not repeat place, title and day: they stand in what was planned."""
        earlier = [r.event for r in effective(history) if r.counts]
        places = [place for one in reversed(earlier) if (place := one.where())]
        titles = [title for one in reversed(earlier) if (title := getattr(one, "title", None))]
        days = [told.occurred_on, *(day for one in reversed(earlier) if (day := one.day()))]
        place = told.where() or (places[0] if places else None)
        if place is None:
            return []
        day = next(filter(None, days), None)
        return [rules.training_told(history[-1], told, place, titles[0] if titles else None, day)]

    def _history(self, told: Batch, subject: str, until: Recorded) -> list[Recorded]:
        """All reports of a subject up to one. Of a subject that begins within the batch, the batch has them all."""
        mine = told.get(subject, [])
        history = mine if mine and mine[0].subject_version == 1 else self._log.history(subject)
        return [one for one in history if one.position <= until.position]


def _by_subject(events: Sequence[Recorded]) -> Batch:
    found: Batch = {}
    for event in events:
        found.setdefault(event.subject, []).append(event)
    return found


def _drawn(name: str, histories: Sequence[Sequence[Recorded]]) -> Subject | None:
    """What the reports of a club under all its names amount to, or those of a training or a province."""
    if not histories:
        return None
    if name == NATION or name.startswith("province:"):
        return province_of(name, histories[0])
    return club_of(name, histories) or training_of(name, histories[0])


class Subjects:
    """The facts of what a batch is about: read at its beginning, written at its end where they changed."""

    def __init__(self, transaction: Connection, subjects: set[str]) -> None:
        self._transaction = transaction
        self._now: dict[str, Subject | None] = {}
        self._before: dict[str, Subject | None] = {}
        self.anew: set[str] = set()
        rows = transaction.execute(select(aliases.c.subject, aliases.c.into))
        self.aliases: dict[str, str] = {row.subject: row.into for row in rows}
        names = sorted(subjects | {root_of(subject, self.aliases) for subject in subjects})
        for start in range(0, len(names), _AT_ONCE):
            some = select(facts).where(facts.c.subject.in_(names[start : start + _AT_ONCE]))
            self._before |= {row.subject: KINDS[row.kind](**row.told) for row in transaction.execute(some)}
        self._now |= self._before

    def is_root(self, name: str) -> bool:
        """Whether something is counted under this name."""
        return root_of(name, self.aliases) == name

    def look_again(self, subject: str) -> None:
        """Only the whole history tells what becomes of it, and of what it is counted under."""
        self.anew |= {subject, root_of(subject, self.aliases)}

    def reported(self, event: Recorded) -> None:
        """One more report of a club; of one that has ended nothing is expected any more."""
        root = root_of(event.subject, self.aliases)
        club = self._now.get(root)
        if root in self.anew or not isinstance(club, Club):
            return
        told = with_money(club, event)
        if told is None:
            self.anew.add(root)
        else:
            self.put(root, after(heard_from(told, event), event.event, event.position))

    def rename(self, subject: str, into: str | None) -> None:
        """From now on the club is the same as another, or no longer."""
        if self.aliases.get(subject) == into:
            return
        self.aliases.pop(subject, None)
        self._transaction.execute(delete(aliases).where(aliases.c.subject == subject))
        if into is not None:
            self.aliases[subject] = into
            self._transaction.execute(insert(aliases).values(subject=subject, into=into))

    def put(self, name: str, one: Subject | None) -> None:
        """What it is from now on; None if its founding or its plan no longer counts."""
        self._now[name] = one

    def write(self, limits: Limits) -> None:
        changed = {
            name: one
            for name, one in self._now.items()
            if name not in self._before or one != self._before[name]
        }
        names = sorted(changed)
        for start in range(0, len(names), _AT_ONCE):
            some = facts.c.subject.in_(names[start : start + _AT_ONCE])
            self._transaction.execute(delete(facts).where(some))
        if rows := [_row(one) for one in changed.values() if one is not None]:
            self._transaction.execute(insert(facts), rows)
        write_conditions(self._transaction, {name: rules.of(one, limits) for name, one in changed.items()})


def _row(one: Subject) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "kind": type(one).__name__.lower(),
        "province_now": one.province_now,
        "live": one.live,
        "told": {field.name: getattr(one, field.name) for field in fields(one)},
    }
