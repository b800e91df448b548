"""Rules about a province: a period nobody has signed off, an action month ahead. Pure, one function each."""

from collections.abc import Iterator
from datetime import date, timedelta

from services.notifier.province_facts import Province
from services.notifier.rules.catalogue import Limits
from services.notifier.rules.finding import Condition, condition
from shared.periods import period as read_period


def of_province(province: Province, limits: Limits) -> list[Condition]:
    """All that the rules make of a province."""
    return [*period_not_signed(province, limits), *action_month_ahead(province, limits)]


def period_not_signed(province: Province, limits: Limits) -> Iterator[Condition]:
    """The first period behind one that was signed off is over for `days`, and nobody vouches for it.

    A board that has never signed off has not begun to: nothing is missed.
    """
    told = {**province.signed, **province.reopened}
    for kind in ("quarter", "month"):
        of_kind = sorted(text for text in told if _kind(text) == kind)
        if not of_kind:
            continue
        missing = of_kind[0]
        while missing in province.signed:
            missing = _next(missing)
        period = read_period(missing)
        cause = province.reopened.get(missing) or max(province.signed.values(), default=0)
        from_day = period.last + timedelta(days=limits["period_not_signed"]["days"])
        facts = {"province": province.province_now, "period": str(period.when)}
        yield condition("period_not_signed", province, from_day, missing, cause, facts)


def action_month_ahead(province: Province, limits: Limits) -> Iterator[Condition]:
    """An action month begins within `days`: there is time to prepare it. It ends by itself."""
    for first, last, position in province.action_months:
        begins = date.fromisoformat(str(first))
        facts = {"province": province.province_now, "period": f"{first}/{last}"}
        from_day = begins - timedelta(days=limits["action_month_ahead"]["days"])
        until = begins - timedelta(days=1)
        yield condition("action_month_ahead", province, from_day, str(first), int(position), facts, until)


def _kind(text: str) -> str | None:
    if "-Q" in text:
        return "quarter"
    return "month" if len(text) == len("2026-03") else None


def _next(text: str) -> str:
    """The period that follows a month or a quarter."""
    after = read_period(text).last + timedelta(days=1)
    if _kind(text) == "quarter":
        return f"{after.year}-Q{(after.month + 2) // 3}"
    return f"{after.year}-{after.month:02}"
