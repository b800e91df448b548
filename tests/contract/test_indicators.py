"""The figures that are no plain sums: shares with both their numbers, parts, and what is counted club by club."""

from typing import Any

import pytest
from sqlalchemy import Engine

from shared.codes import AREAS
from shared.problems import BadQuestion
from tests.builders import (
    LAI_CHAU,
    club_founded,
    corrected,
    dissolved,
    meeting_held,
    members_counted,
    merged,
    of_club,
    withdrawn,
)
from tests.reporter import Reporter


@pytest.fixture
def reporter(database: Engine) -> Reporter:
    return Reporter(database)


def exactly(number: int) -> dict[str, int]:
    return {"value": number, "low": number, "high": number, "certain": number}


def values(rows: list[dict[str, Any]], *keys: str) -> dict[Any, int]:
    """What the rows count, by one of their keys or several."""
    return {tuple(row[key] for key in keys) if keys[1:] else row[keys[0]]: row["value"] for row in rows}


def lent(club: str = "co-dien", on: str = "2026-02-20", **more: Any) -> dict[str, Any]:
    return of_club("loan.disbursed", club, occurred_on=on, fund="income", principal_vnd=5_000_000, **more)


def cared(club: str = "co-dien", period: str = "2026-05", **counts: Any) -> dict[str, Any]:
    return of_club("care.reported", club, period=period, **counts)


def received(club: str = "co-dien", on: str = "2026-02-02", **more: Any) -> dict[str, Any]:
    data = {"occurred_on": on, "fund": "income", "source": "project", "amount_vnd": 100} | more
    return of_club("fund.received", club, **data)


# --- shares ----------------------------------------------------------------------------------------------------


def test_a_share_shows_both_its_numbers_and_leaves_out_who_does_not_tell(reporter: Reporter):
    reporter.hears(
        club_founded("a", members={"women": 38, "men": 16}), club_founded("b", members={"total": 50})
    )

    [row] = reporter.ask("women_share")

    assert row == {
        "value": 70.4,
        "low": 70.4,
        "high": 70.4,
        "certain": 70.4,
        "numerator": exactly(38),
        "denominator": exactly(54),
    }


def test_a_share_of_edges_has_edges(reporter: Reporter):
    reporter.hears(
        club_founded("a", members={"women": {"more_than": 29}, "total": 50}),
        club_founded("b", members={"women": 10, "total": {"less_than": 51}}),
    )

    [row] = reporter.ask("women_share")

    assert (row["value"], row["low"], row["high"], row["certain"]) == (38.6, 40.0, 100.0, 9.9)
    assert row["numerator"] == {"value": 39, "low": 40, "high": None, "certain": 10}
    assert row["denominator"] == {"value": 101, "low": 50, "high": 100, "certain": 50}


def test_a_share_of_nobody_is_no_number(reporter: Reporter):
    [row] = reporter.ask("active_share")

    assert (row["value"], row["low"], row["high"], row["certain"]) == (None, None, None, None)
    assert row["denominator"] == exactly(0)


def test_every_province_with_clubs_has_a_share_also_of_none(reporter: Reporter):
    reporter.hears(
        club_founded("a"),
        club_founded("b"),
        club_founded("c", place=LAI_CHAU),
        meeting_held("a", "2026-06-21"),
    )

    rows = reporter.ask("active_share", by="province")

    assert values(rows, "province") == {"08": 50.0, "12": 0.0}


def test_members_from_60_are_not_guessed_from_those_from_55(reporter: Reporter):
    reporter.hears(
        club_founded("a", members={"total": 50, "55_plus": 40}),
        club_founded("b", members={"total": 60, "60_plus": 42}),
    )

    assert reporter.figure("older_members") == (42, 42, 42)
    assert reporter.ask("older_share")[0]["denominator"] == exactly(60)
    assert reporter.figure("members_55_plus") == (40, 40, 40)


def test_a_group_the_newest_count_leaves_out_is_not_known_any_more(reporter: Reporter):
    reporter.hears(
        club_founded(on="2026-01-15", members={"total": 50, "poor": 12}), members_counted(on="2026-03-01")
    )

    assert reporter.figure("poor_members", valid_at="2026-02-28") == (12, 12, 12)
    assert reporter.figure("poor_members") == (0, 0, 0)
    assert reporter.ask("poor_share")[0]["value"] is None


