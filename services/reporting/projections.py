"""From events to read models: each event adds the difference it makes to the picture of its subject."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Engine, bindparam, insert, select, update

from services.reporting.bearing import bearing_history
from services.reporting.blocks import SIZES, Sizes, sum_blocks
from services.reporting.effects import Effect, of_itself
from services.reporting.newest import renewed
from services.reporting.picture import Picture, Told, picture, told_effects, told_row
from services.reporting.sites import Site, Sites
from services.reporting.tables import aliases, clubs, effects, heard, reading, told, trainings
from shared.database import copy_in
from shared.events import ClubMerged, ReportCorrected, ReportWithdrawn
from shared.log import Histories
from shared.report import Recorded
from shared.same_club import alias_in, family, root_of

MOST_CLUBS: Final = 25_000  # Remembered from batch to batch, some 3 KB each: as many as there may be by 2035.
Row = dict[str, Any]
_KEYED = {
    "clubs": clubs.c.subject,
    "aliases": aliases.c.subject,
    "trainings": trainings.c.subject,
    "told": told.c.position,
}
_SITE = ("list", "province", "district", "commune", "province_now", "commune_now", "province_63", "how")


class ReportingFollower:
    """Follows the log into the read models."""

    name = "reporting"
    reading = reading

    def __init__(self, engine: Engine, log: Histories, blocks: Sizes = SIZES) -> None:
        self.engine, self._log, self._blocks = engine, log, blocks
        self._alone, self._known = False, _Known()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """The read models are empty, and nobody else writes them: what is believed need not be read from them."""
        self._alone, self._known = True, _Known(whole=True)
        try:
            yield
        finally:
            self._alone, self._known = False, _Known()

    def apply(self, transaction: Connection, events: Sequence[Recorded]) -> None:
        known, self._known = self._known, _Known()  # What a batch that fails came to believe is forgotten.
        known.load(transaction, events)
        self.write(transaction, self._project(known, events))
        if self._alone:
            self._known = known

    def foresee(self, events: Sequence[Recorded]) -> "Changes | None":
        """What the events change once all before them is written; None where the read models must be asked."""
        known = self._known
        if not known.knows_all(events):
            return None
        self._known = _Known()
        changes = self._project(known, events)
        self._known = known
        return changes

    def write(self, transaction: Connection, changes: "Changes") -> None:
        """Write what was projected, and sum the blocks that are full with it."""
        changes.write(transaction)
        sum_blocks(transaction, changes.positions, self._blocks)

    def forget(self) -> None:
        """What was foreseen is not what was written: ask the read models from now on."""
        self._known = _Known()

    def _project(self, known: "_Known", events: Sequence[Recorded]) -> "Changes":
        changes = Changes()
        for event in events:
            changes.hear(event)
            if isinstance(event.event, Told):
                changes.tell(event, event.event)
            elif not known.add(changes, event):
                self._redraw(changes, known, event)
        return changes

    def _redraw(self, changes: "Changes", known: "_Known", event: Recorded) -> None:
        """Write the difference between the pictures of the subject before and after the event.

        A club that turns out to be the same as another leaves one picture and enters another.
        """
        name = event.subject
        history = bearing_history(self._log, event)
        before, after = known.aliases, known.aliases
        amends = isinstance(event.event, ReportCorrected | ReportWithdrawn)
        if amends or isinstance(event.event, ClubMerged):
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
            # Else it still stands as it did, and its row here may be without what does not bear on the event.
            if not amends or (was.club, was.where) != (now.club, now.where):
                known.see(root, now.club, now.where)
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
        """The history of another name of the subject, up to the event."""
        return [one for one in self._log.history(subject) if one.position <= event.position]


class _Known:
    """What was believed before each event of a batch: the names of clubs, their rows, and where they sat since when.

    Of a club that moved only the newest place is in its row: its first report of the batch looks back. `whole`: it is
    known from the first event on, so what it never met is new.
    """

    def __init__(self, whole: bool = False) -> None:
        self.aliases: dict[str, str] = {}
        self._asked = self._whole = whole
        self._clubs: dict[str, tuple[Row, Sites] | None] = {}  # None: every report of it looks back.
        self._let_go: set[str] = set()

    def knows_all(self, events: Iterable[Recorded]) -> bool:
        """Whether the read models need not be asked about the subjects of the events."""
        met = self._meet(events)
        return self._whole and self._let_go.isdisjoint(met)

    def load(self, transaction: Connection, events: Iterable[Recorded]) -> None:
        """Read what is believed about the subjects of the events, as far as it is not known already, nor new."""
        if not self._asked:
            self._asked = True
            current = select(aliases.c.subject, aliases.c.into).where(aliases.c.known_until.is_(None))
            self.aliases = {row.subject: row.into for row in transaction.execute(current)}
        met = self._meet(events)
        roots = sorted(self._let_go & self._clubs.keys() if self._whole else met)
        self._let_go.difference_update(roots)
        columns = [column for column in clubs.c if not column.name.startswith("known_")]
        for start in range(0, len(roots), 500):
            some = clubs.c.subject.in_(roots[start : start + 500])
            for row in transaction.execute(select(*columns).where(some, clubs.c.known_until.is_(None))):
                club = dict(row._mapping)
                here = Site(**{name: club[name] for name in _SITE}, candidates=())
                self.see(club.pop("subject"), club, () if club["moved"] else [(date.min, here)])

    def _meet(self, events: Iterable[Recorded]) -> set[str]:
        """The subjects of the events that are not known; of too many, those met longest ago are let go."""
        for root in list(self._clubs)[:-MOST_CLUBS]:
            del self._clubs[root]
            self._let_go.add(root)
        roots = {root_of(event.subject, self.aliases) for event in events} - self._clubs.keys()
        self._clubs |= dict.fromkeys(roots)
        return roots

    def see(self, root: str, club: Row | None, where: Sites) -> None:
        """Note a founded club as it stands from now on, and where it sat."""
        founded = club is not None and club["state"] != "proposed"
        self._clubs[root] = (club, where) if club is not None and founded and where else None

    def add(self, changes: "Changes", event: Recorded) -> bool:
        """Add what the event changes without looking back; False if the whole picture must be seen."""
        root = root_of(event.subject, self.aliases)
        if (known := self._clubs.get(root)) is None:
            return False
        club, where = known
        if (effects := of_itself(root, event.event, where, event.position)) is not None:
            changes.enter(event, effects)
            return True
        if (told := renewed(root, club, where, event.event)) is not None:
            after, difference = told
            changes.differ(event, root, Picture(club), Picture(after))
            changes.add(event, difference)
            self.see(root, after, where)
            return True
        return False


class Changes:
    """The rows a batch of events writes, gathered and written together."""

    def __init__(self) -> None:
        self._heard: list[tuple[Any, ...]] = []
        self._effects: list[tuple[Any, ...]] = []
        self._newest: dict[tuple[str, str | int], Row] = {}  # A key's open row, if this batch made it.
        self._made: dict[str, list[Row]] = {name: [] for name in _KEYED}
        self._ended: dict[str, list[Row]] = {name: [] for name in _KEYED}

    @property
    def positions(self) -> list[int]:
        """The positions of the events."""
        return [row[0] for row in self._heard]

    def hear(self, event: Recorded) -> None:
        """Note that the event was heard of."""
        day = event.event.day()
        source = None if event.historical else event.identity.source
        said = (event.type, event.subject, str(day) if day else None, source)
        self._heard.append((event.position, event.envelope["recordedtime"], *said))

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
        changed = sorted(filter(difference.get, difference), key=_in_order)
        self._note(event, [effect.times(difference[effect]) for effect in changed])

    def enter(self, event: Recorded, different: Iterable[Effect]) -> None:
        """Add effects, each of them once."""
        self._note(event, sorted(different, key=_in_order))

    def _note(self, event: Recorded, effects: Iterable[Effect]) -> None:
        self._effects.extend((event.position, n, *effect) for n, effect in enumerate(effects))

    def tell(self, event: Recorded, said: Told) -> None:
        """Believe what was said from its own position on."""
        self._believe("told", event.position, event.position, None, told_row(event.subject, said))
        self.add(event, Counter(told_effects(event.subject, said, event.position)))

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

    def write(self, transaction: Connection) -> None:
        """Write everything into the transaction."""
        copy_in(transaction, heard, self._heard)
        copy_in(transaction, effects, self._effects)
        for name, key in _KEYED.items():
            table = key.table
            if self._ended[name]:
                still = (key == bindparam("the_key"), table.c.known_until.is_(None))
                ending = update(table).where(*still).values(known_until=bindparam("the_end"))
                transaction.execute(ending, self._ended[name])
            if self._made[name]:
                transaction.execute(insert(table), self._made[name])


def _in_order(effect: Effect) -> tuple[str | bool | int, ...]:
    """However it was told, with or without looking back."""
    return effect.indicator, effect.part or "", effect.first_day, effect.last_day, effect.leaves, effect.value
