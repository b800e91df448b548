"""What is counted: the words of the catalogue, as a clerk would have them on a sheet of paper."""

from collections.abc import Callable, Iterator
from typing import Any, Final

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
TERRAINS: Final[dict[str, tuple[str, ...]]] = {
    "lowland": ("lowland",),
    "mountain": ("mountain", "border", "island"),
    "border": ("border",),
    "island": ("island",),
}
# Places with a club, and all of them; the terrains they are of, if not any.
WITH_CLUB: Final = {"communes_with_club": None} | {
    f"{name}_communes_with_club": some for name, some in TERRAINS.items()
}
ALL_COMMUNES: Final = {"communes": None} | {f"{name}_communes": some for name, some in TERRAINS.items()}
# Share: its part, and its whole; None where that is the people of the head counts that tell the part.
SHARES: Final[dict[str, tuple[str, str | None]]] = {
    "women_share": ("women_members", None),
    "from_55_share": ("members_55_plus", None),
    "older_share": ("older_members", None),
    **{f"{group}_share": (f"{group}_members", None) for group in (*GROUPS, "health_insured")},
    "active_share": ("active_clubs", "clubs"),
    "meetings_received_share": ("meetings_received", "meetings_expected"),
    "meetings_held_share": ("meetings_held_as_expected", "meetings_expected"),
    "provinces_with_club_share": ("provinces_with_club", "provinces"),
    "communes_with_club_share": ("communes_with_club", "communes"),
    **{
        f"{terrain}_communes_with_club_share": (f"{terrain}_communes_with_club", f"{terrain}_communes")
        for terrain in TERRAINS
    },
    "borrowers_share": ("borrowers", "members"),
    "existing_clubs_kept_share": ("existing_clubs_kept", "existing_clubs"),
    "new_older_women_share": ("new_older_women_members", "new_older_members"),
    "clubs_all_areas_share": ("clubs_all_areas", "clubs"),
    "clubs_with_both_funds_share": ("clubs_with_both_funds", "clubs"),
    **{
        f"clubs_of_norm_{norm}_share": (f"clubs_of_norm_{norm}", "clubs")
        for norm in ("size", "women", "older", "volunteers")
    },
}


# What became of clubs between two days: not to be split by months.
OF_A_PERIOD: Final = (
    "existing_clubs",
    "existing_clubs_kept",
    "new_members",
    "new_older_members",
    "new_older_women_members",
)


def _field(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda data: data.get(name)


def _one(data: dict[str, Any]) -> int:
    return 1


# Flow: the type of report it counts, what of it, and the field it is split by.
FLOWS: Final[dict[str, tuple[str, Callable[[dict[str, Any]], Any], str | None]]] = {
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
BALANCES: Final[dict[str, dict[str, dict[str, int]]]] = {
    "fund_vnd": {
        "fund.received": {"amount_vnd": 1},
        "fund.spent": {"amount_vnd": -1},
        "loan.repaid": {"interest_vnd": 1},
    },
    "loans_outstanding_vnd": {"loan.disbursed": {"principal_vnd": 1}, "loan.repaid": {"principal_vnd": -1}},
}


def told_heads(heads: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """What a head count tells, with the people it is of."""
    people = heads.get("total", sum(heads.get(sex, 0) for sex in ("women", "men", "unstated")))
    yield "members", people
    for code, fields in HEADS.items():
        if all(field in heads for field in fields):
            yield code, sum(heads[field] for field in fields)
            yield f"{code}.of", people
