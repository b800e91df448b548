"""The notifier's follower: facts, alerts and letters of a batch of events, in one transaction with its position."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from services.notifier import outbox, rules
from services.notifier.facts import Club, after_meeting, club_of
from services.notifier.tables import aliases, clubs, days, reading
from shared.catch_up import Overtaken
from shared.clock import Clock, day_in_viet_nam
from shared.effective import effective
from shared.events import (
    ClubDissolved,
    ClubFounded,
    ClubMerged,
    ClubMoved,
    ClubRenamed,
    MeetingHeld,
    ReportCorrected,
    ReportWithdrawn,
    TrainingCancelled,
    TrainingHeld,
    TrainingPlanned,
)
from shared.log import Histories
from shared.report import Recorded
from shared.same_club import alias_in, family, root_of


class NotifierFollower:
    """Follows the log into alerts and letters."""

    name = "notifier"
    reading = reading

    def __init__(self, engine: Engine, log: Histories, clock: Clock, domain: str) -> None:
        self.engine, self._log, self._clock, self._domain = engine, log, clock, domain

    def on(self, histories: Histories) -> "NotifierFollower":
        """The same follower of other histories."""
        return NotifierFollower(self.engine, histories, self._clock, self._domain)

    def apply(self, transaction: Connection, events: Sequence[Recorded]) -> None:
        found: list[rules.Alert] = []
        known = Clubs(transaction, {event.subject for event in events})
        for event in events:
            match event.event:
                case ClubFounded() as founding:
                    found.append(rules.club_founded(event, founding))
                    self._look_again(known, event)
                case MeetingHeld() as meeting:
                    known.met(meeting, event)
                case TrainingPlanned() | TrainingHeld() | TrainingCancelled() as told:
                    found += self._training(event, told)
                case ClubDissolved() | ClubRenamed() | ClubMoved():
                    self._look_again(known, event)
                case ClubMerged() | ReportCorrected() | ReportWithdrawn():
                    before = root_of(event.subject, known.aliases)
                    known.rename(event.subject, alias_in(self._history(event.subject, event)))
                    self._look_again(known, event, before)
                case _:
                    known.heard_from(event)
        known.write()
        now = self._clock()
        outbox.fire(transaction, found, now, self._domain)
        self._resolve(transaction, known, events[-1].position)

    def pass_days(self) -> int:
        """Tell the day rules of each day that passed since they last looked; returns how many."""
        today = day_in_viet_nam(self._clock())
        with self.engine.begin() as transaction:
            last = transaction.scalar(select(days.c.last_day))
            if last is None:  # The first day: what was silent before us is found tomorrow.
                transaction.execute(insert(days).values(id=1, last_day=today.isoformat()))
                return 0
            passed = (today - date.fromisoformat(last)).days
            for number in range(1, passed + 1):
                self._pass_day(transaction, date.fromisoformat(last) + timedelta(days=number))
            if passed > 0:
                mine = update(days).where(days.c.last_day == last).values(last_day=today.isoformat())
                if transaction.execute(mine).rowcount != 1:
                    raise Overtaken
        return max(0, passed)

    def look_again_today(self, transaction: Connection) -> None:
        """Ask the day rules once more about the newest day they have seen."""
        if (last := transaction.scalar(select(days.c.last_day))) is not None:
            self._pass_day(transaction, date.fromisoformat(last))

    def _pass_day(self, transaction: Connection, day: date) -> None:
        quiet = (
            select(clubs)
            .where(clubs.c.since <= rules.silent_since(day).isoformat())
            .order_by(clubs.c.subject)
        )
        told = outbox.subjects_firing(transaction, "no_meeting")
        found = [
            alert
            for row in transaction.execute(quiet)
            if row.subject not in told and (alert := rules.silent(Club(**row._mapping), day)) is not None
        ]
        outbox.fire(transaction, found, self._clock(), self._domain)

    def _training(
        self, event: Recorded, told: TrainingPlanned | TrainingHeld | TrainingCancelled
    ) -> list[rules.Alert]:
        """A cancellation need not repeat place and title: they stand in what was planned."""
        earlier = [r.event for r in effective(self._history(event.subject, event)) if r.counts]
        places = [place for one in reversed(earlier) if (place := one.where())]
        titles = [title for one in reversed(earlier) if (title := getattr(one, "title", None))]
        place = told.where() or (places[0] if places else None)
        if place is None:
            return []
        return [rules.training_told(event, told, place, titles[0] if titles else None)]

    def _resolve(self, transaction: Connection, known: "Clubs", position: int) -> None:
        """End the silences that are over: a meeting was reported, or the club is none any more."""
        last = transaction.scalar(select(days.c.last_day))
        day = date.fromisoformat(last) if last else day_in_viet_nam(self._clock())
        for subject in known.changed & outbox.subjects_firing(transaction, "no_meeting"):
            club = known.find(subject)
            if club is None or rules.silent(club, day) is None:
                outbox.resolve(transaction, subject, "no_meeting", self._clock(), position)

    def _look_again(self, known: "Clubs", event: Recorded, *roots: str) -> None:
        """The facts of the club from its whole history, and of those it was or is counted under."""
        for root in {event.subject, root_of(event.subject, known.aliases), *roots}:
            club = None
            if root_of(root, known.aliases) == root:
                names = family(root, known.aliases)
                club = club_of(root, [self._history(name, event) for name in names])
            known.put(root, club)

    def _history(self, subject: str, event: Recorded) -> list[Recorded]:
        if subject == event.subject and event.subject_version == 1:
            return [event]
        return [one for one in self._log.history(subject) if one.position <= event.position]


class Clubs:
    """The facts of the clubs a batch touches: read at its beginning, written at its end."""

    def __init__(self, transaction: Connection, subjects: set[str]) -> None:
        self._transaction = transaction
        self._clubs: dict[str, Club] = {}
        self.changed: set[str] = set()
        rows = transaction.execute(select(aliases.c.subject, aliases.c.into))
        self.aliases: dict[str, str] = {row.subject: row.into for row in rows}
        names = sorted(subjects | {root_of(subject, self.aliases) for subject in subjects})
        for start in range(0, len(names), 500):
            for row in transaction.execute(
                select(clubs).where(clubs.c.subject.in_(names[start : start + 500]))
            ):
                self._clubs[row.subject] = Club(**row._mapping)

    def find(self, subject: str) -> Club | None:
        return self._clubs.get(subject)

    def met(self, meeting: MeetingHeld, event: Recorded) -> None:
        """One more meeting; of a club that has ended nothing is expected any more."""
        root = root_of(event.subject, self.aliases)
        if (club := self._clubs.get(root)) is not None:
            self.put(root, after_meeting(club, meeting, event))

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

    def heard_from(self, event: Recorded) -> None:
        """A report that says nothing the rules need, but that the club reports itself."""
        root = root_of(event.subject, self.aliases)
        club = self._clubs.get(root)
        if club is not None and not club.live and not event.historical:
            self.put(root, replace(club, live=True))

    def write(self) -> None:
        rows: list[dict[str, Any]] = [
            asdict(self._clubs[name]) for name in self.changed if name in self._clubs
        ]
        names = sorted(self.changed)
        for start in range(0, len(names), 500):
            self._transaction.execute(delete(clubs).where(clubs.c.subject.in_(names[start : start + 500])))
        if rows:
            self._transaction.execute(insert(clubs), rows)
