"""The rows a batch of events writes into the read models."""

from collections import Counter
from collections.abc import Iterable
from operator import itemgetter
from typing import Any, Final

import orjson
from sqlalchemy import Connection, bindparam, insert, update

from services.reporting.effects import Effect, Row, net
from services.reporting.picture import Picture, Told, told_effects, told_row
from services.reporting.tables import aliases, clubs, effects, heard, told, trainings
from shared.database import copy_in
from shared.report import Recorded

_position: Final = itemgetter(0)
_KEYED: Final = {
    "clubs": clubs.c.subject,
    "aliases": aliases.c.subject,
    "trainings": trainings.c.subject,
    "told": told.c.position,
}


class Difference:
    """What a batch of events adds to the read models: its rows, gathered and written together."""

    def __init__(self) -> None:
        self._heard: list[tuple[Any, ...]] = []
        self._effects: list[tuple[Any, ...]] = []
        self._newest: dict[tuple[str, str | int], Row] = {}  # A key's open row, if this batch made it.
        self._made: dict[str, list[Row]] = {name: [] for name in _KEYED}
        self._ended: dict[str, list[Row]] = {name: [] for name in _KEYED}

    @classmethod
    def from_json(cls, parts: Iterable[bytes]) -> "Difference":
        """What several processes found in the same events, each about subjects of its own."""
        whole = cls()
        for part in parts:
            heard, effects, made, ended = orjson.loads(part)
            whole._heard += heard
            whole._effects += effects
            for name in _KEYED:
                whole._made[name] += made[name]
                whole._ended[name] += ended[name]
        whole._heard.sort(key=_position)
        whole._effects.sort(key=_position)
        return whole

    def as_json(self) -> bytes:
        """The rows, for another process to write: JSON, as the database would keep them."""
        rows = (self._heard, self._effects, self._made, self._ended)
        return orjson.dumps(rows, option=orjson.OPT_NON_STR_KEYS)

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
        self.enter(event, net(difference))

    def enter(self, event: Recorded, different: Iterable[Effect]) -> None:
        """Add effects, each of them once: no two are of one indicator, day and place."""
        in_order = sorted(different, key=_in_order)
        self._effects.extend((event.position, n, *effect) for n, effect in enumerate(in_order))

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