# --- parts -----------------------------------------------------------------------------------------------------


def test_money_received_is_split_by_its_source(reporter: Reporter):
    reporter.hears(
        club_founded(on="2026-01-01"),
        received(on="2026-01-20"),
        received(on="2026-02-02", source="budget", amount_vnd=30),
        received(on="2026-02-20", source="budget", amount_vnd=4),
    )

    by_source = reporter.ask("fund_received_vnd", by="source")
    by_month = reporter.ask("fund_received_vnd", by="source,month", start="2026-01-01", end="2026-02-28")

    assert values(by_source, "source") == {"budget": 34, "project": 100}
    assert values(by_month, "source", "period") == {("budget", "2026-02"): 34, ("project", "2026-01"): 100}


def test_clubs_are_split_by_the_scheme_they_were_founded_under(reporter: Reporter):
    founding = club_founded("b", on="2021-05-01", scheme="1336")
    reporter.hears(club_founded("a"), founding, club_founded("c", scheme="1336"), dissolved("c"))

    assert values(reporter.ask("clubs", by="scheme"), "scheme") == {"1336": 1, "1648": 1}
    assert values(reporter.ask("new_clubs", by="scheme"), "scheme") == {"1336": 2, "1648": 1}

    reporter.hears(corrected(founding, scheme="1533"))

    now = values(reporter.ask("clubs", by="scheme"), "scheme")
    assert {scheme: number for scheme, number in now.items() if number} == {"1533": 1, "1648": 1}


@pytest.mark.parametrize(
    "question",
    [
        {"indicator": "meetings", "by": "source"},
        {"indicator": "fund_received_vnd", "by": "scheme"},
        {"indicator": "clubs", "by": "district"},
        {"indicator": "clubs", "scope": "district:070"},
        {"indicator": "clubs", "scope": "district:999", "scheme": "63"},
        {"indicator": "women_members.of"},
    ],
)
def test_what_cannot_be_split_that_way_is_refused(reporter: Reporter, question: dict[str, str]):
    with pytest.raises(BadQuestion):
        reporter.ask(**question)


# --- club by club ----------------------------------------------------------------------------------------------


def test_a_club_is_active_for_sixty_days_after_a_meeting(reporter: Reporter):
    reporter.hears(club_founded("a"), club_founded("b"), meeting_held("a", on="2026-03-21"))

    days = ("2026-03-20", "2026-03-21", "2026-05-19", "2026-05-20")
    assert [reporter.figure("active_clubs", valid_at=day)[0] for day in days] == [0, 1, 1, 0]


def test_a_club_is_active_as_of_what_was_known(reporter: Reporter):
    meeting = meeting_held("a", on="2026-06-21")
    reporter.hears(club_founded("a"), meeting, withdrawn(meeting), meeting_held("a", on="2026-06-22"))

    known = [reporter.figure("active_clubs", known_at=str(position))[0] for position in (1, 2, 3, 4)]
    assert known == [0, 1, 0, 1]


def test_a_meeting_of_an_uncertain_day_makes_a_club_that_may_be_active(reporter: Reporter):
    reporter.hears(club_founded("a"), meeting_held("a", on="2026-05"))

    assert reporter.figure("active_clubs", valid_at="2026-07-10") == (0, 0, 1)
    assert reporter.figure("active_clubs", valid_at="2026-06-29") == (1, 1, 1)


def test_a_dissolved_club_is_not_active_however_lately_it_met(reporter: Reporter):
    reporter.hears(club_founded("a"), meeting_held("a", on="2026-04-28"), dissolved("a", on="2026-05-01"))

    assert reporter.figure("active_clubs", valid_at="2026-04-30") == (1, 1, 1)
    assert reporter.figure("active_clubs", valid_at="2026-05-01") == (0, 0, 0)


