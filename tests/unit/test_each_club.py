"""What one club adds to a figure: a yes or a no where the reports tell it, a maybe in the upper edge where not."""

from datetime import date
from typing import Any

import pytest

from services.reporting.care import part_of
from services.reporting.each_club import (
    MAYBE,
    YES,
    borrowed,
    care_keeps,
    did_all_areas,
    has_funds,
    keeps,
    met,
    newest_care,
)
from shared.codes import AREAS
from shared.events import CareReported
from shared.values import NOTHING, Range

TODAY = date(2026, 6, 30)
UNSAID = ""


def exactly(number: int) -> Range:
    return Range(number, number, number)


def test_a_club_is_active_if_it_met():
    assert met({"meetings": {None: exactly(2)}}, TODAY) == YES
    assert met({}, TODAY) == NOTHING


def test_a_club_whose_meeting_may_lie_before_the_window_may_be_active():
    assert met({"meetings": {None: Range(0, 0, 1)}}, TODAY) == MAYBE


def test_all_eight_areas_may_be_shown_by_several_reports():
    halves = {",".join(AREAS[:4]): exactly(1), ",".join(AREAS[4:]): exactly(3)}

    assert did_all_areas({"areas": halves}, TODAY) == YES
    assert did_all_areas({"areas": {",".join(AREAS[1:]): exactly(12)}}, TODAY) == NOTHING


def test_a_meeting_that_left_its_areas_unsaid_may_have_shown_the_missing_one():
    told = {"areas": {",".join(AREAS[1:]): exactly(1), UNSAID: exactly(1)}}

    assert did_all_areas(told, TODAY) == MAYBE
    assert did_all_areas(told | {"areas": told["areas"] | {UNSAID: NOTHING}}, TODAY) == NOTHING  # Withdrawn.


def test_an_area_shown_on_a_day_that_may_be_too_early_makes_a_maybe():
    told = {"areas": {",".join(AREAS[1:]): exactly(1), AREAS[0]: Range(0, 0, 1)}}

    assert did_all_areas(told, TODAY) == MAYBE


def test_a_fund_nobody_reports_on_may_be_there_all_the_same():
    both = has_funds("income", "activity")

    assert both({"fund_reports": {"income": exactly(1), "activity": exactly(4)}}, TODAY) == YES
    assert both({"fund_reports": {"income": exactly(1)}}, TODAY) == MAYBE
    assert both({}, TODAY) == MAYBE
    assert has_funds("income")({"fund_reports": {"income": exactly(1)}}, TODAY) == YES


@pytest.mark.parametrize(
    ("loans", "members", "people"),
    [
        (NOTHING, exactly(54), NOTHING),
        (exactly(12), exactly(54), Range(12, 1, 12)),  # Who borrowed twice is two loans.
        (exactly(80), exactly(54), Range(54, 1, 54)),  # Never more than there are members.
        (exactly(1), exactly(54), exactly(1)),
        (exactly(12), NOTHING, Range(12, 1, 12)),  # Nobody counted the members.
        (Range(0, 0, None), exactly(54), Range(0, 0, 54)),  # A report that does not say how many.
        (Range(90, 91, None), Range(50, 0, 49), Range(49, 1, 49)),
        (Range(0, 0, None), NOTHING, Range(0, 0, None)),
    ],
)
def test_as_many_borrowed_as_there_are_loans_at_most(loans: Range, members: Range, people: Range):
    assert borrowed({"loans": {None: loans}, "members": {None: members}}, TODAY) == people


def care(period: str, position: int, **counts: Any) -> tuple[str, Range]:
    return part_of(CareReported.model_validate({"period": period, **counts}), position), exactly(1)


def test_the_newest_care_report_is_the_one_of_the_latest_month():
    told = {
        "care": dict([care("2026-05", 7, volunteers={"more_than": 10}), care("2026-04", 9, volunteers=8)])
    }

    assert newest_care("volunteers")(told, TODAY) == Range(10, 11, None)
    assert newest_care("cared_for")(told, TODAY) == NOTHING
    assert newest_care("volunteers")({}, TODAY) == NOTHING


def test_of_two_care_reports_of_one_month_the_later_one_speaks_and_they_are_never_added_up():
    told = {"care": dict([care("2026-05", 10, volunteers=8), care("2026-05", 9, volunteers=12)])}

    assert newest_care("volunteers")(told, TODAY) == exactly(8)


def test_a_withdrawn_care_report_and_one_that_leaves_the_number_out_do_not_speak():
    withdrawn = care("2026-06", 12, volunteers=20)[0], NOTHING
    told = {"care": dict([care("2026-04", 9, volunteers=8), care("2026-05", 10, cared_for=5), withdrawn])}

    assert newest_care("volunteers")(told, TODAY) == exactly(8)


def test_no_volunteers_any_more_is_a_number():
    told = {"care": dict([care("2026-04", 9, volunteers=8), care("2026-05", 10, volunteers=0)])}

    assert newest_care("volunteers")(told, TODAY) == NOTHING
    assert care_keeps("volunteers", "volunteers")(told, TODAY) == NOTHING
    assert care_keeps("volunteers", "volunteers")({}, TODAY) == MAYBE


@pytest.mark.parametrize(
    ("members", "kept"),
    [
        (exactly(50), YES),
        (exactly(70), YES),
        (exactly(49), NOTHING),
        (exactly(71), NOTHING),
        (Range(45, 46, None), MAYBE),
        (Range(70, 71, None), NOTHING),
        (NOTHING, MAYBE),  # Counted so long ago that nobody knows.
    ],
)
def test_a_club_keeps_the_norm_for_its_size(members: Range, kept: Range):
    assert keeps("members", "members")({"members": {None: members}}, TODAY) == kept


@pytest.mark.parametrize(("women", "kept"), [(118, NOTHING), (119, YES), (140, YES), (142, NOTHING)])
def test_a_share_is_compared_as_the_whole_percent_it_rounds_to(women: int, kept: Range):
    told = {"women_members": {None: exactly(women)}, "women_members.of": {None: exactly(200)}}

    assert keeps("women_share", "women_members", "women_members.of")(told, TODAY) == kept


def test_no_women_told_of_is_a_share_of_nothing_and_none_told_is_not_known():
    rule = keeps("women_share", "women_members", "women_members.of")

    assert rule({"women_members.of": {None: exactly(54)}}, TODAY) == NOTHING  # Told: no women.
    assert rule({}, TODAY) == MAYBE


def test_a_norm_counts_from_its_first_day():
    rule, told = care_keeps("volunteers", "volunteers"), {"care": dict([care("2024-12", 3, volunteers=7)])}

    assert rule(told, date(2024, 12, 31)) == YES  # At least five, undated.
    assert rule(told, date(2025, 1, 1)) == NOTHING  # At least ten since 2025.


def test_a_measure_without_a_norm_is_kept_by_nobody():
    assert keeps("happiness", "members")({"members": {None: exactly(54)}}, TODAY) == NOTHING
