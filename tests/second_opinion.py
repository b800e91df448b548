"""A second opinion on every figure: what the definitions say, counted report by report, as slowly as a clerk would.

DuckDB says which reports count (`recount.sql`); from there on it is plain loops. Of the services it shares no code, and
of `shared/places` the tables.
"""

import csv
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from shared import places
from tests.recount import what_counts

Edges = tuple[int, int, int | None]  # The number, at least, at most.
NONE: Final[Edges] = (0, 0, 0)
ONE: Final[Edges] = (1, 1, 1)
MAYBE: Final[Edges] = (0, 0, 1)

AREAS: Final = {
    *("income", "health_care", "home_care", "self_help"),
    *("rights", "awareness", "culture", "resource_mobilisation"),
}
BANDS: Final = ("under_55", "55_59", "60_69", "70_79", "80_plus")
GROUPS: Final = ("poor", "near_poor", "disadvantaged", "ethnic_minority", "disabled", "living_alone")
HEADS: Final[dict[str, tuple[str, ...]]] = {
    "women_members": ("women",),
    "men_members": ("men",),
    "members_under_55": BANDS[:1],
    "members_55_59": BANDS[1:2],
    "members_60_69": BANDS[2:3],
    "members_70_79": BANDS[3:4],
    "members_80_plus": BANDS[4:],
    "members_55_plus": BANDS[1:],
    "older_members": BANDS[2:],
    **{f"{group}_members": (group,) for group in (*GROUPS, "health_insured")},
}
# Share: its part, and its whole; None where that is the people of the head counts that tell the part.
SHARES: Final[dict[str, tuple[str, str | None]]] = {
    "women_share": ("women_members", None),
    "from_55_share": ("members_55_plus", None),
    "older_share": ("older_members", None),
    **{f"{group}_share": (f"{group}_members", None) for group in (*GROUPS, "health_insured")},
    "active_share": ("active_clubs", "clubs"),
    "borrowers_share": ("borrowers", "members"),
    "clubs_all_areas_share": ("clubs_all_areas", "clubs"),
    "clubs_with_both_funds_share": ("clubs_with_both_funds", "clubs"),
    **{
        f"clubs_of_norm_{norm}_share": (f"clubs_of_norm_{norm}", "clubs")
        for norm in ("size", "women", "older", "volunteers")
    },
}


class Asked(NamedTuple):
    """A question as the contract puts it; the rows of a stock by month are its months' ends."""

    code: str
    by: str | None
    start: date
    end: date
    scope: str
    scheme: str


class Seat(NamedTuple):
    since: date
    place: dict[str, Any]


@dataclass
class Stay:
    """Something that is there from a day on until another, each known as from–to."""

    club: str
    first: date
    last: date
    until: tuple[date, date] | None
    number: int
    part: str | None = None

    def on(self, day: date) -> Edges:
        may_go, gone = (max(end, self.last) for end in self.until or (date.max, date.max))
        here = self.last <= day
        value, low = here and gone > day, here and may_go > day
        return self.number * value, self.number * low, self.number * (self.first <= day and gone > day)


