"""Rules about many subjects at once, drawn when a day begins. Pure, one function each.

Clubs that have ended are not among those given: a total of clubs is what surely still stands.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

from services.notifier.province_facts import NATION, Printed, Province, Target
from services.notifier.rules.catalogue import Limits
from services.notifier.rules.days import months_after
from services.notifier.rules.finding import Condition
from services.notifier.training_facts import Training
from shared.places import communes
from shared.values import When
from shared.values import when as read_when

DRAWN: Final = (
    "published_contradicted",
    "target_behind",
    "communes_without_club",
    "no_founding_training",
    "national_action_month",
)
FOUNDING: Final = ("founding", "initial", None)  # Kinds of training; of one without a kind nobody can say.
ACTION_MONTH: Final = 10  # October. Source: Decision 544/QĐ-TTg of 25 April 2015.


@dataclass(frozen=True, slots=True)
class Standing:
    """A club that stands, as far as these rules look at it."""

    subject: str
    name: str
    province_now: str
    province_63: str | None
    commune_now: str | None
    founded: When
    founded_at: int
    live: bool

    def lies_in(self, territory: str) -> bool:
        """Whether it surely lies in a territory as reports name them."""
        if territory == NATION:
            return True
        _, place_list, code = territory.split(":")
        return code == (self.province_now if place_list == "2025-07" else self.province_63)


def of_all(
    clubs: Sequence[Standing], others: Sequence[Training | Province], day: date, limits: Limits
) -> Iterator[Condition]:
    """All that these rules make of everything there is on a day."""
    territories = [one for one in others if isinstance(one, Province)]
    trainings = [one for one in others if isinstance(one, Training)]
    for territory in territories:
        here = [club for club in clubs if club.lies_in(territory.subject)]
        yield from published_contradicted(territory, here, day, limits)
        yield from target_behind(territory, here, day, limits)
        yield from communes_without_club(territory, here, day)
    yield from no_founding_training(clubs, trainings, day, limits)
    own = {one.province_now for one in territories if any(_year(text) == day.year for text in _months(one))}
    for province in sorted({club.province_now for club in clubs if club.live} - own):
        yield national_action_month(province, day, limits)


def published_contradicted(
    territory: Province, clubs: Sequence[Standing], day: date, limits: Limits
) -> Iterator[Condition]:
    """The newest printed total is lower than the number of clubs that surely stood then and still stand."""
    if not territory.printed:
        return
    newest: Printed = max(territory.printed, key=lambda one: (one["day"], one["position"]))
    until = months_after(date.fromisoformat(newest["day"]), limits["published_contradicted"]["months"])
    counted = sum(club.founded.last.isoformat() <= newest["first"] for club in clubs)
    if newest["most"] is None or counted <= newest["most"] or until <= day:
        return
    facts = {
        "scope": territory.subject,
        "day": newest["day"],
        "printed": newest["value"],
        "counted": counted,
    }
    what, since = str(newest["position"]), date.fromisoformat(newest["day"])
    yield _of_territory(
        "published_contradicted",
        territory,
        what,
        since,
        None,
        newest["position"],
        facts,
        newest["historical"],
    )


def target_behind(
    territory: Province, clubs: Sequence[Standing], day: date, limits: Limits
) -> Iterator[Condition]:
    """At the end of a quarter there were surely fewer clubs than the share of the target its time has brought."""
    quarter = _last_quarter(day - timedelta(days=limits["target_behind"]["days"]))
    for target in territory.targets:
        since, by = date.fromisoformat(target["since"]), date.fromisoformat(target["by"])
        if not since <= quarter <= _quarter_of(by) or by <= since:
            continue
        passed = ((min(quarter, by) - since).days + 1) / ((by - since).days + 1)
        at_most, before = _counted(clubs, target, quarter), _before(clubs, target)
        due = before + int((target["needed"] - before) * passed)
        if at_most >= due:
            continue
        facts = {
            "scope": territory.subject,
            "day": quarter.isoformat(),
            "counted": at_most,
            "due": due,
            "needed": target["needed"],
            "by": target["by"],
        }
        what = f"{target['position']}:{quarter}"
        begins = quarter + timedelta(days=limits["target_behind"]["days"])
        position, past = target["position"], target["historical"]
        yield _of_territory("target_behind", territory, what, begins, None, position, facts, past)


def communes_without_club(territory: Province, clubs: Sequence[Standing], day: date) -> Iterator[Condition]:
    """A plan for more clubs is in force, and in these communes there is none; told as a year begins."""
    plans = [one for one in territory.scale_ups if str(one[0]) <= day.isoformat() <= str(one[1])]
    if not plans or not territory.province_now or not territory.subject.startswith("province:2025-07:"):
        return
    all_ = sum(one.province == territory.province_now for one in communes("2025-07").values())
    with_club = len({club.commune_now for club in clubs} - {None})
    facts = {
        "province": territory.province_now,
        "without": all_ - with_club,
        "communes": all_,
        "unplaced": sum(club.commune_now is None for club in clubs),
    }
    if with_club < all_:
        first, last = date(day.year, 1, 1), date(day.year, 3, 31)
        position = int(plans[-1][2])
        yield _of_territory(
            "communes_without_club",
            territory,
            str(day.year),
            first,
            last,
            position,
            facts,
            not territory.live,
        )


def no_founding_training(
    clubs: Sequence[Standing], trainings: Sequence[Training], day: date, limits: Limits
) -> Iterator[Condition]:
    """Clubs were founded, and from a year before until `days` after no founding training of their province was held.

    Trainings do not name clubs, so the province is as near as can be told: one alert for all its clubs.
    """
    days = limits["no_founding_training"]["days"]
    held: defaultdict[str, list[date]] = defaultdict(list)
    for one in trainings:
        if one.held and one.kind in FOUNDING:
            held[one.province_now].append(date.fromisoformat(one.held))
    untrained: defaultdict[str, list[Standing]] = defaultdict(list)
    for club in clubs:
        founded = club.founded.last
        begins = founded + timedelta(days=days)
        waits = club.live and begins <= day <= months_after(founded, 12)
        if waits and not any(months_after(founded, -12) <= on <= begins for on in held[club.province_now]):
            untrained[club.province_now].append(club)
    for province, theirs in sorted(untrained.items()):
        first = min(theirs, key=lambda club: (club.founded.last, club.founded_at))
        subject = f"province:2025-07:{province}"
        yield Condition(
            rule="no_founding_training",
            key=f"no_founding_training:{subject}:{first.founded.last}",
            subject=subject,
            province_now=province,
            province_63=None,
            causes=(first.founded_at,),
            facts={"province": province, "clubs": len(theirs), "since": str(first.founded)},
            historical=False,
            from_day=first.founded.last + timedelta(days=days),
        )


def national_action_month(province: str, day: date, limits: Limits) -> Condition:
    """October is the action month of the whole country; a province whose plan dates its own goes by that."""
    begins = date(day.year, ACTION_MONTH, 1)
    subject = f"province:2025-07:{province}"
    return Condition(
        rule="national_action_month",
        key=f"national_action_month:{subject}:{day.year}",
        subject=subject,
        province_now=province,
        province_63=None,
        causes=(),
        facts={"province": province, "period": f"{day.year}-{ACTION_MONTH}"},
        historical=False,
        from_day=begins - timedelta(days=limits["national_action_month"]["days"]),
        until_day=begins - timedelta(days=1),
    )


@lru_cache(maxsize=50_000)
def founded_on(text: str) -> When:
    """The day of a founding, read once."""
    return read_when(text)


def _counted(clubs: Sequence[Standing], target: Target, quarter: date) -> int:
    since = date.min if target["indicator"] == "clubs" else date.fromisoformat(target["since"])
    return sum(club.founded.first <= quarter and club.founded.last >= since for club in clubs)


def _before(clubs: Sequence[Standing], target: Target) -> int:
    """What a target of all clubs began with; one of new clubs begins with none."""
    if target["indicator"] != "clubs":
        return 0
    stood = sum(club.founded.last.isoformat() < target["since"] for club in clubs)
    return min(stood, target["needed"])


def _quarter_of(day: date) -> date:
    """The last day of its quarter."""
    month = (day.month + 2) // 3 * 3
    return date(day.year, month, monthrange(day.year, month)[1])


def _last_quarter(day: date) -> date:
    """The last day of the newest quarter that is over on a day."""
    end = _quarter_of(day)
    return (
        end
        if end == day
        else _quarter_of(date(day.year, (day.month - 1) // 3 * 3 + 1, 1) - timedelta(days=1))
    )


def _months(territory: Province) -> list[str]:
    return [str(first) for first, *_ in territory.action_months]


def _year(text: str) -> int:
    return int(text[:4])


def _of_territory(
    rule: str,
    territory: Province,
    what: str,
    from_day: date,
    until: date | None,
    cause: int,
    facts: dict[str, Any],
    historical: bool,
) -> Condition:
    return Condition(
        rule=rule,
        key=f"{rule}:{territory.subject}:{what}",
        subject=territory.subject,
        province_now=territory.province_now,
        province_63=territory.province_63,
        causes=(cause,),
        facts=facts,
        historical=historical,
        from_day=from_day,
        until_day=until,
    )
