"""From events to read models: each event adds the difference it makes to the picture of its subject."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Table, bindparam, insert, select, update

from services.reporting.picture import Effect, Picture, meeting_effect, picture, published_row
from services.reporting.tables import clubs, effects, heard, published, reading, trainings
from shared.events import FigurePublished, MeetingHeld
from shared.log import Log
from shared.places import Place
from shared.report import Recorded

Row = dict[str, Any]


class ReportingFollower:
    """Follows the log into the read models."""

    name = "reporting"
    reading = reading

    def __init__(self, engine: Engine, log: Log) -> None:
        self.engine, self._log = engine, log

    def apply(self, transaction: Connection, events: Sequence[Recorded]) -> None:
        changes = Changes(transaction)
        places = _places(transaction, events)
        for event in events:
            changes.hear(event)
            match event.event:
                case (
                    MeetingHeld() as meeting
                ):  # Touches nothing but itself: no need to see the whole picture.
                    changes.add(
                        event, Counter([meeting_effect(event.subject, places[event.subject], meeting)])
                    )
                case FigurePublished() as figure:
                    changes.publish(event, figure)
                case _:
                    self._redraw(changes, places, event)
        changes.write()

    def _redraw(self, changes: "Changes", places: dict[str, Place], event: Recorded) -> None:
        """Write the difference between the pictures of the subject before and after the event."""
        first = event.subject_version == 1
        history = (
            [event]
            if first
            else [e for e in self._log.history(event.subject) if e.position <= event.position]
        )
        before, after = picture(history[:-1]), picture(history)
        changes.differ(event, before, after)
        if after.club is not None:
            places[event.subject] = _place(after.club)


class Changes:
    """The rows a batch of events writes, gathered and written together."""

    def __init__(self, transaction: Connection) -> None:
        self._transaction = transaction
        self._heard: list[Row] = []
        self._effects: list[Row] = []
        self._newest: dict[tuple[str, str | int], Row] = {}  # A key's open row, if this batch made it.
        self._made: dict[str, list[Row]] = {"clubs": [], "trainings": [], "published": []}
        self._ended: dict[str, list[Row]] = {"clubs": [], "trainings": [], "published": []}

    def hear(self, event: Recorded) -> None:
        """Note that the event was heard of."""
        day = event.event.day()
        self._heard.append(
            {
                "position": event.position,
                "recorded_at": event.recorded_at,
                "type": event.type,
                "subject": event.subject,
                "day": str(day) if day else None,
            }
        )

    def differ(self, event: Recorded, before: Picture, after: Picture) -> None:
        """Write what changed between two pictures of the event's subject."""
        self._believe("clubs", "subject", event.subject, event.position, before.club, after.club)
        self._believe("trainings", "subject", event.subject, event.position, before.training, after.training)
        for at in sorted(before.published.keys() | after.published.keys()):
            rows = before.published.get(at), after.published.get(at)
            self._believe("published", "position", at, event.position, *rows)
        difference = Counter(after.effects)
        difference.subtract(before.effects)
        self.add(event, difference)

    def add(self, event: Recorded, difference: Counter[Effect]) -> None:
        """Add effects, or take them back where the number is negative."""
        changed = [(effect, number) for effect, number in difference.items() if number]
        for n, (effect, number) in enumerate(changed):
            self._effects.append({"position": event.position, "n": n, **effect.times(number)})

    def publish(self, event: Recorded, figure: FigurePublished) -> None:
        """Believe a printed figure from its own position on."""
        row = published_row(event.subject, figure)
        self._believe("published", "position", event.position, event.position, None, row)

    def _believe(
        self, table: str, key_name: str, key: str | int, position: int, before: Row | None, after: Row | None
    ) -> None:
        """From `position` on, believe `after` instead of `before`."""
        if before == after:
            return
        newest = self._newest.pop((table, key), None)
        if newest is not None:
            newest["known_until"] = position
        elif before is not None:
            self._ended[table].append({"the_key": key, "the_end": position})
        if after is not None:
            made = {key_name: key, "known_from": position, "known_until": None, **after}
            self._made[table].append(made)
            self._newest[table, key] = made

    def write(self) -> None:
        """Write everything into the transaction."""
        self._insert(heard, self._heard)
        self._insert(effects, self._effects)
        for table, key in (
            (clubs, clubs.c.subject),
            (trainings, trainings.c.subject),
            (published, published.c.position),
        ):
            ended = self._ended[table.name]
            if ended:
                still = (key == bindparam("the_key"), table.c.known_until.is_(None))
                self._transaction.execute(
                    update(table).where(*still).values(known_until=bindparam("the_end")), ended
                )
            self._insert(table, self._made[table.name])

    def _insert(self, table: Table, rows: list[Row]) -> None:
        if rows:
            self._transaction.execute(insert(table), rows)


def _places(transaction: Connection, events: Iterable[Recorded]) -> dict[str, Place]:
    """Where the clubs of these meetings sit, as believed before this batch."""
    subjects = sorted({event.subject for event in events if isinstance(event.event, MeetingHeld)})
    found: dict[str, Place] = {}
    for start in range(0, len(subjects), 500):
        some = clubs.c.subject.in_(subjects[start : start + 500])
        columns = select(clubs.c.subject, clubs.c.list, clubs.c.province, clubs.c.commune)
        for row in transaction.execute(columns.where(some, clubs.c.known_until.is_(None))):
            found[row.subject] = _place(row._mapping)
    return found


def _place(row: Any) -> Place:
    return Place(list=row["list"], province=row["province"], commune=row["commune"])