class Country:
    """The clubs of a log as far as its lines go."""

    def __init__(self, lines: Path) -> None:
        told = what_counts(lines)
        self.clubs = {row["club"]: row for row in told["club"]}
        self.reports = sorted(
            (row for row in told["standing"] if row["club"] in self.clubs), key=lambda row: row["arrived"]
        )
        self.elsewhere = told["elsewhere"]
        self.of_club: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self.reports:
            self.of_club[row["club"]].append(row)
        self.decided: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in sorted(told["decision"], key=lambda row: row["arrived"]):
            self.decided[row["club"]].append(row["place"])
        self.seats = {club: list(self._seats(club)) for club in self.clubs}
        self.stays = {"clubs": list(self._clubs())} | self._heads()

    # --- what there is -----------------------------------------------------------------------------------------

    def _seats(self, club: str) -> Iterator[Seat]:
        reports = self.of_club[club]
        yield from (Seat(date.min, row["data"]["place"]) for row in reports if row["type"] == "club.founded")
        moves = (row for row in reports if row["type"] == "club.moved")
        yield from (Seat(row["last"], row["data"]["place"]) for row in sorted(moves, key=_last))

    def _clubs(self) -> Iterator[Stay]:
        for club, row in self.clubs.items():
            founding = next(one for one in self.of_club[club] if one["type"] == "club.founded")
            yield Stay(club, row["first"], row["founded"], _ending(row), 1, founding["data"]["scheme"])

    def _heads(self) -> dict[str, list[Stay]]:
        stays: defaultdict[str, list[Stay]] = defaultdict(list)
        for club, row in self.clubs.items():
            counts = [one for one in self.of_club[club] if one["data"].get("members")]
            counts = [one for one in counts if one["type"] in ("club.founded", "members.counted")]
            counts.sort(key=_last)
            for number, one in enumerate(counts):
                day = one["last"]
                stale = date(day.year + 2, day.month, min(day.day, 28))
                ends = [(stale, stale), *([_ending(row)] if _ending(row) else [])]
                ends += [(after["first"], after["last"]) for after in counts[number + 1 : number + 2]]
                until = min(ends, key=lambda end: end[1])
                for code, people in _told(one["data"]["members"]):
                    stays[code].append(Stay(club, one["first"], day, until, people))
        return dict(stays)

    # --- answers -----------------------------------------------------------------------------------------------

    def answer(self, asked: Asked) -> dict[str | None, Edges]:
        """The rows of the answer by what was asked for; rows of nothing are left out."""
        rows: dict[str | None, Edges] = {}
        for key, number in self._rows(asked):
            rows[key] = _plus(rows.get(key, NONE), number)
        return {key: number for key, number in rows.items() if number != NONE}

    def _rows(self, asked: Asked) -> Iterator[tuple[str | None, Edges]]:
        if asked.code in _FLOWS or asked.code == "new_clubs":
            yield from self._happened(asked)
        elif asked.by == "month":
            for end in _month_ends(asked.start, asked.end):
                for _, number in self._there(asked._replace(by=None, end=end)):
                    yield f"{end:%Y-%m}", number
        else:
            yield from self._there(asked)

    def _happened(self, asked: Asked) -> Iterator[tuple[str | None, Edges]]:
        for row, part, (value, low, high) in self._flow(asked.code):
            if row["first"] > asked.end or row["last"] < asked.start:
                continue
            club = row.get("club")
            place = row["data"]["place"] if club is None else self._seat(club, row["last"])
            if asked.code == "new_clubs":
                place = self.seats[row["club"]][0].place
            if not _within(asked, club or row["subject"], place):
                continue
            inside = asked.start <= row["first"] and row["last"] <= asked.end
            months = {f"{day:%Y-%m}" for day in (row["first"], row["last"])}
            month = months.pop() if inside and len(months) == 1 else None
            key = {"month": month, "province": _now(place), "source": part, "scheme": part}.get(
                asked.by or ""
            )
            yield key, (value, low, high) if inside else (0, 0, high)

    def _flow(self, code: str) -> Iterator[tuple[dict[str, Any], str | None, Edges]]:
        if code == "new_clubs":
            yield from (
                (row, row["data"]["scheme"], ONE) for row in self.reports if row["type"] == "club.founded"
            )
            return
        type, counted, part = _FLOWS[code]
        for row in (*self.reports, *self.elsewhere):
            if row["type"] == type and (number := counted(row["data"])) is not None:
                yield row, row["data"].get(part) if part else None, _edges(number)

    def _there(self, asked: Asked) -> Iterator[tuple[str | None, Edges]]:
        """What was so at the end of a day."""
        if asked.code in _BALANCES:
            for row, number in self._moves(asked.code):
                place = self._seat(row["club"], row["last"])
                if row["last"] <= asked.end and _within(asked, row["club"], place):
                    yield _now(place) if asked.by == "province" else None, (number, number, number)
        elif asked.code == "communes_with_club":
            yield from self._communes(asked)
        elif asked.code == "provinces_with_club":
            yield from self._provinces(asked)
        else:
            for stay in self.stays.get(asked.code if asked.code in self.stays else "clubs", ()):
                place = self._seat(stay.club, max(asked.end, stay.last))
                if (there := stay.on(asked.end)) != NONE and _within(asked, stay.club, place):
                    part = {"province": _now(place), "scheme": stay.part}.get(asked.by or "")
                    if asked.code in _RULES:
                        there = _while_there(_RULES[asked.code](self, stay.club, asked.end), there)
                    elif asked.code not in self.stays:
                        there = NONE  # Nobody ever told of such a group.
                    yield part, there

    def _moves(self, code: str) -> Iterator[tuple[dict[str, Any], int]]:
        for row in self.reports:
            if sign := _BALANCES[code].get(row["type"]):
                yield row, sum(way * row["data"].get(field, 0) for field, way in sign.items())

    def _communes(self, asked: Asked) -> Iterator[tuple[str | None, Edges]]:
        found: dict[str | None, Edges] = {}
        for stay in self.stays["clubs"]:
            place = self._seat(stay.club, max(asked.end, stay.last))
            if _within(asked, stay.club, place):
                commune = self._commune(stay.club, place)
                found[commune] = _plus(found.get(commune, NONE), stay.on(asked.end))
        for commune, (value, low, high) in found.items():
            yield None, (min(value, 1), min(low, 1), min(high or 0, 1)) if commune else (0, 0, high)

    def _provinces(self, asked: Asked) -> Iterator[tuple[str | None, Edges]]:
        found: dict[str, Edges] = {}
        for stay in self.stays["clubs"]:
            place = self._seat(stay.club, max(asked.end, stay.last))
            if _within(asked, stay.club, place):
                found[_now(place)] = _plus(found.get(_now(place), NONE), stay.on(asked.end))
        for province, (value, low, high) in found.items():
            yield (
                province if asked.by == "province" else None,
                (min(value, 1), min(low, 1), min(high or 0, 1)),
            )

    def _seat(self, club: str, day: date) -> dict[str, Any]:
        seats = self.seats[club]
        return seats[bisect_right(seats, day, key=lambda seat: seat.since) - 1].place

    def _commune(self, club: str, place: dict[str, Any]) -> str | None:
        """The present commune of a seat: its own, what it became, or what was decided."""
        known = _communes(place["list"]).get(place.get("commune", ""))
        became = []
        if known and known["province"] == place["province"]:
            if place["list"] == "2025-07":
                return str(known["code"])
            became = _became().get(known["code"], [])
        if len(became) == 1:
            return str(became[0]["new"])
        for decision in reversed(self.decided[club]):
            if _now(decision) == _now(place):
                return str(decision["commune"])
        return next((str(one["new"]) for one in became if one["default"] == "1"), None)

    # --- one club ----------------------------------------------------------------------------------------------

    def window(self, club: str, day: date, days: int, *types: str) -> Iterator[tuple[dict[str, Any], bool]]:
        """The club's reports of so many days up to a day, and whether they surely lie in them."""
        since = day - timedelta(days=days - 1)
        for row in self.of_club[club]:
            if row["type"] in types and row["first"] <= day and row["last"] >= since:
                yield row, row["first"] >= since and row["last"] <= day

    def met(self, club: str, day: date) -> Edges:
        return _yes_or_no(sure for _, sure in self.window(club, day, 60, "meeting.held"))

    def all_areas(self, club: str, day: date) -> Edges:
        surely, perhaps, unsaid = set(), set(), False
        for row, sure in self.window(club, day, 365, *_AREAS_OF, "meeting.held", "activity.held"):
            data = row["data"]
            areas = {"meeting.held": data.get("areas", []), "activity.held": [data.get("area")]}.get(
                row["type"], [_AREAS_OF.get(row["type"])]
            )
            unsaid |= row["type"] == "meeting.held" and not areas
            perhaps |= set(areas)
            surely |= set(areas) if sure else set()
        return ONE if surely >= AREAS else MAYBE if unsaid or perhaps >= AREAS else NONE

    def newest_care(self, club: str, day: date, field: str) -> Edges:
        care = [row for row, sure in self.window(club, day, 183, "care.reported") if sure]
        told = [row for row in care if row["data"].get(field) is not None]
        return (
            _edges(max(told, key=lambda row: (_last(row), row["arrived"]))["data"][field]) if told else NONE
        )

    def heads_of(self, club: str, code: str, day: date) -> Edges:
        return _sum(stay.on(day) for stay in self.stays.get(code, ()) if stay.club == club)

    def borrowed(self, club: str, day: date) -> Edges:
        lent = [row for row in self.of_club[club] if row["type"] == "loan.disbursed" and row["last"] <= day]
        loans, members = sum(row["data"]["loans"] for row in lent), self.heads_of(club, "members", day)[2]
        most = min(loans, members or loans)
        return most, min(most, 1), most


