"""Figures: sums over effects, at two clocks and on three maps.

`known_at` (a position) says what we knew, `valid_at` and from–to say when it was so. The same question at the same
position and the same `RULES` has the same answer for ever.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, select

from services.reporting.indicators import INDICATORS, Indicator
from services.reporting.periods import Step, period_of, periods_between
from services.reporting.tables import effects
from shared.places import LIST_OF, Scheme, candidates, communes, province_name
from shared.values import NOTHING, Range

RULES: Final = "2"  # Raised by any change that alters a figure once answered.

By = Literal["nation", "province", "commune", "club", "month", "quarter", "year"]
STEPS: Final[tuple[Step, ...]] = ("month", "quarter", "year")
AMOUNTS: Final = ("value", "low", "high", "unbounded", "certain")
MOST_PERIODS: Final = 240


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `scope` is `nation`, `province:08` (in the scheme's list) or `province:pre-2025:08`,
    `commune:02494` (likewise) or `club:tq-coc-1`.

    A flow is summed from `start` to `end`; a stock is taken at `end`, or at the end of each period in between.
    """

    indicator: Indicator
    by: tuple[By, ...]
    start: date
    end: date
    scope: str
    scheme: Scheme
    position: int

    @property
    def step(self) -> Step | None:
        """The calendar step among the dimensions."""
        return next((step for step in STEPS if step in self.by), None)


@dataclass(slots=True)
class Sum:
    """A sum of ranges, and how much of its value is exact."""

    range: Range = NOTHING
    certain: int = 0

    def add(self, range: Range, certain: int) -> None:
        self.range += range
        self.certain += certain

    def as_json(self) -> dict[str, int | None]:
        return {
            "value": self.range.value,
            "low": self.range.low,
            "high": self.range.high,
            "certain": self.certain,
        }


@dataclass(frozen=True, slots=True)
class Part:
    """One row of an answer: its keys (province, club, period) and its sum."""

    keys: Mapping[str, Any]
    sum: Sum = field(default_factory=Sum)

    def as_json(self) -> dict[str, Any]:
        return {**self.keys, **self.sum.as_json()}


def figures(connection: Connection, question: Question) -> tuple[list[Part], Sum]:
    """The rows of the answer, and their total. Parts always sum to the whole."""
    parts: dict[str, Part] = {}
    total = Sum()
    for keys, range, certain in _amounts(connection, question):
        part = parts.setdefault(repr(keys), Part(keys))
        part.sum.add(range, certain)
    for keys in _expected(question):
        parts.setdefault(repr(keys), Part(keys))
    for part in parts.values():
        total.add(part.sum.range, part.sum.certain)
    return sorted(parts.values(), key=_order), total


def _amounts(connection: Connection, question: Question) -> Iterator[tuple[dict[str, Any], Range, int]]:
    """Every grouped amount with the keys of the row it belongs to."""
    if question.indicator.code == "communes_with_club":
        yield from _communes_with_club(connection, question)
    elif question.indicator.kind == "flow":
        yield from _flow(connection, question)
    elif question.step is None:
        yield from _stock(connection, question, question.end, {})
    else:
        for period in periods_between(question.start, question.end, question.step):
            yield from _stock(connection, question, period.last, {"period": period.name})


def _flow(connection: Connection, question: Question) -> Iterator[tuple[dict[str, Any], Range, int]]:
    """What happened from `start` to `end`. What only may have happened then counts in `high` alone."""
    start, end = question.start.isoformat(), question.end.isoformat()
    inside = case((and_(effects.c.first_day >= start, effects.c.last_day <= end), 1), else_=0).label("inside")
    # A month is fine enough for every period, and far fewer rows than days.
    days = {"first_month": effects.c.first_day, "last_month": effects.c.last_day} if question.step else {}
    months = [func.substr(day, 1, 7).label(name) for name, day in days.items()]
    amounts = [func.sum(effects.c[name]).label(name) for name in AMOUNTS]
    groups = [*_dimensions(question), inside, *months]
    query = (
        select(*groups, *amounts)
        .where(*_relevant(question), effects.c.first_day <= end, effects.c.last_day >= start)
        .group_by(*groups)
    )
    for row in connection.execute(query):
        keys, placed = _keys(question, row)
        if keys is None:
            continue
        if question.step is not None:
            first, last = (_period(month, question.step) for month in (row.first_month, row.last_month))
            keys["period"] = first if first == last and row.inside else None
        yield keys, *_taken(row, sure=bool(row.inside) and placed)


def _stock(
    connection: Connection, question: Question, day: date, period: Mapping[str, str]
) -> Iterator[tuple[dict[str, Any], Range, int]]:
    """What was so at the end of `day`: what has surely entered, and in `high` what may have."""
    at = day.isoformat()
    first, last, leaves = effects.c.first_day, effects.c.last_day, effects.c.leaves
    begins: dict[str, ColumnElement[str]] = {
        "value": last,
        "low": case((leaves, first), else_=last),
        "high": case((leaves, last), else_=first),
        "unbounded": case((leaves, last), else_=first),
        "certain": last,
    }
    amounts = [func.sum(case((begins[name] <= at, effects.c[name]), else_=0)).label(name) for name in AMOUNTS]
    groups = _dimensions(question)
    query = select(*groups, *amounts).where(*_relevant(question), first <= at).group_by(*groups)
    for row in connection.execute(query):
        keys, placed = _keys(question, row)
        if keys is not None:
            yield {**keys, **period}, *_taken(row, sure=placed)


