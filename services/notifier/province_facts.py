"""What the rules need to know of a province, drawn from its own reports. Pure. A province makes few of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.effective import effective
from shared.events import PeriodReopened, PeriodSignedOff, PlanAdopted
from shared.places import PROVINCES
from shared.report import Recorded


@dataclass(frozen=True, slots=True)
class Province:
    """A province as its board reports it.

    `signed` has the periods vouched for and not reopened since, each with the position of its report; `reopened` the
    others that once were. `action_months`: the first and last day of those adopted, and the position of the plan.
    """

    subject: str
    province_now: str
    province_63: str | None
    signed: dict[str, int]
    reopened: dict[str, int]
    action_months: list[list[str | int]]
    live: bool


def province_of(subject: str, history: Sequence[Recorded]) -> Province | None:
    """The province its reports amount to; None if none of them is about a sign-off or an action month."""
    reports = [report for report in effective(history) if report.counts]
    signed: dict[str, int] = {}
    reopened: dict[str, int] = {}
    months: list[list[str | int]] = []
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
    if not (signed or reopened or months):
        return None
    _, list_, code = subject.split(":")
    return Province(
        subject=subject,
        province_now=PROVINCES[list_, code].now if list_ == "pre-2025" else code,
        province_63=code if list_ == "pre-2025" else None,
        signed=signed,
        reopened=reopened,
        action_months=months,
        live=any(not event.historical for event in history),
    )