def _with_funds(*funds: str) -> Callable[[Country, str, date], Edges]:
    def rule(country: Country, club: str, day: date) -> Edges:
        money = (row for row in country.of_club[club] if row["type"][:5] in ("fund.", "loan."))
        return ONE if set(funds) <= {row["data"]["fund"] for row in money if row["last"] <= day} else MAYBE

    return rule


def _of_norm(part: str, of: str | None, bounds: Callable[[date], tuple[int, int] | None]):
    """Whether a number, or a share in whole percent, lies in the bounds of the day."""

    def rule(country: Country, club: str, day: date) -> Edges:
        least_and_most = bounds(day)
        if least_and_most is None:
            return NONE
        if part == "volunteers":
            value = country.newest_care(club, day, part)
            return MAYBE if value == NONE else ONE if value[0] >= least_and_most[0] else NONE
        value, low, high = country.heads_of(club, part, day)
        assert value == low == high
        whole = country.heads_of(club, of, day)[0] if of else 100
        if (whole if of else value) == 0:
            return MAYBE
        percent = 100 * value / whole
        least, most = least_and_most
        return ONE if least - 0.5 * bool(of) <= percent <= most + 0.5 * bool(of) else NONE

    return rule


def _later(day: date, since: date, then: Any, before: Any) -> Any:
    return then if day >= since else before


