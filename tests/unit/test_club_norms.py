"""A club beside the norms in force: kept, broken, or not known; never graded, never guessed."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given as forall
from hypothesis import strategies as st

from services.reporting.club_norms import NormRow, club_norms
from services.reporting.norms_saying import norms_in_words, norms_summary
from shared.effective import effective
from shared.norms import NORMS, percent_of
from shared.values import Range
from tests.builders import (
    club_founded,
    corrected,
    dissolved,
    meeting_held,
    members_counted,
    of_club,
    withdrawn,
)
from tests.given import recorded

TODAY = date(2026, 6, 30)
AREAS = ["income", "health_care", "home_care", "self_help", "rights", "awareness", "culture"]


def rows(*sent: dict[str, Any], on: str = "2024-01-15", day: date = TODAY) -> dict[str, NormRow]:
    """The rows of a club founded on a day, by measure."""
    found = club_norms(effective(recorded(club_founded(on=on), *sent)), day)
    return {row.norm.measure: row for row in found}


def judged(measure: str, *sent: dict[str, Any], **when: Any) -> tuple[bool | None, str | None]:
    row = rows(*sent, **when)[measure]
    return row.kept, row.because


def care(period: str = "2026-05", **counts: Any) -> dict[str, Any]:
    return of_club("care.reported", period=period, **counts)


def money(fund: str, on: str = "2026-02-02") -> dict[str, Any]:
    return of_club("fund.counted", occurred_on=on, fund=fund, cash_vnd=1)


def lent(**counts: Any) -> dict[str, Any]:
    return of_club(
        "loan.disbursed", occurred_on="2026-02-02", fund="income", principal_vnd=5_000_000, **counts
    )


def meetings(number: int, **more: Any) -> list[dict[str, Any]]:
    return [meeting_held(on=f"2026-0{2 + n % 5}-{10 + n // 5}", **more) for n in range(number)]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (54, (True, None)),
        (43, (False, None)),
        ({"less_than": 50}, (False, None)),
        ({"more_than": 60}, (None, "may-be-either")),
        ({"more_than": 70}, (False, None)),
    ],
)
def test_the_newest_head_count_is_held_against_the_norm(members: Any, expected: Any):
    assert (
        judged("members", members_counted(total=90, on="2026-02-01"), members_counted(total=members))
        == expected
    )


def test_what_no_report_tells_is_not_held_against_the_club():
    found = rows()

    assert {row.because for row in found.values()} == {"not-reported", "of-the-nation"}
    assert {row.kept for row in found.values()} == {None}


def test_the_norm_of_the_day_asked_for_counts_not_that_of_the_report():
    seven = care("2024-11", volunteers=7)

    assert judged("volunteers", seven, day=date(2024, 12, 31)) == (True, None)
    assert judged("volunteers", seven, day=date(2025, 1, 1)) == (False, None)


def test_a_count_too_old_speaks_no_more():
    count = members_counted(total=54, on="2024-03-01")

    assert judged("members", count, day=date(2026, 2, 28)) == (True, None)
    assert judged("members", count, day=date(2026, 3, 1)) == (None, "too-old")


def test_a_share_is_measured_from_counts_and_dated_by_its_count():
    row = rows(members_counted(women=38, men=16))["women_share"]

    assert (row.kept, row.fact.measured.count.value, row.fact.measured.of.value) == (True, 38, 54)
    assert str(row.fact.day) == "2026-03-01"


@pytest.mark.parametrize(
    ("held", "founded", "expected"),
    [
        (12, "2024-01-15", (True, None)),
        (11, "2024-01-15", (False, None)),
        (5, "2026-01-15", (True, None)),  # Five months are over.
        (4, "2026-01-15", (False, None)),
        (5, "../2026-01-10", (None, "may-be-either")),
        (0, "2024-01-15", (None, "not-reported")),
    ],
)
def test_a_club_meets_once_in_each_month_that_is_over(held: int, founded: str, expected: Any):
    assert judged("meetings_per_month", *meetings(held), on=founded) == expected


def test_meetings_of_more_than_a_year_ago_are_over():
    assert judged("meetings_per_month", *(meeting_held(on=f"2025-{n:02}-05") for n in range(1, 13))) == (
        False,
        None,
    )


def test_a_charter_speaks_for_a_club_that_never_reported_a_meeting():
    rhythm = of_club("charter.adopted", occurred_on="2026-02-02", meetings={"times": 2, "months": 3})

    assert judged("meetings_per_month", rhythm) == (False, None)
    assert judged("meetings_per_month", rhythm, *meetings(12)) == (True, None)


def test_areas_are_those_reports_show_and_a_silent_meeting_may_show_more():
    named = meeting_held(areas=AREAS)

    assert judged("areas", named) == (False, None)
    assert judged("areas", named, meeting_held(on="2026-04-21")) == (None, "may-be-either")
    assert judged("areas", named, meeting_held(areas=["resource_mobilisation"])) == (True, None)
    assert judged("areas", meeting_held(areas=[*AREAS, "made_up"])) == (False, None)


def test_home_care_and_loans_are_areas_too():
    row = rows(care(volunteers=10), lent(loans=1))["areas"]

    assert row.fact.measured.count == Range(2, 2, 2)


def test_a_fund_nobody_reports_on_may_be_there():
    assert judged("clubs_with_both_funds_share", money("income")) == (None, "may-be-either")
    assert judged("clubs_with_both_funds_share", money("income"), money("activity")) == (True, None)


def test_loans_are_shown_beside_the_norm_of_the_nation_and_not_judged():
    row = rows(members_counted(total=54), lent(loans=3), lent(loans=2))["borrowers_share"]

    assert (row.kept, row.because) == (None, "of-the-nation")
    assert (row.fact.measured.count.value, row.fact.measured.of.value) == (5, 54)


@pytest.mark.parametrize(
    ("visits", "expected"), [(47, (False, None)), (50, (None, "may-be-either")), (60, (True, None))]
)
def test_visits_of_a_month_are_kept_only_if_enough_for_its_begun_week_too(visits: int, expected: Any):
    assert judged("visits_per_week", care(volunteers=10, cared_for=6, visits=visits)) == expected


def test_a_withdrawn_count_gives_way_to_the_one_before():
    first, wrong = members_counted(total=54, on="2026-02-01"), members_counted(total=90)

    assert judged("members", first, wrong) == (False, None)
    assert judged("members", first, wrong, withdrawn(wrong)) == (True, None)
    assert judged("members", first, wrong, corrected(wrong, members={"total": 60})) == (True, None)


def test_a_club_that_ended_or_did_not_begin_is_held_against_nothing():
    assert rows(dissolved(on="2026-05-01")) == {}
    assert rows(dissolved(on="2026-05-01"), day=date(2026, 4, 30)) != {}
    assert rows(on="2026-03-01", day=date(2026, 2, 1)) == {}
    assert club_norms([], TODAY) == []


@forall(st.integers(0, 200), st.integers(0, 200), st.integers(1, 120), st.integers(1, 120))
def test_no_norm_is_both_kept_and_broken(low: int, high: int, of: int, of_high: int):
    count = Range(low, min(low, high), max(low, high))
    whole = Range(of, min(of, of_high), max(of, of_high))

    for norm in NORMS.values():
        assert not (norm.surely_kept(count, whole) and norm.surely_broken(count, whole))


@forall(st.integers(0, 100), st.integers(1, 100))
def test_exact_counts_always_settle_a_norm_that_has_a_number(count: int, of: int):
    part, whole = Range(count, count, count), Range(of, of, of)

    for norm in (norm for norm in NORMS.values() if norm.bounds != (None, None)):
        assert norm.surely_kept(part, whole) != norm.surely_broken(part, whole)


def test_a_percentage_is_whole_and_needs_a_whole_with_an_end():
    assert percent_of(Range(38, 38, 38), Range(54, 54, 54)) == Range(70, 70, 70)
    assert percent_of(Range(30, 30, 60), Range(60, 60, 60)) == Range(50, 50, 100)
    assert percent_of(Range(38, 38, 38), Range(90, 91, None)) is None


def test_a_row_says_what_is_expected_what_is_told_and_by_whom():
    found = club_norms(
        effective(recorded(club_founded(on="2024-01-15"), members_counted(women=38, men=16))), TODAY
    )

    women = next(row for row in norms_in_words("vi", found) if row["code"] == "1336.women")

    assert women["expected"] == {"at_least": 60, "at_most": 70}
    assert (women["measured_text"], women["kept_text"], women["day_text"]) == (
        "38 trên 54 người (70%)",
        "đạt",
        "01/03/2026",
    )
    assert "1336" in women["source"]


def test_the_summary_counts_and_calls_itself_no_grade():
    found = club_norms(effective(recorded(club_founded(on="2024-01-15"), members_counted(total=43))), TODAY)

    summary = norms_summary("en", found)

    assert (summary["kept"], summary["broken"], summary["kept"] + summary["broken"] + summary["unknown"]) == (
        0,
        1,
        12,
    )
    assert "not an official grade" in summary["note"]
