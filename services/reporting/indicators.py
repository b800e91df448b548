"""The indicators: what each figure counts, its unit, and what it does not count. Data: `indicators.toml`."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, Literal

from services.reporting.each_club import (
    EachClub,
    Measure,
    borrowed,
    care_keeps,
    did_all_areas,
    has_funds,
    keeps,
    met,
    newest_care,
    of_new_clubs,
    older_women_of_new_clubs,
    was_there,
)
from services.reporting.heads import SHARED
from shared.calendar import RECEIVED, Meetings, State
from shared.places.terrain import Terrain

Unit = Literal[
    "clubs",
    "communes",
    "provinces",
    "people",
    "meetings",
    "activities",
    "visits",
    "trainings",
    "turns",
    "loans",
    "VND",
    "percent",
]
AGE_OF_A_COUNT_MONTHS: Final = 24  # Our own rule: no source states how long a membership count holds.
ACTIVE_DAYS: Final = 60  # Ours: two monthly meetings may be missed by a few days.
AREAS_DAYS: Final = 365
CARE_DAYS: Final = 183  # Ours: half a year without a report and nobody knows who is cared for.


@dataclass(frozen=True, slots=True)
class Reports:
    """Counted by adding up what reports tell."""


@dataclass(frozen=True, slots=True)
class ClubsBefore:
    """Counted by clubs that were there before the period: what those that were kept up are of."""


@dataclass(frozen=True, slots=True)
class Communes:
    """Counted by communes with at least one club, each once; with `terrains`, those of these only."""

    terrains: frozenset[Terrain] | None = None


@dataclass(frozen=True, slots=True)
class AllCommunes:
    """Counted by communes, whether they have a club or not: what `Communes` are of."""

    terrains: frozenset[Terrain] | None = None


@dataclass(frozen=True, slots=True)
class Provinces:
    """Counted by provinces with at least one club, each once."""


@dataclass(frozen=True, slots=True)
class AllProvinces:
    """Counted by provinces, whether they have a club or not."""


Places = Communes | AllCommunes | Provinces | AllProvinces


@dataclass(frozen=True, slots=True)
class ShareOf:
    """A percentage: one indicator of another."""

    part: str
    of: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure that can be asked for. Name and definition stand in the catalogues under `indicator.<code>`.

    `kind` is `flow` (happened within from–to) or `stock` (true at the end of a day). `age_limit_months` is how
    long a head count speaks for its club; None where nothing ages. `formula` says how it is counted from events,
    `parts` what it can be split by.
    """

    code: str
    unit: Unit
    kind: Literal["flow", "stock"]
    formula: str
    source: str
    age_limit_months: int | None = None
    parts: Literal["source", "scheme"] | None = None
    counted: Reports | Places | EachClub | ClubsBefore | Meetings | ShareOf = Reports()


_CARE: Final = (Measure("care", CARE_DAYS),)
_CLUB_BY_CLUB: Final = {
    "active_clubs": EachClub((Measure("meetings", ACTIVE_DAYS),), met),
    "clubs_all_areas": EachClub((Measure("areas", AREAS_DAYS),), did_all_areas),
    "clubs_with_income_fund": EachClub((Measure("fund_reports"),), has_funds("income")),
    "clubs_with_both_funds": EachClub((Measure("fund_reports"),), has_funds("income", "activity")),
    "borrowers": EachClub((Measure("loans"), Measure("members")), borrowed),
    "volunteers": EachClub(_CARE, newest_care("volunteers")),
    "people_cared_for": EachClub(_CARE, newest_care("cared_for")),
    "clubs_of_norm_size": EachClub((Measure("members"),), keeps("members", "members")),
    "clubs_of_norm_women": EachClub(
        (Measure("women_members"), Measure("women_members.of")),
        keeps("women_share", "women_members", "women_members.of"),
    ),
    "clubs_of_norm_older": EachClub(
        (Measure("older_members"), Measure("older_members.of")),
        keeps("older_share", "older_members", "older_members.of"),
    ),
    "clubs_of_norm_volunteers": EachClub(_CARE, care_keeps("volunteers", "volunteers")),
}

