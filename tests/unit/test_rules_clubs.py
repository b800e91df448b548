"""The rules about a club: from which day what holds, and what nobody knows fires nothing."""

from typing import Any

import pytest
from hypothesis import given as every
from hypothesis import settings, strategies

from services.notifier.facts import after, club_of, heard_from, with_money
from services.notifier.rules import Condition, of
from services.notifier.rules.catalogue import limits
from shared.effective import effective
from tests.builders import club_founded, corrected, meeting_held, members_counted, of_club, withdrawn
from tests.given import recorded

DECIDED = {"decision": {"number": "12/QĐ-UBND", "issued_on": "2026-01-15"}}


def found(rule: str, *reports: dict[str, Any]) -> Condition | None:
    """What a rule makes of these reports; all of them stand in the log."""
    conditions = of(club_of("co-dien", [recorded(*reports)]), limits())
    return next((one for one in conditions if one.rule == rule), None)


def begins(rule: str, *reports: dict[str, Any]) -> str | None:
    condition = found(rule, *reports)
    return condition.from_day.isoformat() if condition else None


def test_a_decision_waits_ninety_days_for_its_launch():
    assert begins("decision_without_launch", club_founded(**DECIDED)) == "2026-04-15"


@pytest.mark.parametrize(
    "then", [of_club("club.launched", occurred_on="2026-02-01"), meeting_held(on="2026-02-21")]
)
def test_a_club_that_was_launched_or_meets_waits_for_no_launch(then: dict[str, Any]):
    assert begins("decision_without_launch", club_founded(**DECIDED), then) is None


def test_of_a_decision_nobody_told_no_launch_is_missed():
    assert begins("decision_without_launch", club_founded()) is None


def test_a_launched_club_has_thirty_days_to_name_its_decision():
    launch = of_club("club.launched", occurred_on="2026-02-01")

    assert begins("launch_without_number", club_founded(), launch) == "2026-03-03"
    assert begins("launch_without_number", club_founded(**DECIDED), launch) is None


def test_a_health_check_lasts_a_year_from_the_newest_whichever_came_first():
    checks = [of_club("health.checked", occurred_on=day) for day in ("2026-06-29", "2026-03-01")]

    assert begins("no_health_check", club_founded(), *checks) == "2027-06-30"  # It began to report itself.


def test_a_club_that_begins_to_report_itself_has_a_year_for_its_health_check():
    founding = club_founded(on="2018-01-15")

    assert begins("no_health_check", founding) == "2027-06-30"
    assert begins("no_health_check", founding | {"historical": True}) == "2019-01-15"


@pytest.mark.parametrize(("total", "holds"), [(49, True), (50, False), (70, False), (71, True)])
def test_a_club_has_fifty_to_seventy_members(total: int, holds: bool):
    assert (begins("size_outside_norm", club_founded(), members_counted(total=total)) is not None) is holds


def test_what_may_be_inside_the_norm_fires_nothing():
    assert found("size_outside_norm", club_founded(), members_counted(total={"about": 40})) is None


def test_a_count_speaks_for_its_club_for_two_years():
    condition = found("size_outside_norm", club_founded(), members_counted(on="2026-03-01", total=90))

    assert condition is not None
    assert (condition.from_day.isoformat(), str(condition.until_day)) == ("2026-03-01", "2028-02-29")


def test_only_the_newest_count_is_measured():
    counts = members_counted(on="2026-05-01", total=60), members_counted(on="2026-03-01", total=90)

    assert found("size_outside_norm", club_founded(), *counts) is None


def test_the_share_of_women_is_measured_beside_its_norm():
    condition = found("composition_outside_norm", club_founded(), members_counted(women=54, men=6))

    assert condition is not None
    assert condition.facts["norms"] == [["1336.women", [54, 54, 54], [60, 60, 60]]]


def test_home_care_with_too_few_volunteers_is_below_its_norm():
    few, enough = (of_club("care.reported", period="2026-05", volunteers=number) for number in (3, 12))

    assert begins("home_care_below_norm", club_founded(), few) == "2026-05-31"
    assert begins("home_care_below_norm", club_founded(), enough) is None


def test_an_income_fund_that_lends_nothing_for_half_a_year_is_idle():
    money = of_club(
        "fund.received", fund="income", source="project", amount_vnd=50_000_000, occurred_on="2026-02-01"
    )
    loan = of_club("loan.disbursed", fund="income", principal_vnd=5_000_000, occurred_on="2026-06-30")

    assert begins("fund_idle", club_founded()) is None
    assert begins("fund_idle", club_founded(), money) == "2026-12-30"
    assert begins("fund_idle", club_founded(), money, loan) == "2026-12-30"


def lent(due: str | None, principal: int = 5_000_000, on: str = "2026-02-01") -> dict[str, Any]:
    due_on = {"due_on": due} if due else {}
    return of_club("loan.disbursed", fund="income", principal_vnd=principal, occurred_on=on, **due_on)


def repaid(principal: int) -> dict[str, Any]:
    return of_club("loan.repaid", fund="income", principal_vnd=principal, occurred_on="2026-06-01")


def test_what_was_due_and_is_not_paid_back_is_overdue_thirty_days_later():
    condition = found(
        "loans_overdue", club_founded(), lent("2026-05-01"), lent("2026-12-01"), repaid(3_000_000)
    )

    assert condition is not None
    assert (condition.from_day.isoformat(), condition.facts["owed_vnd"]) == ("2026-05-31", 2_000_000)


