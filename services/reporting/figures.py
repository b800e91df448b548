"""Figures: sums over effects, at two clocks and on three maps.

`known_at` (a position) says what we knew, `valid_at` and from–to say when it was so. The same question at the same
position and the same `RULES` has the same answer for ever.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, Literal

from sqlalchemy import Connection

from services.reporting.calendar import Meetings
from services.reporting.club_by_club import ClubByClub, each_club
from services.reporting.each_club import EachClub
from services.reporting.expected import Whose, meetings_due
from services.reporting.indicators import INDICATORS, MEASURES, Communes, Indicator, ShareOf
from services.reporting.known import ANYWHERE, Within
from services.reporting.memory import remembered
from services.reporting.periods import Step, period_of, periods_between
from services.reporting.sums import Happened, Row, Stood, summed, taken
from shared.places import LIST_OF, PROVINCES, Scheme, candidates, communes, districts, province_name
from shared.values import NOTHING, Range

RULES: Final = "3"  # Raised by any change that alters a figure once answered.

By = Literal[
    "nation", "province", "district", "commune", "club", "source", "scheme", "month", "quarter", "year"
]
STEPS: Final[tuple[Step, ...]] = ("month", "quarter", "year")
PARTS: Final[tuple[By, ...]] = ("source", "scheme")
MOST_PERIODS: Final = 240

Amounts = Iterator[tuple[dict[str, Any], Range, int]]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `scope` is `nation`, `province:08` (in the scheme's list) or `province:pre-2025:08`,
    `district:070` (of the old list), `commune:02494` (in the scheme's list) or `club:tq-coc-1`.

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
    """A sum of ranges, and how much of its value is exact; of a share, what it is a share `of`."""

    range: Range = NOTHING
    certain: int = 0
    of: "Sum | None" = None

    def add(self, range: Range, certain: int) -> None:
        self.range += range
        self.certain += certain

    def as_json(self) -> dict[str, Any]:
        if self.of is not None:
            return _share(self, self.of)
        return {
            "value": self.range.value,
            "low": self.range.low,
            "high": self.range.high,
            "certain": self.certain,
        }


def _share(part: Sum, of: Sum) -> dict[str, Any]:
    """A percentage with both numbers it is made of. A part is never more than its whole; of nothing, nothing."""
    value = percent(min(part.range.value, of.range.value), of.range.value)
    low = percent(part.range.low, of.range.high) if of.range.high is not None else 0.0
    high = percent(part.range.high, of.range.low) if part.range.high is not None else None
    return {
        "value": value,
        "low": None if value is None else low,
        "high": None if value is None else min(high if high is not None else 100.0, 100.0),
        "certain": percent(min(part.certain, of.range.value), of.range.value),
        "numerator": Sum(part.range, part.certain).as_json(),
        "denominator": of.as_json(),
    }


def percent(part: int, of: int) -> float | None:
    """A percentage with one decimal, halves up; None of nothing."""
    return (2000 * part + of) // (2 * of) / 10 if of > 0 else None


@dataclass(frozen=True, slots=True)
class Part:
    """One row of an answer: its keys (province, club, period) and its sum."""

    keys: Mapping[str, Any]
    sum: Sum = field(default_factory=Sum)

    def as_json(self) -> dict[str, Any]:
        return {**self.keys, **self.sum.as_json()}


def figures(connection: Connection, question: Question) -> tuple[list[Part], Sum]:
    """The rows of the answer, and their total. Parts always sum to the whole; the shares of parts do not."""
    if isinstance(question.indicator.counted, ShareOf):
        return _shares(connection, question, question.indicator.counted)
    return sums(connection, question)


def sums(connection: Connection, question: Question) -> tuple[list[Part], Sum]:
    """The rows of an answer that adds up, and their total."""

    def anew(*_: Any) -> list[Part]:
        return _added_up(connection, question)

    asked, indicators = replace(question, position=0), _counted_from(question.indicator)
    *parts, total = remembered(connection, asked, question.position, indicators, anew, anew)
    return parts, total.sum


def _counted_from(indicator: Indicator) -> set[str] | None:
    """The indicators whose effects an answer depends on; None if it depends on other reports too."""
    match indicator.counted:
        case Meetings():  # On charters, ceremonies, the day of the newest report.
            return None
        case Communes():
            return {"clubs"}
        case EachClub() as counted:
            return counted.indicators
    return {indicator.code}


def _added_up(connection: Connection, question: Question) -> list[Part]:
    """The rows, and the total as the last of them."""
    parts: dict[str, tuple[dict[str, Any], Sum]] = {}
    total = Sum()
    for keys, range, certain in _amounts(connection, question):
        parts.setdefault(repr(keys), (keys, Sum()))[1].add(range, certain)
        total.add(range, certain)
    for keys in _expected(question):
        parts.setdefault(repr(keys), (keys, Sum()))
    return [*sorted((Part(keys, found) for keys, found in parts.values()), key=_order), Part({}, total)]


def _shares(connection: Connection, question: Question, counted: ShareOf) -> tuple[list[Part], Sum]:
    """A share wherever there is a whole, also where nothing of it is the part."""
    parts, part = sums(connection, replace(question, indicator=MEASURES[counted.part]))
    wholes, whole = sums(connection, replace(question, indicator=MEASURES[counted.of]))
    told = {repr(one.keys): one.sum for one in parts}
    of = {repr(one.keys): one.sum for one in wholes}
    keys = {repr(one.keys): one.keys for one in (*wholes, *parts)}
    rows = [Part(keys[name], _of(told.get(name, Sum()), of.get(name, Sum()))) for name in keys]
    return sorted(rows, key=_order), _of(part, whole)


def _of(part: Sum, whole: Sum) -> Sum:
    return Sum(part.range, part.certain, whole)


def _amounts(connection: Connection, question: Question) -> Amounts:
    """Every grouped amount with the keys of the row it belongs to."""
    if isinstance(question.indicator.counted, Meetings):
        yield from _due(connection, question, question.indicator.counted)
    elif question.indicator.kind == "flow":
        yield from _flow(connection, question)
    elif question.step is None:
        yield from _stock(connection, question, question.end, {})
    else:
        for period in periods_between(question.start, question.end, question.step):
            yield from _stock(connection, question, period.last, {"period": period.name})


def _flow(connection: Connection, question: Question) -> Amounts:
    """What happened from `start` to `end`. What only may have happened then counts in `high` alone."""
    asked = Happened(
        question.indicator.code,
        (question.start, question.end),
        _dimensions(question),
        _within(question),
        by_month=question.step is not None,
    )
    for row in summed(connection, asked, question.position):
        keys, placed = _keys(question, row)
        if keys is None:
            continue
        if question.step is not None:
            first, last = (_period(month, question.step) for month in (row.first_month, row.last_month))
            keys["period"] = first if first == last and row.inside else None
        yield keys, *taken(row, sure=bool(row.inside) and placed)


def _due(connection: Connection, question: Question, counted: Meetings) -> Amounts:
    """Of the meetings due from `start` to `end`, those in the states asked for, where their club sits."""
    days = question.start, question.end
    for row, due in meetings_due(connection, question.position, days, _whose(question), counted):
        keys, placed = _keys(question, row)
        for day, amount in due if keys is not None else ():
            found = amount if placed else Range(0, 0, amount.high)
            period = {"period": period_of(day, question.step)} if question.step else {}
            yield {**(keys or {}), **period}, found, found.certain


def _whose(question: Question) -> Whose:
    """The clubs that may lie in the scope; `_keys` leaves out the rest."""
    kind, _, name = question.scope.partition(":")
    place_list, _, code = name.rpartition(":")
    match kind:
        case "club":
            return Whose(club=name)
        case "province":
            return Whose(province_now=PROVINCES[place_list or LIST_OF[question.scheme], code].now)
    return Whose()


def _stock(connection: Connection, question: Question, day: date, period: Mapping[str, str]) -> Amounts:
    """What was so at the end of `day`."""
    match question.indicator.counted:
        case Communes():
            counting = _communes(connection, question, day)
        case EachClub() as counted:
            counting = _club_by_club(connection, question, counted, day)
        case _:
            counting = _standing(connection, question, day)
    for keys, range, certain in counting:
        yield {**keys, **period}, range, certain


def _standing(connection: Connection, question: Question, day: date) -> Amounts:
    """What has surely entered and not left, and in `high` what may have."""
    asked = Stood(question.indicator.code, day, _dimensions(question), _within(question))
    for row in summed(connection, asked, question.position):
        keys, placed = _keys(question, row)
        if keys is not None:
            yield keys, *taken(row, sure=placed)


def _club_by_club(connection: Connection, question: Question, counted: EachClub, day: date) -> Amounts:
    """What each club adds by a rule of its own."""
    asked = ClubByClub(counted, day, _dimensions(question), _within(question))
    for row in each_club(connection, asked, question.position):
        keys, placed = _keys(question, row)
        if keys is not None:
            yield keys, *taken(row, sure=placed)


def _communes(connection: Connection, question: Question, day: date) -> Amounts:
    """Each commune with a club once. A club whose commune is not known may be in one more: it counts in `high`."""
    by_commune = tuple(dict.fromkeys((*(one for one in question.by if one not in STEPS), "commune")))
    asked = replace(question, indicator=INDICATORS["clubs"], by=by_commune, end=day)
    for part in sums(connection, asked)[0]:
        clubs, keys = part.sum.range, dict(part.keys)
        known = keys["commune"] is not None
        if "commune" not in question.by:
            del keys["commune"], keys["commune_name"]
        high = clubs.high if clubs.high is None or not known else min(1, clubs.high)
        if known:
            one = Range(min(1, clubs.value), min(1, clubs.low), 1 if high is None else high)
            yield keys, one, min(1, part.sum.certain)
        else:
            yield keys, Range(0, 0, high), 0


def _within(question: Question) -> Within:
    """Where the scope may lie; `_keys` leaves out the rest."""
    kind, _, name = question.scope.partition(":")
    match kind:
        case "club":
            return Within(clubs=(name,))
        case "province":
            code, scheme = name.rpartition(":")[2], question.scheme
            if scheme == "as-recorded":
                return Within(provinces=(code,))
            there = {one[1] for one in PROVINCES if code in candidates(*one, scheme)}
            return Within(provinces=tuple(sorted(there)))
    return ANYWHERE


def _dimensions(question: Question) -> tuple[str, ...]:
    """What amounts are summed by: the places that the map asked for and the scope can tell apart."""
    found = ["list", "province", "province_63"]
    if "district" in question.by or question.scope.startswith("district:"):
        found.append("district")
    if "commune" in question.by or question.scope.startswith("commune:"):
        found += ["commune", "commune_now"]
    if set(PARTS) & set(question.by):
        found.append("part")
    return (*found, "subject") if "club" in question.by else tuple(found)


def _keys(question: Question, row: Row) -> tuple[dict[str, Any] | None, bool]:
    """The keys of the row these amounts belong to, and whether they surely lie in the scope; None if they do not."""
    codes = _provinces(question.scheme, row)
    placed = True
    kind, _, rest = question.scope.partition(":")
    if kind == "province":
        place_list, _, code = rest.rpartition(":")
        if code not in codes or (place_list and place_list != row.list):
            return None, False
        placed = len(codes) == 1
    elif kind in _FINER and _FINER[kind](question.scheme, row) != rest:
        return None, False
    keys: dict[str, Any] = {}
    if "province" in question.by:
        keys = _province(question.scheme, row, codes)
    if "district" in question.by:
        found = districts().get(row.district or "")
        keys |= {"district": row.district, "district_name": f"{found.type} {found.name}" if found else None}
    if "commune" in question.by:
        keys |= _commune_keys(question.scheme, row)
    if "club" in question.by:
        keys["club"] = row.subject
    for part in PARTS:
        if part in question.by:
            keys[part] = row.part
    return keys, placed


def _provinces(scheme: Scheme, row: Row) -> list[str]:
    """The codes a province may have on the map asked for: several where only the merged one is known."""
    if scheme == "as-recorded":
        return [row.province]
    if scheme == "63" and row.province_63 is not None:
        return [row.province_63]
    return candidates(row.list, row.province, scheme)


def _province(scheme: Scheme, row: Row, codes: list[str]) -> dict[str, Any]:
    if scheme == "as-recorded":
        return {"list": row.list, "province": row.province, "name": province_name(row.list, row.province)}
    if len(codes) > 1:
        recorded = {"list": row.list, "province": row.province, "candidates": codes}
        return {"province": None, "unplaced": recorded}
    return {"province": codes[0], "name": province_name(LIST_OF[scheme], codes[0])}


def _commune(scheme: Scheme, row: Row) -> str | None:
    """The commune on the map asked for; None where it cannot be told. Old communes are not guessed from new ones."""
    if scheme == "34":
        return str(row.commune_now) if row.commune_now else None
    return str(row.commune) if row.commune and (scheme == "as-recorded" or row.list == "pre-2025") else None


def _district(scheme: Scheme, row: Row) -> str | None:
    return None if row.district is None else str(row.district)


_FINER: Final[dict[str, Callable[[Scheme, Row], str | None]]] = {
    "district": _district,
    "commune": _commune,
}


def _commune_keys(scheme: Scheme, row: Row) -> dict[str, Any]:
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
    names = ("province", "list", "unplaced", "district", "commune", "club", *PARTS, "period")
    ordered = (keys.get(name) for name in names)
    return tuple("~" if key is None else str(key) for key in ordered)
