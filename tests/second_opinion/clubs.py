"""What is said of one club at a time: how long it was there, its people, and whether it keeps a rule."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from tests.second_opinion.catalogue import told_heads
from tests.second_opinion.numbers import MAYBE, NONE, ONE, Edges, edges, total, yes_or_no

Reports = Sequence[dict[str, Any]]

AREAS: Final = {
    *("income", "health_care", "home_care", "self_help"),
    *("rights", "awareness", "culture", "resource_mobilisation"),
}
AREAS_OF: Final = {"care.reported": "home_care", "health.checked": "health_care", "loan.disbursed": "income"}


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


class Clubs:
    """The clubs and the reports about each, as they arrived."""

    def __init__(self, clubs: Mapping[str, dict[str, Any]], of_club: Mapping[str, Reports]) -> None:
        self.clubs, self.of_club = clubs, of_club
        self.stays = {"clubs": list(self._clubs())} | self._heads()

    def _clubs(self) -> Iterator[Stay]:
        for club, row in self.clubs.items():
            founding = next(one for one in self.of_club[club] if one["type"] == "club.founded")
            yield Stay(club, row["first"], row["founded"], _ending(row), 1, founding["data"]["scheme"])

    def _heads(self) -> dict[str, list[Stay]]:
        stays: defaultdict[str, list[Stay]] = defaultdict(list)
        for club, row in self.clubs.items():
            counts = [one for one in self.of_club[club] if one["data"].get("members")]
            counts = [one for one in counts if one["type"] in ("club.founded", "members.counted")]
            counts.sort(key=lambda one: one["last"])
            for number, one in enumerate(counts):
                day = one["last"]
                stale = date(day.year + 2, day.month, min(day.day, 28))
                ends = [(stale, stale), *([_ending(row)] if _ending(row) else [])]
                ends += [(after["first"], after["last"]) for after in counts[number + 1 : number + 2]]
                until = min(ends, key=lambda end: end[1])
                for code, people in told_heads(one["data"]["members"]):
                    stays[code].append(Stay(club, one["first"], day, until, people))
        return dict(stays)

    def window(self, club: str, day: date, days: int, *types: str) -> Iterator[tuple[dict[str, Any], bool]]:
        """The club's reports of so many days up to a day, and whether they surely lie in them."""
        since = day - timedelta(days=days - 1)
        for row in self.of_club[club]:
            if row["type"] in types and row["first"] <= day and row["last"] >= since:
                yield row, row["first"] >= since and row["last"] <= day

    def met(self, club: str, day: date) -> Edges:
        return yes_or_no(sure for _, sure in self.window(club, day, 60, "meeting.held"))

    def all_areas(self, club: str, day: date) -> Edges:
        surely, perhaps, unsaid = set(), set(), False
        for row, sure in self.window(club, day, 365, *AREAS_OF, "meeting.held", "activity.held"):
            data = row["data"]
            areas = {"meeting.held": data.get("areas", []), "activity.held": [data.get("area")]}.get(
                row["type"], [AREAS_OF.get(row["type"])]
            )
            unsaid |= row["type"] == "meeting.held" and not areas
            perhaps |= set(areas)
            surely |= set(areas) if sure else set()
        return ONE if surely >= AREAS else MAYBE if unsaid or perhaps >= AREAS else NONE

    def newest_care(self, club: str, day: date, field: str) -> Edges:
        care = [row for row, sure in self.window(club, day, 183, "care.reported") if sure]
        told = [row for row in care if row["data"].get(field) is not None]
        return (
            edges(max(told, key=lambda row: (row["last"], row["arrived"]))["data"][field]) if told else NONE
        )

    def heads_of(self, club: str, code: str, day: date) -> Edges:
        return total(stay.on(day) for stay in self.stays.get(code, ()) if stay.club == club)

    def borrowed(self, club: str, day: date) -> Edges:
        lent = [row for row in self.of_club[club] if row["type"] == "loan.disbursed" and row["last"] <= day]
        loans, members = sum(row["data"]["loans"] for row in lent), self.heads_of(club, "members", day)[2]
        most = min(loans, members or loans)
        return most, min(most, 1), most


def _with_funds(*funds: str) -> Callable[[Clubs, str, date], Edges]:
    def rule(clubs: Clubs, club: str, day: date) -> Edges:
        money = (row for row in clubs.of_club[club] if row["type"][:5] in ("fund.", "loan."))
        return ONE if set(funds) <= {row["data"]["fund"] for row in money if row["last"] <= day} else MAYBE

    return rule


def _of_norm(part: str, of: str | None, bounds: Callable[[date], tuple[int, int] | None]):
    """Whether a number, or a share in whole percent, lies in the bounds of the day."""

    def rule(clubs: Clubs, club: str, day: date) -> Edges:
        least_and_most = bounds(day)
        if least_and_most is None:
            return NONE
        if part == "volunteers":
            value = clubs.newest_care(club, day, part)
            return MAYBE if value == NONE else ONE if value[0] >= least_and_most[0] else NONE
        value, low, high = clubs.heads_of(club, part, day)
        assert value == low == high
        whole = clubs.heads_of(club, of, day)[0] if of else 100
        if (whole if of else value) == 0:
            return MAYBE
        percent = 100 * value / whole
        least, most = least_and_most
        return ONE if least - 0.5 * bool(of) <= percent <= most + 0.5 * bool(of) else NONE

    return rule


def _later(day: date, since: date, then: Any, before: Any) -> Any:
    return then if day >= since else before


_1336 = date(2020, 8, 31)
RULES: Final[dict[str, Callable[[Clubs, str, date], Edges]]] = {
    "active_clubs": Clubs.met,
    "clubs_all_areas": Clubs.all_areas,
    "clubs_with_income_fund": _with_funds("income"),
    "clubs_with_both_funds": _with_funds("income", "activity"),
    "borrowers": Clubs.borrowed,
    "volunteers": lambda clubs, club, day: clubs.newest_care(club, day, "volunteers"),
    "people_cared_for": lambda clubs, club, day: clubs.newest_care(club, day, "cared_for"),
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


def _ending(row: dict[str, Any]) -> tuple[date, date] | None:
    return (row["may_end"], row["must_end"]) if row["must_end"] else None
