"""Defects across printed figures of one scope: products, exact shares, falls, parts beyond their whole. Pure.

A defect is a question to who printed the figures, not a verdict: products, shares and falls go by the stated numbers
(*hơn 484.000* is 484,000 there), and "not later than" a day is taken as that day.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any, Final

from shared.people import GROUPS
from shared.values import Count, When
from shared.values import count as read_count
from shared.values import when as read_when

Facts = dict[str, int | str]

NEAR_DAYS: Final = 183  # Ours: figures half a year apart may be about the same clubs.
FEWEST_CLUBS: Final = 50  # Ours: among fewer clubs a whole number of members a club is no surprise.
EDGED_FALL_PERCENT: Final = 5  # Ours: "hơn 500" after "hơn 510" need not be a fall.
ROUNDED_PERCENT: Final = 2  # Ours: an average is printed in whole millions.
SIZES: Final = range(50, 71)  # The norm of a club's size: 50 to 70.
SEEN_SIZES: Final = (30, 121)  # What single clubs print. Source: domain §1, size and composition.
OLDER_PERCENT: Final = 70  # The model's "about 70%".

_MADE_OF: Final = (
    ("members", "clubs"),
    ("members", "new_clubs"),
    ("new_club_members", "new_clubs"),
    ("project_members", "project_clubs"),
)
_OLDER_OF: Final = (
    ("older_members", "members"),
    ("new_older_members", "new_members"),
    ("new_older_members", "new_club_members"),
)
_CUMULATIVE: Final = (
    "clubs",
    "members",
    "older_members",
    "women_members",
    "communes_with_club",
    "districts_with_club",
    "provinces_with_club",
    "project_clubs",
    "scheme_clubs",
)
_PART_OF: Final = (
    ("communes_with_club", "communes"),
    ("communes_with_club", "clubs"),
    ("districts_with_club", "districts"),
    ("provinces_with_club", "provinces"),
    ("new_clubs", "clubs"),
    ("project_clubs", "clubs"),
    ("scheme_clubs", "clubs"),
    ("clubs_with_both_funds", "clubs"),
    ("clubs_with_income_fund", "clubs"),
    *((f"{group}_members", "members") for group in ("older", "women", *GROUPS)),
)


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed figure. `scope` is its subject and whatever narrows it; `origin` names the page it was read on."""

    position: int
    scope: tuple[str | None, ...]
    indicator: str
    count: Count
    as_of: When | None
    origin: str | None

    @property
    def stated(self) -> int:
        return self.count.stated

    @property
    def day(self) -> date | None:
        return self.as_of.last if self.as_of else None


@dataclass(frozen=True, slots=True)
class Defect:
    """What does not fit among printed figures: those at `positions`, the later or larger one last."""

    code: str
    positions: tuple[int, ...]
    facts: Facts = field(default_factory=dict)


def printed(row: Mapping[str, Any]) -> Printed:
    """A row of the printed figures, read."""
    place, citation = row.get("place") or {}, row.get("citation") or {}
    narrower = (place.get(name) for name in ("list", "district", "commune", "village", "as_written"))
    inside = (
        tuple(narrower) if any(place.get(name) for name in place if name not in ("list", "province")) else ()
    )
    as_of = read_when(row["as_of"]) if row.get("as_of") else None
    origin = citation.get("url") or citation.get("title")
    return Printed(
        row["position"], (row["subject"], *inside), row["indicator"], read_count(row["value"]), as_of, origin
    )


