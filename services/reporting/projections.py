"""From events to read models: each event adds the difference it makes to the picture of its subject."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, Table, bindparam, insert, select, update

from services.reporting.effects import Effect, of_itself
from services.reporting.picture import Picture, Told, picture, told_effects, told_row
from services.reporting.sites import Site
from services.reporting.tables import aliases, clubs, effects, heard, reading, told, trainings
from shared.events import ClubMerged, ReportCorrected, ReportWithdrawn
from shared.log import Histories
from shared.report import Recorded
from shared.same_club import alias_in, family, root_of

Row = dict[str, Any]
_KEYED = {
    "clubs": clubs.c.subject,
    "aliases": aliases.c.subject,
    "trainings": trainings.c.subject,
    "told": told.c.position,
}
_SITE = ("list", "province", "commune", "province_now", "commune_now", "province_63", "how")


class ReportingFollower:
    """Follows the log into the read models."""

    name = "reporting"
    reading = reading

    def __init__(self, engine: Engine, log: Histories) -> None:
        self.engine, self._log = engine, log

    def apply(self, transaction: Connection, events: Sequence[Recorded]) -> None:
        changes = Changes(transaction)
        known = _Known(transaction, events)
        for event in events:
            changes.hear(event)
            if isinstance(event.event, Told):
                changes.tell(event, event.event)
            elif (mine := known.of_itself(event)) is not None:
                changes.add(event, Counter(mine))  # Touches nothing else: no need to see the whole picture.
            else:
                self._redraw(changes, known, event)
        changes.write()

    def _redraw(self, changes: "Changes", known: "_Known", event: Recorded) -> None:
        """Write the difference between the pictures of the subject before and after the event.

        A club that turns out to be the same as another leaves one picture and enters another.
        """
        name = event.subject
        history = self._until(name, event)
        before, after = known.aliases, known.aliases
        if isinstance(event.event, ClubMerged | ReportCorrected | ReportWithdrawn):
            into = alias_in(history)
            after = {key: value for key, value in before.items() if key != name}
            after |= {name: into} if into is not None else {}
            changes.rename(event, before.get(name), into)
            known.aliases = after
        difference: Counter[Effect] = Counter()
        for root in sorted({root_of(name, before), root_of(name, after)} | {name}):
            was, now = (
                self._picture(root, names, event, history, last)
                for names, last in ((before, False), (after, True))
            )
            changes.differ(event, root, was, now)
            difference.update(now.effects)
            difference.subtract(was.effects)
            known.see(root, now.club)
        changes.add(event, difference)

    def _picture(
        self, root: str, names: dict[str, str], event: Recorded, history: list[Recorded], last: bool
    ) -> Picture:
        """The picture of a subject with the event or, if not `last`, without it; nothing of a mere alias."""
        if root_of(root, names) != root:
            return Picture()
        mine = history if last else history[:-1]
        return picture(
            root,
            [mine if name == event.subject else self._until(name, event) for name in family(root, names)],
        )

    def _until(self, subject: str, event: Recorded) -> list[Recorded]:
        """The history of a subject up to and including the event."""
        if subject == event.subject and event.subject_version == 1:
            return [event]
        return [one for one in self._log.history(subject) if one.position <= event.position]


class _Known:
    """What was believed before each event of a batch: the names of clubs, and where those sit that never moved."""

    def __init__(self, transaction: Connection, events: Iterable[Recorded]) -> None:
        current = select(aliases.c.subject, aliases.c.into).where(aliases.c.known_until.is_(None))
        self.aliases: dict[str, str] = {row.subject: row.into for row in transaction.execute(current)}
        self._sites: dict[str, Site | None] = {}
        roots = sorted({root_of(event.subject, self.aliases) for event in events})
        columns = [clubs.c[name] for name in (*_SITE, "subject", "moved", "state")]
        for start in range(0, len(roots), 500):
            some = clubs.c.subject.in_(roots[start : start + 500])
            for row in transaction.execute(select(*columns).where(some, clubs.c.known_until.is_(None))):
                self.see(row.subject, dict(row._mapping))

    def see(self, root: str, club: Row | None) -> None:
        """Note where a club sits from now on; nothing of one that moved or was only proposed."""
        fixed = club is not None and not club["moved"] and club["state"] != "proposed"
        self._sites[root] = (
            Site(**{name: club[name] for name in _SITE}, candidates=()) if club and fixed else None
        )

    def of_itself(self, event: Recorded) -> list[Effect] | None:
        """The effects of a report that stand by themselves; None if the whole picture must be seen."""
        root = root_of(event.subject, self.aliases)
        here = self._sites.get(root)
        return of_itself(root, event.event, [(date.min, here)]) if here is not None else None


class Changes:
    """The rows a batch of events writes, gathered and written together."""

    def __init__(self, transaction: Connection) -> None:
        self._transaction = transaction
        self._heard: list[Row] = []
        self._effects: list[Row] = []
        self._newest: dict[tuple[str, str | int], Row] = {}  # A key's open row, if this batch made it.
        self._made: dict[str, list[Row]] = {name: [] for name in _KEYED}
        self._ended: dict[str, list[Row]] = {name: [] for name in _KEYED}

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
                "source": None if event.historical else event.identity.source,
            }
        )

    def differ(self, event: Recorded, subject: str, before: Picture, after: Picture) -> None:
        """Write what changed between two pictures of a subject, but for its effects."""
        self._believe("clubs", subject, event.position, before.club, after.club)
        self._believe("trainings", subject, event.position, before.training, after.training)
        for at in sorted(before.told.keys() | after.told.keys()):
            self._believe("told", at, event.position, before.told.get(at), after.told.get(at))

    def rename(self, event: Recorded, before: str | None, after: str | None) -> None:
        """From now on, the club is the same as another, or no longer."""
        rows = [None if into is None else {"into": into} for into in (before, after)]
        self._believe("aliases", event.subject, event.position, *rows)

    def add(self, event: Recorded, difference: Counter[Effect]) -> None:
        """Add effects, or take them back where the number is negative."""
        changed = [(effect, number) for effect, number in difference.items() if number]
        for n, (effect, number) in enumerate(changed):
            self._effects.append({"position": event.position, "n": n, **effect.times(number)})

    def tell(self, event: Recorded, said: Told) -> None:
        """Believe what was said from its own position on."""
        self._believe("told", event.position, event.position, None, told_row(event.subject, said))
        self.add(event, Counter(told_effects(event.subject, said)))

    def _believe(
        self, table: str, key: str | int, position: int, before: Row | None, after: Row | None
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
            made = {_KEYED[table].name: key, "known_from": position, "known_until": None, **after}
            self._made[table].append(made)
            self._newest[table, key] = made

    def write(self) -> None:
        """Write everything into the transaction."""
        self._insert(heard, self._heard)
        self._insert(effects, self._effects)
        for name, key in _KEYED.items():
            table = key.table
            if self._ended[name]:
                still = (key == bindparam("the_key"), table.c.known_until.is_(None))
                ending = update(table).where(*still).values(known_until=bindparam("the_end"))
                self._transaction.execute(ending, self._ended[name])
            self._insert(table, self._made[name])

    def _insert(self, table: Table, rows: list[Row]) -> None:
        if rows:
            self._transaction.execute(insert(table), rows)