def test_a_club_is_active_where_it_sits(reporter: Reporter):
    reporter.hears(
        club_founded("a", on="2026-01-15"),
        meeting_held("a", on="2026-03-21"),
        of_club("club.moved", "a", occurred_on="2026-04-01", place=LAI_CHAU),
    )

    def by_province(day: str) -> dict[str, int]:
        found = values(reporter.ask("active_clubs", by="province", valid_at=day), "province")
        return {province: number for province, number in found.items() if number}

    assert (by_province("2026-03-31"), by_province("2026-04-01")) == ({"08": 1}, {"12": 1})


def test_active_clubs_are_taken_at_the_end_of_each_month(reporter: Reporter):
    reporter.hears(
        club_founded("a", on="2026-01-15"),
        club_founded("b", on="2026-03-01"),
        meeting_held("a", on="2026-01-21"),
        meeting_held("b", on="2026-03-21"),
    )

    rows = reporter.ask("active_clubs", by="month", start="2026-01-01", end="2026-05-31")

    assert values(rows, "period") == {"2026-01": 1, "2026-02": 1, "2026-03": 1, "2026-04": 1, "2026-05": 0}


def test_borrowers_are_at_most_the_loans_and_at_most_the_members(reporter: Reporter):
    reporter.hears(
        club_founded("a", members={"total": 20}),
        club_founded("b", members={"total": 50}),
        lent("a", loans=15),
        lent("a", on="2026-05-20", loans=15),
        lent("b", loans=5),
    )

    assert reporter.figure("loans") == (35, 35, 35)
    assert reporter.figure("borrowers") == (25, 2, 25)
    assert reporter.ask("borrowers_share")[0]["value"] == 35.7


def test_volunteers_are_those_of_the_newest_care_report(reporter: Reporter):
    newest = cared(period="2026-05", volunteers=8, cared_for=5)
    reporter.hears(club_founded(on="2025-01-15"), newest, cared(period="2026-03", volunteers=10, cared_for=6))

    assert reporter.figure("volunteers") == (8, 8, 8)
    assert reporter.figure("people_cared_for", valid_at="2026-04-30") == (6, 6, 6)
    assert reporter.figure("volunteers", valid_at="2026-10-30") == (8, 8, 8)
    assert reporter.figure("volunteers", valid_at="2026-11-30") == (0, 0, 0)  # Half a year, and nobody knows.

    reporter.hears(withdrawn(newest))

    assert reporter.figure("volunteers") == (10, 10, 10)

    reporter.hears(cared(period="2026-03", volunteers=0))

    assert reporter.figure("volunteers") == (0, 0, 0)


def test_care_reported_under_both_names_of_a_club_is_not_added_up(reporter: Reporter):
    reporter.hears(
        *(club_founded(name) for name in ("club-a", "club-b")),
        *(cared(name, volunteers=10) for name in ("club-a", "club-b")),
        merged("club-b", into="club-a"),
    )

    assert reporter.figure("volunteers") == (10, 10, 10)
    assert reporter.figure("volunteers", known_at="4") == (20, 20, 20)


def test_a_club_works_in_all_areas_when_its_reports_of_a_year_show_them(reporter: Reporter):
    reporter.hears(
        club_founded("a", on="2025-01-01"),
        meeting_held("a", on="2026-02-21", areas=list(AREAS[3:])),
        cared("a", period="2026-03", volunteers=10),
        of_club("health.checked", "a", occurred_on="2026-03-25", examined=40),
        lent("a", on="2026-04-20", loans=3),
        club_founded("b"),
        meeting_held("b", on="2026-06-01"),
        club_founded("c"),
        meeting_held("c", on="2026-06-01", areas=["culture"]),
    )

    assert reporter.figure("clubs_all_areas") == (1, 1, 2)  # Club b left its areas unsaid.
    assert reporter.figure("clubs_all_areas", valid_at="2026-04-19") == (0, 0, 0)
    assert reporter.figure("clubs_all_areas", valid_at="2027-02-20")[0] == 1
    assert reporter.figure("clubs_all_areas", valid_at="2027-02-21")[0] == 0