def test_a_repayment_settles_what_is_due_first():
    assert begins(
        "loans_overdue", club_founded(), lent("2026-05-01"), lent("2026-06-01"), repaid(5_000_000)
    ) == ("2026-07-01")
    assert begins("loans_overdue", club_founded(), lent("2026-05-01"), repaid(5_000_000)) is None


def test_a_loan_without_a_due_day_has_the_term_of_the_charter_or_is_never_overdue():
    charter = of_club("charter.adopted", occurred_on="2026-01-20", loan_term_months=3)

    assert begins("loans_overdue", club_founded(), lent(None)) is None
    assert begins("loans_overdue", club_founded(), lent(None), charter) == "2026-05-31"


def test_a_withdrawn_founding_leaves_nothing_to_look_at():
    founding = club_founded(**DECIDED)

    assert of(club_of("co-dien", [recorded(founding, withdrawn(founding))]), limits()) == []


def test_a_corrected_count_is_measured_as_corrected():
    counted = members_counted(total=90)
    wrong = corrected(counted, members={"total": 60})

    assert found("size_outside_norm", club_founded(), counted, wrong) is None


def money(type: str, day: str, **told: Any) -> dict[str, Any]:
    return of_club(type, fund="activity", occurred_on=day, **told)


def test_a_cash_box_that_differs_from_the_books_is_told_from_the_day_of_its_count():
    came = money("fund.received", "2026-02-01", source="members", amount_vnd=500_000)
    condition = found(
        "cash_mismatch", club_founded(), came, money("fund.counted", "2026-03-01", cash_vnd=400_000)
    )

    assert condition is not None
    assert (condition.from_day.isoformat(), condition.facts["off_vnd"]) == ("2026-03-01", 100_000)
    assert condition.facts["box"] == "less"


def test_a_late_report_that_explains_the_count_ends_it():
    came = money("fund.received", "2026-02-01", source="members", amount_vnd=500_000)
    counted = money("fund.counted", "2026-03-01", cash_vnd=400_000)
    late = money("fund.spent", "2026-02-20", purpose="visit", amount_vnd=100_000)

    assert found("cash_mismatch", club_founded(), came, counted, late) is None


def cancelled(on: str) -> dict[str, Any]:
    return of_club("meeting.cancelled", planned_on=on)


def test_two_missed_meetings_are_told_ten_days_after_the_second_was_due():
    assert begins("no_meeting", club_founded(), meeting_held(on="2026-06-21")) == "2026-09-11"


def test_a_meeting_called_off_is_not_missed():
    told = club_founded(), meeting_held(on="2026-06-21"), cancelled("2026-08-21")

    assert begins("no_meeting", *told) == "2026-10-11"


def test_a_club_meets_in_the_rhythm_of_its_charter():
    charter = of_club("charter.adopted", occurred_on="2026-01-20", meetings={"times": 1, "months": 3})
    told = club_founded(), charter, meeting_held(on="2026-04-21")

    assert begins("no_meeting", *told) == "2026-11-11"


def test_a_club_that_has_only_just_begun_to_report_itself_is_not_silent_yet():
    founding = club_founded(on="2018-01-15")

    assert begins("no_meeting", founding | {"historical": True}) == "2018-04-11"
    assert begins("no_meeting", founding) == "2026-08-11"


def test_a_club_that_reports_other_things_is_told_apart_from_one_nobody_hears_of():
    assert found("no_meeting", club_founded()).facts["silence"] == "unknown"
    assert found("no_meeting", club_founded(), meeting_held()).facts["silence"] == "not_received"
    shared = meeting_held(source="/openrosa")
    assert found("no_meeting", club_founded(), shared).facts["silence"] == "unknown"


REPORTS = (
    cancelled("2026-02-21"),
    cancelled("2026-03-21"),
    meeting_held(on="2026-03-21"),
    meeting_held(on="2026-04-21"),
    members_counted(on="2026-03-01", total=80),
    members_counted(on="2026-03-01", women=50, men=5),
    of_club("club.launched", occurred_on="2026-02-01"),
    of_club("club.launched", occurred_on="2026-02-03"),
    of_club("health.checked", occurred_on="2026-05-01"),
    of_club("care.reported", period="2026-05", volunteers=3, cared_for=4),
    of_club("charter.adopted", occurred_on="2026-01-20", loan_term_months=3),
    of_club("fund.received", fund="income", source="project", amount_vnd=9, occurred_on="2026-02-01"),
    lent("2026-05-01"),
    lent("2026-05-01"),
    lent(None),
    repaid(1_000_000),
    money("fund.counted", "2026-02-01", cash_vnd=4),
    money("fund.counted", "2026-05-20", cash_vnd=40),
    money("fund.spent", "2026-05-20", purpose="visit", amount_vnd=2),
    of_club("fund.spent", occurred_on="2026-06", fund="income", purpose="visit", amount_vnd=2),
    of_club("fund.counted", occurred_on="2026-06-20", fund="income", cash_vnd=3),
)


@settings(max_examples=60, deadline=None)
@every(strategies.permutations(range(len(REPORTS))))
def test_facts_hang_on_no_order_of_the_fold(order: list[int]):
    history = recorded(club_founded(**DECIDED), *REPORTS)
    club = club_of("co-dien", [history[:1]])
    assert club is not None

    for told, number in enumerate(order, start=1):
        event = history[1 + number]
        paid = with_money(club, event)
        if paid is None:
            club = club_of("co-dien", [[history[0], *(history[1 + n] for n in sorted(order[:told]))]])
            assert club is not None
        else:
            club = after(heard_from(paid, event), event.event, event.position)

    assert club == club_of("co-dien", [history])
    assert all(report.counts for report in effective(history))
