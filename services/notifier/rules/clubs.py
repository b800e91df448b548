"""Rules about a club: what holds from a day on unless a report says otherwise. Pure, one function each.

What nobody reported fires nothing. Where something is only missed, a club that has just begun to report itself has
the same time as a new one.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any, Final

from services.notifier.cash_boxes import CashBox
from services.notifier.facts import Club, Dated
from services.notifier.rules.catalogue import Limits
from services.notifier.rules.days import months_after
from services.notifier.rules.expecting import missed_since_the_last
from services.notifier.rules.finding import Condition, condition
from services.notifier.rules.loans import Overdue, first_overdue
from shared.norms import norms_in_force
from shared.values import Range, when

_SHARES: Final = ("women_share", "older_share", "young_share", "from_55_share")
_CARE: Final = ("volunteers", "cared_for", "visits_per_week")


def of_club(club: Club, limits: Limits) -> list[Condition]:
    """All that the rules make of a club."""
    return [found for rule in _RULES for found in rule(club, limits)]


def no_meeting(club: Club, limits: Limits) -> Iterator[Condition]:
    """So many expected `meetings` in a row were missed, by the calendar of the club. One silence is one alert."""
    missed = list(islice(missed_since_the_last(club), limits["no_meeting"]["meetings"]))
    told = {
        "since": club.since,
        "last_meeting": club.last_meeting,
        "silence": _silence(club, missed[0].closes) if missed else "unknown",
    }
    if len(missed) == limits["no_meeting"]["meetings"]:
        from_day = missed[-1].closes + timedelta(days=1)
        yield _condition("no_meeting", club, from_day, club.since, club.cause, told)


def device_silent(club: Club, limits: Limits) -> Iterator[Condition]:
    """The club missed so many `meetings`, and its own device was last heard from before: somebody should see to it."""
    missed = list(islice(missed_since_the_last(club), limits["device_silent"]["meetings"]))
    if (
        len(missed) == limits["device_silent"]["meetings"]
        and _silence(club, missed[0].closes) == "not_received"
    ):
        from_day = missed[-1].closes + timedelta(days=1)
        told = {"since": club.heard}
        yield _condition("device_silent", club, from_day, club.heard or "", club.cause, told)


def _silence(club: Club, closed: date) -> str:
    """Not held, if somebody told of the club since; not received, if nobody did; or unknown."""
    if club.heard is None:
        return "unknown"
    return "not_held" if club.heard > closed.isoformat() else "not_received"


def decision_without_launch(club: Club, limits: Limits) -> Iterator[Condition]:
    """A decision founded the club, and for `days` nobody reported its launch. A club that meets needs none."""
    if club.decided is None or club.last_meeting is not None or "launch" in club.earliest:
        return
    days = limits["decision_without_launch"]["days"]
    told = {"day": club.decided, "days": days}
    from_day = _days_after(club.decided, days)
    yield _condition("decision_without_launch", club, from_day, club.decided, club.founded_at, told)


def launch_without_number(club: Club, limits: Limits) -> Iterator[Condition]:
    """The club was launched, and no report names the number of its decision."""
    launch = club.earliest.get("launch")
    if launch is None or club.numbered:
        return
    day, _, position = launch[:3]
    from_day = _days_after(day, limits["launch_without_number"]["days"])
    yield _condition("launch_without_number", club, from_day, day, position, {"day": day})


def no_health_check(club: Club, limits: Limits) -> Iterator[Condition]:
    """No health check of the members was reported for `months`."""
    months = limits["no_health_check"]["months"]
    last = club.newest.get("health")
    founded = when(club.founded).last.isoformat()
    since = max(last[0] if last else "", founded, club.live_since or "")
    told = {"months": months, "last_check": last[0] if last else None, "since": since}
    from_day = months_after(date.fromisoformat(since), months)
    yield _condition("no_health_check", club, from_day, since, last[2] if last else club.founded_at, told)


def size_outside_norm(club: Club, limits: Limits) -> Iterator[Condition]:
    """The newest count of members lies outside the norm in force, whatever its edges mean."""
    yield from _outside("size_outside_norm", club, ("members",), limits)


def composition_outside_norm(club: Club, limits: Limits) -> Iterator[Condition]:
    """The shares of women, older and younger people in the newest counts lie outside the norm in force."""
    yield from _outside("composition_outside_norm", club, _SHARES, limits)


def home_care_below_norm(club: Club, limits: Limits) -> Iterator[Condition]:
    """Volunteers, people cared for or visits are surely fewer than the norm in force."""
    yield from _outside("home_care_below_norm", club, _CARE, limits)


def fund_idle(club: Club, limits: Limits) -> Iterator[Condition]:
    """The income fund has received money, and nobody borrowed from it for `months`."""
    fund = club.earliest.get("fund")
    if fund is None:
        return
    months = limits["fund_idle"]["months"]
    loan = club.newest.get("loan")
    since = max(fund[0], loan[0] if loan else "", club.live_since or "")
    told = {"months": months, "since": since, "last_loan": loan[0] if loan else None}
    from_day = months_after(date.fromisoformat(since), months)
    yield _condition("fund_idle", club, from_day, since, (loan or fund)[2], told)


def loans_overdue(club: Club, limits: Limits) -> Iterator[Condition]:
    """More was due by a day than has been paid back, and `days` have passed since."""
    overdue: Overdue | None = first_overdue(club)
    if overdue is None:
        return
    from_day = overdue.due + timedelta(days=limits["loans_overdue"]["days"])
    since = overdue.due.isoformat()
    told = {"since": since, "owed_vnd": overdue.owed_vnd}
    yield _condition("loans_overdue", club, from_day, since, club.newest["loan"][2], told)


def cash_mismatch(club: Club, limits: Limits) -> Iterator[Condition]:
    """The newest count of a cash box surely differs from what the reports add up to."""
    boxes = {fund: CashBox(*told) for fund, told in club.boxes.items()}
    off = [
        (box.newest, fund, box.difference)
        for fund, box in boxes.items()
        if box.newest is not None and abs(box.difference) > limits["cash_mismatch"]["dong"]
    ]
    if not off:
        return
    (day, _, position), fund, difference = max(off)
    told = {"day": day, "fund": fund, "off_vnd": abs(difference), "box": "more" if difference > 0 else "less"}
    begun = f"{fund}:{position}"
    yield _condition("cash_mismatch", club, date.fromisoformat(day), begun, position, told)


Rule = Callable[[Club, Limits], Iterator[Condition]]
_RULES: Final[tuple[Rule, ...]] = (
    no_meeting,
    device_silent,
    decision_without_launch,
    launch_without_number,
    no_health_check,
    size_outside_norm,
    composition_outside_norm,
    home_care_below_norm,
    fund_idle,
    loans_overdue,
    cash_mismatch,
)


def _outside(rule: str, club: Club, measures: tuple[str, ...], limits: Limits) -> Iterator[Condition]:
    told = {name: club.newest[name] for name in measures if name in club.newest}
    broken = {code: one for name, one in told.items() if (code := _norm(name, one)) is not None}
    if not broken:
        return
    norms = [[code, one[3], one[4]] for code, one in broken.items()]
    day, first, position = max(broken.values())[:3]
    until = months_after(date.fromisoformat(day), limits[rule]["months"]) - timedelta(days=1)
    facts = {"day": day if day == first else f"{first[:7]}", "norms": norms}
    yield _condition(rule, club, date.fromisoformat(day), f"{day}:{position}", position, facts, until)


def _norm(measure: str, told: Dated) -> str | None:
    """The code of the norm a count surely breaks, both as of the first and of the last day it may mean."""
    ranges = [Range(*three) for three in told[3:6]]
    last, first = (norms_in_force(date.fromisoformat(day)).get(measure) for day in told[:2])
    if last is None or first is None or last.level != "club":
        return None
    surely = last.surely_broken(*ranges) and first.surely_broken(*ranges)
    return last.code if surely else None


def _condition(
    rule: str,
    club: Club,
    from_day: date,
    begun: str,
    cause: int,
    told: dict[str, Any],
    until: date | None = None,
) -> Condition:
    return condition(rule, club, from_day, begun, cause, {"name": club.name, **told}, until)


def _days_after(day: str, days: int) -> date:
    return date.fromisoformat(day) + timedelta(days=days)
