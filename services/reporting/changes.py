"""What each report changed about a figure: the way from what was known to what is known, position by position.

Along the log the changes always add up to the difference of the two figures, exactly, whatever the indicator counts.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, case, func, literal, or_, select

from services.reporting.blocks import AMOUNTS
from services.reporting.figures import Question, Sum, figures
from services.reporting.tables import effects
from shared.places import Scheme, candidates, communes

# Counted from the effects of another indicator, each commune once.
GROUNDS: Final = {"communes_with_club": "clubs"}


@dataclass(frozen=True, slots=True)
class Amounts:
    """A sum, or a difference of two. Unlike a range it keeps how much is bounded beside how many parts are not:
    so differences add up also where there is no upper edge."""

    value: int = 0
    low: int = 0
    high: int = 0
    unbounded: int = 0
    certain: int = 0

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def __sub__(self, other: "Amounts") -> "Amounts":
        return Amounts(*(a - b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def __bool__(self) -> bool:
        return any(astuple(self))

    def is_the(self, sum: Sum) -> bool:
        """Whether these are the amounts of a figure."""
        range = sum.range
        edges = (range.value, range.low, range.high, sum.certain)
        return (self.value, self.low, None if self.unbounded else self.high, self.certain) == edges

    def as_json(self) -> dict[str, int | None]:
        """`high` is null where a part has no upper edge; `bounded_high` and `unbounded` always add up."""
        return {
            "value": self.value,
            "low": self.low,
            "high": None if self.unbounded else self.high,
            "certain": self.certain,
            "bounded_high": self.high,
            "unbounded": self.unbounded,
        }


@dataclass(frozen=True, slots=True)
class Changes:
    """A figure before, and what each position that changed it added to it or took from it."""

    before: Amounts
    by_position: dict[int, Amounts]

    @property
    def after(self) -> Amounts:
        return sum(self.by_position.values(), start=self.before)


def changes(connection: Connection, question: Question, since: int) -> Changes:
    """What the positions after `since`, up to that of the question, changed about its total."""
    before, after = (
        figures(connection, replace(question, by=("nation",), position=at))[1]
        for at in (since, question.position)
    )
    found = _from_effects(connection, question, since)
    if found.before.is_the(before) and found.after.is_the(after):
        return found
    return _by_halves(connection, question, since)  # An indicator that is no sum of effects.


def _from_effects(connection: Connection, question: Question, since: int) -> Changes:
    """Follow the sum of each key along the log; what a key counts for may be less than its sum."""
    counts_for = _once if question.indicator.code in GROUNDS else _whole
    sums: dict[str | None, Amounts] = defaultdict(Amounts)
    for _, key, amounts in _touching(connection, question, 0, since, literal(since)):
        sums[key] += amounts
    before = sum((counts_for(key, amounts) for key, amounts in sums.items()), start=Amounts())
    found: dict[int, Amounts] = defaultdict(Amounts)
    for position, key, amounts in _touching(
        connection, question, since, question.position, effects.c.position
    ):
        was = counts_for(key, sums[key])
        sums[key] += amounts
        found[position] += counts_for(key, sums[key]) - was
    return Changes(before, {position: amounts for position, amounts in found.items() if amounts})


def _whole(_key: str | None, amounts: Amounts) -> Amounts:
    return amounts


def _once(commune: str | None, clubs: Amounts) -> Amounts:
    """A commune counts once, however many clubs it has; clubs whose commune is not known may be in others."""
    if commune is None:
        return Amounts(high=clubs.high, unbounded=clubs.unbounded)
    high = 1 if clubs.unbounded else min(1, clubs.high)
    return Amounts(min(1, clubs.value), min(1, clubs.low), high, 0, min(1, clubs.certain))


def _by_halves(connection: Connection, question: Question, since: int) -> Changes:
    """Halve the positions until each change is found. Changes between two halves that cancel out may be missed."""

    def at(position: int) -> Amounts:
        total = figures(connection, replace(question, by=("nation",), position=position))[1]
        high = total.range.high
        return Amounts(total.range.value, total.range.low, high or 0, int(high is None), total.certain)

    found: dict[int, Amounts] = {}

    def look(first: int, was: Amounts, last: int, now: Amounts) -> None:
        if was == now:
            return
        if last - first == 1:
            found[last] = now - was
            return
        middle = (first + last) // 2
        between = at(middle)
        look(first, was, middle, between)
        look(middle, between, last, now)

    before = at(since)
    look(since, before, question.position, at(question.position))
    return Changes(before, found)


def _touching(
    connection: Connection, question: Question, after: int, until: int, at: ColumnElement[int]
) -> Iterator[tuple[int, str | None, Amounts]]:
    """What effects of these positions add to the question, each `at` for itself: at, commune, amounts."""
    keyed = question.indicator.code in GROUNDS or question.scope.startswith("commune:")
    where = [effects.c.list, effects.c.province, effects.c.province_63]
    where += [effects.c.commune, effects.c.commune_now] if keyed else []
    sure, amounts, days = _in_days(question)
    groups = [at.label("at"), *where, sure.label("sure")]
    query = select(*groups, *amounts).where(*_of(question, after, until), *days).group_by(*groups)
    for row in connection.execute(query):
        lies, placed = _in_scope(question, row)
        if not lies:
            continue
        found = Amounts(*(int(getattr(row, name)) for name in AMOUNTS))
        if not (row.sure and placed):
            found = Amounts(high=found.high, unbounded=found.unbounded)
        yield int(row.at), _key(question.scheme, row) if keyed else None, found


def _of(question: Question, after: int, until: int) -> list[ColumnElement[bool]]:
    code = question.indicator.code
    wanted = [effects.c.indicator == GROUNDS.get(code, code)]
    wanted += [effects.c.position > after, effects.c.position <= until]
    kind, _, name = question.scope.partition(":")
    return [*wanted, effects.c.subject == name] if kind == "club" else wanted


def _in_days(question: Question) -> tuple[ColumnElement[Any], list[Any], list[ColumnElement[bool]]]:
    """Whether effects surely lie within the days, what is summed of them, and which bear on these days at all."""
    first, last, leaves = effects.c.first_day, effects.c.last_day, effects.c.leaves
    end = question.end.isoformat()
    if question.indicator.kind == "flow":
        start = question.start.isoformat()
        inside = case((and_(first >= start, last <= end), 1), else_=0)
        sums = [func.sum(effects.c[name]).label(name) for name in AMOUNTS]
        return inside, sums, [first <= end, last >= start]
    surely = {"value": last <= end, "certain": last <= end}
    edges = {
        "low": or_(last <= end, and_(leaves, first <= end)),
        **dict.fromkeys(("high", "unbounded"), or_(last <= end, and_(~leaves, first <= end))),
    }
    entered = surely | edges
    sums = [func.sum(case((entered[name], effects.c[name]), else_=0)).label(name) for name in AMOUNTS]
    return literal(1), sums, [first <= end]


def _in_scope(question: Question, row: Any) -> tuple[bool, bool]:
    """Whether a row may lie in the scope, and whether it surely does."""
    kind, _, rest = question.scope.partition(":")
    if kind == "commune":
        return _commune(question.scheme, row) == rest, True
    if kind != "province":
        return True, True
    place_list, _, code = rest.rpartition(":")
    codes = _provinces(question.scheme, row)
    return code in codes and place_list in ("", row.list), len(codes) == 1


def _provinces(scheme: Scheme, row: Any) -> list[str]:
    if scheme == "as-recorded":
        return [row.province]
    if scheme == "63" and row.province_63 is not None:
        return [row.province_63]
    return candidates(row.list, row.province, scheme)


def _commune(scheme: Scheme, row: Any) -> str | None:
    if scheme == "34":
        return row.commune_now or None
    return row.commune if row.commune and (scheme == "as-recorded" or row.list == "pre-2025") else None


def _key(scheme: Scheme, row: Any) -> str | None:
    """What tells communes apart: as recorded, one code may name an old commune and a new one."""
    code = _commune(scheme, row)
    if code is None or scheme != "as-recorded":
        return code
    found = communes(row.list).get(code)
    return f"{code} {found.type} {found.name}" if found else code