def test_a_club_has_the_funds_it_reports_on(reporter: Reporter):
    reporter.hears(
        club_founded("a"),
        received("a"),
        of_club("fund.counted", "a", occurred_on="2026-03-01", fund="activity", cash_vnd=0),
        club_founded("b"),
        lent("b", loans=1),
        club_founded("c"),
    )

    assert reporter.figure("clubs_with_income_fund") == (2, 2, 3)
    assert reporter.figure("clubs_with_both_funds") == (1, 1, 3)
    [share] = reporter.ask("clubs_with_both_funds_share")
    assert (share["value"], share["low"], share["high"]) == (33.3, 33.3, 100.0)


def test_clubs_keep_the_norms_their_reports_show_kept(reporter: Reporter):
    reporter.hears(
        club_founded("a", members={"women": 35, "men": 19, "60_plus": 36}),
        cared("a", volunteers=10),
        club_founded("b", members={"women": 45, "men": 40, "60_plus": 20}),
        cared("b", volunteers=9),
        club_founded("c"),
    )

    for norm in ("size", "women", "older", "volunteers"):
        assert reporter.figure(f"clubs_of_norm_{norm}") == (1, 1, 2), norm
        assert reporter.ask(f"clubs_of_norm_{norm}_share")[0]["value"] == 33.3, norm


def test_a_count_too_old_to_be_known_is_not_held_against_its_club(reporter: Reporter):
    reporter.hears(club_founded(on="2022-01-15", members={"total": 200}))

    assert reporter.figure("clubs_of_norm_size", valid_at="2024-01-14") == (0, 0, 0)
    assert reporter.figure("clubs_of_norm_size", valid_at="2024-01-15") == (0, 0, 1)


PERIOD = {"start": "2026-01-01", "end": "2026-05-31"}
HEADS = {"women": 38, "men": 16, "under_55": 9, "55_59": 9, "60_69": 26, "70_79": 8, "80_plus": 2}


def test_clubs_there_before_a_period_are_kept_up_or_not(reporter: Reporter):
    for name in ("kept", "ended", "new"):
        reporter.hears(club_founded(name, on="2026-02-01" if name == "new" else "2024-03-01"))
    reporter.hears(dissolved("ended", on="2026-05-20"))

    assert reporter.ask("existing_clubs", **PERIOD) == [exactly(2)]
    assert reporter.ask("existing_clubs_kept", **PERIOD) == [exactly(1)]
    [share] = reporter.ask("existing_clubs_kept_share", **PERIOD)
    assert (share["value"], share["low"], share["high"]) == (50.0, 50.0, 50.0)


def test_a_club_that_may_have_been_there_before_may_be_kept_up(reporter: Reporter):
    reporter.hears(club_founded(on="../2026-03-01"))

    assert reporter.ask("existing_clubs", **PERIOD) == [{"value": 0, "low": 0, "high": 1, "certain": 0}]
    assert reporter.ask("existing_clubs_kept", **PERIOD) == [{"value": 0, "low": 0, "high": 1, "certain": 0}]


def test_new_members_are_those_of_the_clubs_founded_within_the_period(reporter: Reporter):
    reporter.hears(club_founded("before", on="2025-11-01", members=HEADS))
    reporter.hears(club_founded("within", on="2026-02-01", members={"women": 20, "men": 10}))
    reporter.hears(members_counted("within", on="2026-05-01", **HEADS))
    reporter.hears(club_founded("after", on="2026-06-10", members=HEADS))

    assert reporter.ask("new_members", **PERIOD) == [exactly(54)]
    assert reporter.ask("new_older_members", **PERIOD) == [exactly(36)]


def test_older_women_are_known_as_far_as_two_counts_overlap(reporter: Reporter):
    reporter.hears(club_founded(on="2026-02-01", members=HEADS))

    [older_women] = reporter.ask("new_older_women_members", **PERIOD)
    [share] = reporter.ask("new_older_women_share", **PERIOD)

    # 38 women and 36 people of 60 and over are 74 of 54: at least 20 are both.
    assert older_women == {"value": 20, "low": 20, "high": 36, "certain": 0}
    assert (share["low"], share["high"]) == (55.6, 100.0)


@pytest.mark.parametrize("indicator", ["existing_clubs", "new_members", "new_older_women_share"])
def test_what_became_of_clubs_within_a_period_is_not_split_by_months(reporter: Reporter, indicator: str):
    with pytest.raises(BadQuestion):
        reporter.ask(indicator, by="month", **PERIOD)
