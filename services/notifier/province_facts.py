"""What the rules need to know of a province or the nation, drawn from reports about it. Pure. There are few of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypedDict

from shared.effective import effective
from shared.events import FigurePublished, PeriodReopened, PeriodSignedOff, PlanAdopted, TargetSet
from shared.places import PROVINCES, Place
from shared.report import Recorded

NATION: Final = "programme"
_CLUBS: Final = ("clubs", "new_clubs")


class Target(TypedDict):
    """So many clubs, or new ones, from a day to a day."""

    indicator: str
    needed: int
    since: str
    by: str
    position: int
    historical: bool


class Printed(TypedDict):
    """A printed total of clubs, as of a day (its last and its first); `most` is None where print says *more than*."""

    day: str
    first: str
    value: int
    most: int | None
    position: int
    historical: bool


@dataclass(frozen=True, slots=True)
class Province:
    """A province as its board reports it.

    `signed` has the periods vouched for and not reopened since, each with the position of its report; `reopened` the
    others that once were. `action_months`: the first and last day of those adopted, and the position of the plan;
    `scale_ups` those of plans for more clubs. `targets`: of clubs, from a day to a day; `printed`: totals of clubs.
    The whole nation has no `province_now`.
    """

    subject: str
    province_now: str
    province_63: str | None
    signed: dict[str, int]
    reopened: dict[str, int]
    action_months: list[list[str | int]]
    live: bool
    scale_ups: list[list[str | int]] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    printed: list[Printed] = field(default_factory=list)


def province_of(subject: str, history: Sequence[Recorded]) -> Province | None:
    """The province its reports amount to; None if nothing of them matters to a rule."""
    reports = [report for report in effective(history) if report.counts]
    signed: dict[str, int] = {}
    reopened: dict[str, int] = {}
    months: list[list[str | int]] = []
    scale_ups: list[list[str | int]] = []
    targets: list[Target] = []
    printed: list[Printed] = []
    for report in reports:
        position = report.original.position
        match report.event:
            case PeriodSignedOff(period=period):
                signed[period.text] = position
                reopened.pop(period.text, None)
            case PeriodReopened(period=period):
                signed.pop(period.text, None)
                reopened[period.text] = position
            case PlanAdopted(kind="action_month", status="adopted", period=when) if when is not None:
                months.append([when.first.isoformat(), (when.until or when.last).isoformat(), position])
            case PlanAdopted(kind="club_scale_up", status="adopted", period=when) if when is not None:
                scale_ups.append([when.first.isoformat(), (when.until or when.last).isoformat(), position])
            case TargetSet() as aim if (told := _target(aim, report.original)) is not None:
                targets.append(told)
            case FigurePublished(indicator="clubs", as_of=day) as figure if day is not None and _whole(
                figure.place
            ):
                printed.append(
                    {
                        "day": day.last.isoformat(),
                        "first": day.first.isoformat(),
                        "value": figure.value.stated,
                        "most": figure.value.range.high,
                        "position": position,
                        "historical": report.original.historical,
                    }
                )
    if not (signed or reopened or months or scale_ups or targets or printed):
        return None
    _, list_, code = subject.split(":") if subject != NATION else (NATION, "2025-07", "")
    return Province(
        subject=subject,
        province_now=PROVINCES[list_, code].now if list_ == "pre-2025" else code,
        province_63=code if list_ == "pre-2025" else None,
        signed=signed,
        reopened=reopened,
        action_months=months,
        live=any(not event.historical for event in history),
        scale_ups=scale_ups,
        targets=targets,
        printed=printed,
    )


def _whole(place: Place | None) -> bool:
    """Whether all of the territory is meant, not a part of it."""
    return place is None or not (place.district or place.commune or place.village)


def _target(aim: TargetSet, report: Recorded) -> Target | None:
    """A target of clubs by a day; None for others, and for a part of the province."""
    if aim.indicator not in _CLUBS or aim.value is None or aim.by is None or not _whole(aim.place):
        return None
    return {
        "indicator": aim.indicator,
        "needed": aim.value.range.low or aim.value.stated,
        "since": (aim.since or aim.occurred_on).first.isoformat(),
        "by": aim.by.last.isoformat(),
        "position": report.position,
        "historical": report.historical,
    }