def defects(figures: Iterable[Printed]) -> list[Defect]:
    """Every defect among the figures, scope by scope; the order of the figures does not matter."""
    scopes: defaultdict[tuple[str | None, ...], dict[str, list[Printed]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for one in sorted(figures, key=lambda one: one.position):
        scopes[one.scope][one.indicator].append(one)
    return [found for scope in scopes.values() for rule in _RULES for found in rule(scope)]


_Scope = Mapping[str, list[Printed]]


def _products(scope: _Scope) -> Iterator[Defect]:
    """Members that are a whole number of members for every club: multiplied, not counted."""
    for members, clubs in _near(scope, _MADE_OF):
        if clubs.stated < FEWEST_CLUBS or members.stated % clubs.stated:
            continue
        if (each := members.stated // clubs.stated) in SIZES:
            facts: Facts = {"members": members.stated, "clubs": clubs.stated, "each": each}
            yield Defect("product-of-clubs", (clubs.position, members.position), facts)


def _exact_shares(scope: _Scope) -> Iterator[Defect]:
    """Older members that are exactly the share the model names: computed, not counted."""
    for older, members in _near(scope, _OLDER_OF):
        if 0 < 100 * older.stated == OLDER_PERCENT * members.stated:
            facts: Facts = {"older": older.stated, "members": members.stated}
            yield Defect("seventy-percent", (older.position, members.position), facts)


def _falls(scope: _Scope) -> Iterator[Defect]:
    """A figure that can only grow, and is lower than the one before it."""
    for indicator in _CUMULATIVE:
        dated = [one for one in scope.get(indicator, ()) if one.day is not None]
        for before, after in pairwise(sorted(dated, key=lambda one: (one.day, one.position))):
            if before.day != after.day and _falls_from(before.count, after.count):
                facts: Facts = {"before": before.stated, "after": after.stated}
                yield Defect("falls", (before.position, after.position), facts)


def _falls_from(before: Count, after: Count) -> bool:
    exact = before.edge is None and after.edge is None
    slack = 0 if exact else EDGED_FALL_PERCENT
    return 100 * after.stated < (100 - slack) * before.stated


def _beyond_their_whole(scope: _Scope) -> Iterator[Defect]:
    """A part printed larger than its whole."""
    for part, whole in _near(scope, _PART_OF):
        if part.count.surely_more_than(whole.count):
            facts: Facts = {"part": part.stated, "whole": whole.stated}
            yield Defect("does-not-fit", (whole.position, part.position), facts)


def _wrong_denominators(scope: _Scope) -> Iterator[Defect]:
    """Members and clubs that cannot be of the same clubs: surely more or fewer a club than any club prints."""
    for members, clubs in _near(scope, _MADE_OF[:1]):
        people, of = members.count.range, clubs.count.range
        too_few = people.high is not None and people.high < SEEN_SIZES[0] * of.low
        too_many = of.high is not None and people.low > SEEN_SIZES[1] * of.high
        if too_few or too_many:
            facts: Facts = {"members": members.stated, "clubs": clubs.stated}
            yield Defect("wrong-denominator", (clubs.position, members.position), facts)


def _wrong_averages(scope: _Scope) -> Iterator[Defect]:
    """A fund of some clubs, divided by all of them."""
    for fund, average in _near(scope, [("fund_vnd", "fund_per_club_vnd")]):
        for having, clubs in _near(scope, [("clubs_with_income_fund", "clubs")]):
            by_all, by_having = (_is_average(average, fund, of) for of in (clubs, having))
            if by_all and not by_having and _are_near(average, clubs):
                facts: Facts = {"average": average.stated, "clubs": clubs.stated, "having": having.stated}
                yield Defect("wrong-average", (fund.position, average.position), facts)


def _is_average(average: Printed, total: Printed, of: Printed) -> bool:
    return 100 * abs(average.stated * of.stated - total.stated) <= ROUNDED_PERCENT * total.stated


_RULES: Final = (_products, _exact_shares, _falls, _beyond_their_whole, _wrong_denominators, _wrong_averages)


def _near(scope: _Scope, pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[Printed, Printed]]:
    """Figures of two indicators that may be about the same thing: from one page, or of about the same day."""
    for first, second in pairs:
        for one in scope.get(first, ()):
            for other in scope.get(second, ()):
                if _are_near(one, other):
                    yield one, other


def _are_near(one: Printed, other: Printed) -> bool:
    if one.day is None or other.day is None:
        return one.origin is not None and one.origin == other.origin
    return abs((one.day - other.day).days) <= NEAR_DAYS