_1336 = date(2020, 8, 31)
_RULES: Final[dict[str, Callable[[Country, str, date], Edges]]] = {
    "active_clubs": Country.met,
    "clubs_all_areas": Country.all_areas,
    "clubs_with_income_fund": _with_funds("income"),
    "clubs_with_both_funds": _with_funds("income", "activity"),
    "borrowers": Country.borrowed,
    "volunteers": lambda country, club, day: country.newest_care(club, day, "volunteers"),
    "people_cared_for": lambda country, club, day: country.newest_care(club, day, "cared_for"),
    "clubs_of_norm_size": _of_norm("members", None, lambda day: (50, 70)),
    "clubs_of_norm_women": _of_norm(
        "women_members", "women_members.of", lambda day: _later(day, _1336, (60, 70), (60, 80))
    ),
    "clubs_of_norm_older": _of_norm(
        "older_members", "older_members.of", lambda day: _later(day, _1336, (60, 70), None)
    ),
    "clubs_of_norm_volunteers": _of_norm(
        "volunteers", None, lambda day: _later(day, date(2025, 1, 1), (10, 0), (5, 0))
    ),
}
_AREAS_OF: Final = {"care.reported": "home_care", "health.checked": "health_care", "loan.disbursed": "income"}


def _field(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda data: data.get(name)


def _one(data: dict[str, Any]) -> int:
    return 1


# Flow: the type of report it counts, what of it, and the field it is split by.
_FLOWS: Final[dict[str, tuple[str, Callable[[dict[str, Any]], Any], str | None]]] = {
    "meetings": ("meeting.held", _one, None),
    "meetings_cancelled": ("meeting.cancelled", _one, None),
    "activities": ("activity.held", _one, None),
    "visits": ("visit.made", _one, None),
    "trainings": ("training.held", _one, None),
    "delegates": ("training.held", lambda data: data.get("delegates", {}).get("total"), None),
    "home_care_visits": ("care.reported", _field("visits"), None),
    "health_check_turns": ("health.checked", _field("examined"), None),
    "fund_received_vnd": ("fund.received", _field("amount_vnd"), "source"),
    "fund_spent_vnd": ("fund.spent", _field("amount_vnd"), None),
    "loans": ("loan.disbursed", _field("loans"), None),
    "loans_vnd": ("loan.disbursed", _field("principal_vnd"), None),
    "loan_interest_vnd": ("loan.repaid", _field("interest_vnd"), None),
}
_BALANCES: Final[dict[str, dict[str, dict[str, int]]]] = {
    "fund_vnd": {
        "fund.received": {"amount_vnd": 1},
        "fund.spent": {"amount_vnd": -1},
        "loan.repaid": {"interest_vnd": 1},
    },
    "loans_outstanding_vnd": {"loan.disbursed": {"principal_vnd": 1}, "loan.repaid": {"principal_vnd": -1}},
}
CODES: Final = (
    *("clubs", "new_clubs", "members", "communes_with_club", "provinces_with_club"),
    *HEADS,
    *_FLOWS,
    *_BALANCES,
    *_RULES,
    *SHARES,
)


def _told(heads: dict[str, Any]) -> Iterator[tuple[str, int]]:
    people = heads.get("total", sum(heads.get(sex, 0) for sex in ("women", "men", "unstated")))
    yield "members", people
    for code, fields in HEADS.items():
        if all(field in heads for field in fields):
            yield code, sum(heads[field] for field in fields)
            yield f"{code}.of", people


def _ending(row: dict[str, Any]) -> tuple[date, date] | None:
    return (row["may_end"], row["must_end"]) if row["must_end"] else None


def _last(row: dict[str, Any]) -> date:
    last: date = row["last"]
    return last


def _edges(number: Any) -> Edges:
    match number:
        case {"more_than": n}:
            return n, n + 1, None
        case {"at_least": n}:
            return n, n, None
        case {"less_than": n}:
            return n, 0, n - 1
        case {"at_most": n}:
            return n, 0, n
        case {"about": n}:
            return n, 0, None
    return number, number, number


def _plus(one: Edges, other: Edges) -> Edges:
    high = None if one[2] is None or other[2] is None else one[2] + other[2]
    return one[0] + other[0], one[1] + other[1], high


def _sum(numbers: Iterable[Edges]) -> Edges:
    total = NONE
    for number in numbers:
        total = _plus(total, number)
    return total


def _yes_or_no(sure: Iterable[bool]) -> Edges:
    told = list(sure)
    return ONE if any(told) else MAYBE if told else NONE


def _while_there(number: Edges, there: Edges) -> Edges:
    return number if there[1] else (number[0] if there[0] else 0, 0, number[2])


def _within(asked: Asked, subject: str, place: dict[str, Any]) -> bool:
    kind, _, rest = asked.scope.partition(":")
    match kind:
        case "province" if asked.scheme == "as-recorded":
            return rest == f"{place['list']}:{place['province']}"
        case "province":
            return rest == _now(place)
        case "club":
            return rest == subject
    return True


def _month_ends(start: date, end: date) -> Iterator[date]:
    day = start
    while day <= end:
        following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        yield min(following - timedelta(days=1), end)
        day = following


def _now(place: dict[str, Any]) -> str:
    return _provinces()[place["list"], place["province"]]


def _table(name: str) -> list[dict[str, str]]:
    with Path(places.__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _provinces() -> dict[tuple[str, str], str]:
    return {(row["list"], row["code"]): row["now"] for row in _table("provinces.csv")}


@cache
def _communes(place_list: str) -> dict[str, dict[str, str]]:
    name = {"2025-07": "communes_2025_07.csv", "pre-2025": "communes_pre_2025.csv"}[place_list]
    return {row["code"]: row for row in _table(name)}


@cache
def _became() -> dict[str, list[dict[str, str]]]:
    found: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for row in _table("successors.csv"):
        found[row["old"]].append(row)
    return dict(found)