def _communes_with_club(
    connection: Connection, question: Question
) -> Iterator[tuple[dict[str, Any], Range, int]]:
    """Each commune with a club once. A club whose commune is not known may be in one more: it counts in `high`."""
    asked = replace(question, indicator=INDICATORS["clubs"], by=(*question.by, "commune"))
    for part in figures(connection, asked)[0]:
        clubs, keys = part.sum.range, dict(part.keys)
        known = keys["commune"] is not None
        if "commune" not in question.by:
            del keys["commune"], keys["commune_name"]
        high = clubs.high if clubs.high is None or not known else min(1, clubs.high)
        if known:
            yield (
                keys,
                Range(min(1, clubs.value), min(1, clubs.low), 1 if high is None else high),
                min(1, part.sum.certain),
            )
        else:
            yield keys, Range(0, 0, high), 0


def _relevant(question: Question) -> tuple[ColumnElement[bool], ...]:
    relevant = [effects.c.indicator == question.indicator.code, effects.c.position <= question.position]
    kind, _, name = question.scope.partition(":")
    if kind == "club":
        relevant.append(effects.c.subject == name)
    return tuple(relevant)


def _dimensions(question: Question) -> list[ColumnElement[Any]]:
    """What amounts are summed by: the places that the map asked for and the scope can tell apart."""
    found: list[ColumnElement[Any]] = [effects.c.list, effects.c.province, effects.c.province_63]
    if "commune" in question.by or question.scope.startswith("commune:"):
        found += [effects.c.commune, effects.c.commune_now]
    return [*found, effects.c.subject] if "club" in question.by else found


def _taken(row: Row[Any], sure: bool) -> tuple[Range, int]:
    """The amounts of a row; of what only may belong here, the upper edge."""
    high = None if row.unbounded else int(row.high)
    return (Range(int(row.value), int(row.low), high), int(row.certain)) if sure else (Range(0, 0, high), 0)


def _keys(question: Question, row: Row[Any]) -> tuple[dict[str, Any] | None, bool]:
    """The keys of the row these amounts belong to, and whether they surely lie in the scope; None if they do not."""
    codes = _provinces(question.scheme, row)
    placed = True
    kind, _, rest = question.scope.partition(":")
    if kind == "province":
        place_list, _, code = rest.rpartition(":")
        if code not in codes or (place_list and place_list != row.list):
            return None, False
        placed = len(codes) == 1
    elif kind == "commune" and _commune(question.scheme, row) != rest:
        return None, False
    keys: dict[str, Any] = {}
    if "province" in question.by:
        keys = _province(question.scheme, row, codes)
    if "commune" in question.by:
        keys |= _commune_keys(question.scheme, row)
    if "club" in question.by:
        keys["club"] = row.subject
    return keys, placed


def _provinces(scheme: Scheme, row: Row[Any]) -> list[str]:
    """The codes a province may have on the map asked for: several where only the merged one is known."""
    if scheme == "as-recorded":
        return [row.province]
    if scheme == "63" and row.province_63 is not None:
        return [row.province_63]
    return candidates(row.list, row.province, scheme)


def _province(scheme: Scheme, row: Row[Any], codes: list[str]) -> dict[str, Any]:
    if scheme == "as-recorded":
        return {"list": row.list, "province": row.province, "name": province_name(row.list, row.province)}
    if len(codes) > 1:
        recorded = {"list": row.list, "province": row.province, "candidates": codes}
        return {"province": None, "unplaced": recorded}
    return {"province": codes[0], "name": province_name(LIST_OF[scheme], codes[0])}


def _commune(scheme: Scheme, row: Row[Any]) -> str | None:
    """The commune on the map asked for; None where it cannot be told. Old communes are not guessed from new ones."""
    if scheme == "34":
        return str(row.commune_now) if row.commune_now else None
    return str(row.commune) if row.commune and (scheme == "as-recorded" or row.list == "pre-2025") else None


def _commune_keys(scheme: Scheme, row: Row[Any]) -> dict[str, Any]:
    code = _commune(scheme, row)
    found = communes(row.list if scheme == "as-recorded" else LIST_OF[scheme]).get(code or "")
    return {"commune": code, "commune_name": f"{found.type} {found.name}" if found else None}


def _expected(question: Question) -> Iterator[dict[str, Any]]:
    """Rows an answer has even if nothing happened: a month without a meeting is a zero, not a gap."""
    if not question.by or question.by == ("nation",):
        yield {}
    elif question.step is not None and question.by == (question.step,) and question.start > date.min:
        for period in periods_between(question.start, question.end, question.step):
            yield {"period": period.name}


def _period(month: str, step: Step) -> str:
    return period_of(date.fromisoformat(f"{month}-01"), step)


def _order(part: Part) -> tuple[str, ...]:
    """By place, club and period; what has none of them comes last."""
    keys = part.keys
    ordered = (keys.get(name) for name in ("province", "list", "commune", "club", "period"))
    return tuple("~" if key is None else str(key) for key in ordered)
