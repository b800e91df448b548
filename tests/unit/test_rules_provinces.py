"""A period nobody has signed off, and an action month ahead."""

from typing import Any

import pytest

from services.notifier.province_facts import Province, province_of
from services.notifier.rules import of
from services.notifier.rules.catalogue import limits
from services.notifier.wording import Item
from shared.texts import LANGUAGES, Language
from tests.builders import club_founded, corrected, envelope, withdrawn
from tests.given import recorded

PROVINCE = "province:2025-07:08"


def signed(period: str) -> dict[str, Any]:
    told = {"period": period, "position": 1, "figures_sha256": "0" * 64, "office": "hoi-nct"}
    return envelope("period.signed_off", PROVINCE, told)


def reopened(period: str) -> dict[str, Any]:
    return envelope("period.reopened", PROVINCE, {"period": period, "reason": "báo cáo muộn"})


def action_month(period: str = "2026-10", **more: Any) -> dict[str, Any]:
    told = {"occurred_on": "2026-05-02", "kind": "action_month", "period": period} | more
    return envelope("plan.adopted", PROVINCE, told)


def province_told(*reports: dict[str, Any]) -> Province | None:
    """The province these reports amount to; somebody signs off only what stands in the log already."""
    log = recorded(club_founded(), *reports)
    return province_of(PROVINCE, [event for event in log if event.subject == PROVINCE])


def found(*reports: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    conditions = of(province_told(*reports), limits())
    return [
        (one.facts["period"], one.from_day.isoformat(), one.until_day.isoformat() if one.until_day else None)
        for one in conditions
    ]


def test_a_board_that_signs_off_is_asked_for_the_next_quarter_thirty_days_after_its_end():
    assert found(signed("2025-Q4")) == [("2026-01/2026-03", "2026-04-30", None)]


def test_a_month_is_followed_by_the_next_also_across_a_year():
    assert found(signed("2025-11"), signed("2025-12")) == [("2026-01", "2026-03-02", None)]


def test_a_reopened_period_waits_for_its_board_again():
    told = signed("2025-Q3"), signed("2025-Q4"), reopened("2025-Q3")

    assert found(*told) == [("2025-07/2025-09", "2025-10-30", None)]
    assert found(*told, signed("2025-Q3")) == [("2026-01/2026-03", "2026-04-30", None)]


def test_nothing_is_missed_of_a_board_that_never_signed_off():
    once = signed("2025-Q4")

    assert found(once, withdrawn(once)) == []


def test_an_action_month_is_told_of_thirty_days_ahead_and_is_over_by_itself():
    assert found(action_month()) == [("2026-10-01/2026-10-31", "2026-09-01", "2026-09-30")]


def test_a_plan_that_is_only_intended_is_not_told_of():
    assert found(action_month(status="intended")) == []


def test_a_corrected_plan_counts_as_corrected():
    plan = action_month()

    assert found(plan, corrected(plan, period="2026-09"))[0][1] == "2026-08-02"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_letter_about_a_province_can_be_written(lang: Language):
    for one in of(province_told(signed("2025-Q4"), action_month()), limits()):
        item = Item(lang, one.key, one.rule, "fired", one.subject, "08", one.facts, [1], "2026-07-01")
        words = [item.subject_line, item.opening, item.advice, item.why("Hội"), *sum(item.lines, ())]

        assert all(words) and not any("{" in word for word in words if word)