_NEW: Final = Measure("new_clubs", "period")
_OF_A_PERIOD: Final[dict[str, EachClub | ClubsBefore]] = {
    "existing_clubs": ClubsBefore(),
    "existing_clubs_kept": EachClub((Measure("clubs", "before"),), was_there),
    "new_members": EachClub((_NEW, Measure("members")), of_new_clubs("members")),
    "new_older_members": EachClub((_NEW, Measure("older_members")), of_new_clubs("older_members")),
    "new_older_women_members": EachClub(
        (
            _NEW,
            *(Measure(one) for one in ("older_members", "women_members", "women_members.of", "members")),
        ),
        older_women_of_new_clubs,
    ),
}


_EXPECTED: Final = {
    "meetings_expected": Meetings(frozenset(State)),
    "meetings_received": Meetings(frozenset(RECEIVED)),
    "meetings_held_as_expected": Meetings(frozenset({State.HELD, State.LATE})),
}


# The decision speaks of lowland communes, and of those in the mountains, at the border and on islands together.
_TERRAINS: Final[dict[str, frozenset[Terrain]]] = {
    "lowland": frozenset({"lowland"}),
    "mountain": frozenset({"mountain", "border", "island"}),
    "border": frozenset({"border"}),
    "island": frozenset({"island"}),
}
_PLACES: Final[dict[str, Places]] = {
    "communes": AllCommunes(),
    "communes_with_club": Communes(),
    "provinces": AllProvinces(),
    "provinces_with_club": Provinces(),
    **{f"{name}_communes": AllCommunes(some) for name, some in _TERRAINS.items()},
    **{f"{name}_communes_with_club": Communes(some) for name, some in _TERRAINS.items()},
}


_COUNTED: Final[dict[str, Reports | Places | EachClub | ClubsBefore | Meetings]] = {
    **_CLUB_BY_CLUB,
    **_OF_A_PERIOD,
    **_EXPECTED,
    **_PLACES,
}


def _indicator(code: str, row: dict[str, Any]) -> Indicator:
    share, of = row.pop("share_of", None), row.pop("of", None)
    counted = ShareOf(share, of) if share else _COUNTED.get(code, Reports())
    return Indicator(code, **row, counted=counted)


def _shipped() -> dict[str, Any]:
    return tomllib.loads(files("services.reporting").joinpath("indicators.toml").read_text(encoding="utf-8"))


INDICATORS: Final = {code: _indicator(code, row) for code, row in _shipped().items()}
# The wholes of shares are sums as well, but nobody asks for them by themselves.
MEASURES: Final = INDICATORS | {
    f"{code}.of": Indicator(f"{code}.of", "people", "stock", "", "", AGE_OF_A_COUNT_MONTHS) for code in SHARED
}
# What figures add up from reports; what else reports tell is counted club by club alone.
ADDED_UP: Final = tuple(sorted(code for code, one in MEASURES.items() if isinstance(one.counted, Reports)))


def rests_on(indicator: Indicator) -> frozenset[str]:
    """The sums of reports that a figure is made of, whatever it is counted by."""
    match indicator.counted:
        case ShareOf(part=part, of=of):
            return rests_on(MEASURES[part]) | rests_on(MEASURES[of])
        case EachClub(measures=measures):
            return frozenset({"clubs", *(measure.indicator for measure in measures)})
        case Communes() | Provinces() | ClubsBefore():
            return frozenset({"clubs"})
        case AllCommunes() | AllProvinces():
            return frozenset()  # Of the lists of places alone.
        case Meetings():
            return frozenset()  # Charters, which are no sum, and every month of every club: not previewed.
        case Reports():
            return frozenset({indicator.code})


def by_periods(indicator: Indicator) -> bool:
    """Whether a figure can be split by month, quarter or year. What became of clubs from a day to a day cannot: their
    people are counted at its end.
    """
    match indicator.counted:
        case ShareOf(part=part):
            return by_periods(MEASURES[part])
        case EachClub() as rule:
            return not rule.of_a_period
    return not isinstance(indicator.counted, ClubsBefore)


def counts_people(indicator: Indicator) -> bool:
    """Whether it is a number of people, or a share of one."""
    counted = indicator.counted
    return (MEASURES[counted.part] if isinstance(counted, ShareOf) else indicator).unit == "people"


def by_terrain(indicator: Indicator) -> bool:
    """Whether a figure hangs on what terrain communes have."""
    match indicator.counted:
        case ShareOf(part=part):
            return by_terrain(MEASURES[part])
        case Communes(terrains) | AllCommunes(terrains):
            return terrains is not None
    return False
