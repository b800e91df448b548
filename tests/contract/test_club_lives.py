"""What figures make of a club's life: moves, ends, mergers, one club registered twice, places decided later."""

import pytest
from sqlalchemy import Engine

from tests.builders import (
    LAI_CHAU,
    TUYEN_QUANG,
    club_founded,
    dissolved,
    meeting_held,
    merged,
    of_club,
    withdrawn,
)
from tests.lives import VI_XUYEN, VI_XUYEN_BEFORE
from tests.reporter import Reporter

THAI_BINH_BEFORE = {"list": "pre-2025", "province": "08", "commune": "02494"}  # Split in 2025.


@pytest.fixture
def reporter(database: Engine) -> Reporter:
    return Reporter(database)


def test_a_dissolved_club_and_its_members_count_no_longer(reporter: Reporter):
    end = dissolved(on="2026-05-01")
    reporter.hears(club_founded(on="2026-01-15", members={"total": 54}), meeting_held(), end)

    assert [reporter.figure("clubs", valid_at=day)[0] for day in ("2026-04-30", "2026-05-01")] == [1, 0]
    assert [reporter.figure("members", valid_at=day)[0] for day in ("2026-04-30", "2026-05-01")] == [54, 0]
    assert reporter.figure("new_clubs") == (1, 1, 1)
    assert reporter.figure("meetings") == (1, 1, 1)
    assert (reporter.clubs()[0]["state"], reporter.clubs()[0]["ended_on"]) == ("ended", "2026-05-01")

    reporter.hears(withdrawn(end))

    assert reporter.figure("clubs") == (1, 1, 1)


def test_a_club_whose_end_is_known_to_the_month_may_be_gone_from_its_first_day(reporter: Reporter):
    reporter.hears(club_founded(on="2026-01-15"), dissolved(on="2026-05"))

    assert reporter.figure("clubs", valid_at="2026-05-15") == (1, 0, 1)
    assert reporter.figure("clubs", valid_at="2026-05-31") == (0, 0, 0)


def test_what_was_reported_after_the_end_stops_counting_when_the_end_is_known(reporter: Reporter):
    reporter.hears(club_founded(), meeting_held(on="2026-05-21"), dissolved(on="2026-05-01"))

    assert reporter.figure("meetings") == (0, 0, 0)
    assert reporter.figure("meetings", known_at="2") == (1, 1, 1)


def test_a_club_registered_twice_is_one_club_with_one_history(reporter: Reporter):
    reporter.hears(
        club_founded("club-a", on="2026-01-15", members={"total": 50}),
        meeting_held("club-a", on="2026-02-21"),
        club_founded("club-b", on="2026-02-01", members={"total": 52}),
        meeting_held("club-b", on="2026-03-21"),
        merged("club-b", into="club-a"),
        meeting_held("club-b", on="2026-04-21"),
    )

    assert reporter.figure("clubs") == (1, 1, 1)
    assert reporter.figure("members") == (50, 50, 50)
    assert [(row["club"], row["value"]) for row in reporter.ask("meetings", by="club")] == [
        ("club-a", 3),
        ("club-b", 0),
    ]
    assert [club["id"] for club in reporter.clubs()] == ["club-a"]
    assert reporter.club("club-b")["id"] == "club-a"
    assert [reporter.figure(one, known_at="4")[0] for one in ("clubs", "members", "meetings")] == [2, 102, 2]


def test_a_merger_that_was_none_gives_the_history_back(reporter: Reporter):
    same = merged("club-b", into="club-a")
    reporter.hears(
        club_founded("club-a"), club_founded("club-b"), same, meeting_held("club-b"), withdrawn(same)
    )

    assert reporter.figure("clubs") == (2, 2, 2)
    assert {row["club"]: row["value"] for row in reporter.ask("meetings", by="club")} == {
        "club-a": 0,
        "club-b": 1,
    }


def test_three_registrations_are_one_club(reporter: Reporter):
    founded = [club_founded(name) for name in ("club-a", "club-b", "club-c")]
    met = [meeting_held(name) for name in ("club-a", "club-b", "club-c")]

    reporter.hears(*founded, *met, merged("club-c", into="club-b"), merged("club-b", into="club-a"))

    assert reporter.figure("clubs") == (1, 1, 1)
    assert {row["club"]: row["value"] for row in reporter.ask("meetings", by="club") if row["value"]} == {
        "club-a": 3
    }


def test_a_club_merged_into_another_ends_and_keeps_its_history(reporter: Reporter):
    reporter.hears(
        club_founded("club-a"),
        club_founded("club-b"),
        meeting_held("club-b"),
        merged("club-b", into="club-a", kind="merged", on="2026-05-01"),
    )

    assert reporter.figure("clubs", valid_at="2026-04-30")[0] == 2
    assert reporter.figure("clubs", valid_at="2026-05-01")[0] == 1
    assert [(row["club"], row["value"]) for row in reporter.ask("meetings", by="club")] == [("club-b", 1)]
    assert reporter.club("club-b")["merged_into"] == "club-a"


def test_a_club_that_moves_takes_its_members_along_and_leaves_its_meetings(reporter: Reporter):
    reporter.hears(
        club_founded(place=TUYEN_QUANG, members={"total": 54}),
        meeting_held(on="2026-03-21"),
        of_club("club.moved", occurred_on="2026-04-01", place=LAI_CHAU),
        meeting_held(on="2026-05-21"),
    )

    def by_province(indicator: str, **question: str) -> dict[str, int]:
        rows = reporter.ask(indicator, by="province", **question)
        return {row["province"]: row["value"] for row in rows if row["value"]}

    assert by_province("clubs", valid_at="2026-03-31") == {"08": 1}
    assert by_province("clubs", valid_at="2026-04-01") == {"12": 1}
    assert by_province("members", valid_at="2026-04-01") == {"12": 54}
    assert by_province("meetings") == {"08": 1, "12": 1}
    assert by_province("new_clubs") == {"08": 1}


def test_a_renamed_club_is_found_by_both_names(reporter: Reporter):
    reporter.hears(
        club_founded(name="CLB Cổ Điển"),
        of_club("club.renamed", occurred_on="2026-05-01", name="CLB Sông Lô"),
    )

    assert [club["name"] for club in reporter.clubs("co dien")] == ["CLB Sông Lô"]
    assert [club["name"] for club in reporter.clubs("song lo")] == ["CLB Sông Lô"]


def test_a_proposed_club_is_no_club_yet(reporter: Reporter):
    proposed = of_club("club.proposed", occurred_on="2025-12", name="CLB Cóc", place=TUYEN_QUANG)
    reporter.hears(proposed)

    assert reporter.figure("clubs") == (0, 0, 0)
    assert reporter.clubs() == []
    assert reporter.club("co-dien")["state"] == "proposed"

    reporter.hears(club_founded(name="CLB Cóc 1"))

    assert [club["name"] for club in reporter.clubs()] == ["CLB Cóc 1"]


def test_a_proposal_that_arrives_late_does_not_move_the_club(reporter: Reporter):
    late = of_club("club.proposed", occurred_on="2025-12", name="CLB Cóc", place=LAI_CHAU)
    reporter.hears(club_founded(place=TUYEN_QUANG), late)

    assert [(row["province"], row["value"]) for row in reporter.ask("clubs", by="province")] == [("08", 1)]


# --- places ----------------------------------------------------------------------------------------------------


def test_an_old_commune_lies_in_a_present_one(reporter: Reporter):
    reporter.hears(
        club_founded("club-a", on="2024-05-01", place=VI_XUYEN_BEFORE), club_founded("club-b", place=VI_XUYEN)
    )

    assert [(row["commune"], row["value"]) for row in reporter.ask("clubs", by="commune")] == [("00913", 2)]
    assert reporter.figure("communes_with_club") == (1, 1, 1)
    assert {row["province"]: row["value"] for row in reporter.ask("clubs", by="province", scheme="63")} == {
        "02": 2
    }


def test_a_split_commune_takes_the_default_until_somebody_decides(reporter: Reporter):
    reporter.hears(club_founded(on="2024-05-01", place=THAI_BINH_BEFORE))
    [guessed] = reporter.clubs()
    assert (guessed["place"]["commune_now"], guessed["place"]["how"]) == ("02494", "split_default")
    assert sorted(guessed["place"]["candidates"]) == ["02212", "02494"]

    decided = of_club("place.resolved", place=TUYEN_QUANG | {"commune": "02212"}, how="manual", by="province")
    reporter.hears(decided)

    [club] = reporter.clubs()
    assert (club["place"]["commune_now"], club["place"]["how"]) == ("02212", "manual")
    assert [
        (row["commune"], row["value"]) for row in reporter.ask("clubs", by="commune") if row["value"]
    ] == [("02212", 1)]

    reporter.hears(withdrawn(decided))

    assert reporter.clubs()[0]["place"]["how"] == "split_default"


def test_a_club_known_by_its_province_alone_may_be_in_one_more_commune(reporter: Reporter):
    reporter.hears(
        club_founded("club-a", place=VI_XUYEN), club_founded("club-b"), club_founded("club-c", place=VI_XUYEN)
    )

    assert reporter.figure("communes_with_club") == (1, 1, 2)
    assert reporter.figure("clubs", scope="commune:00913") == (2, 2, 2)


def test_a_decision_about_the_commune_tells_the_old_province_too(reporter: Reporter):
    reporter.hears(club_founded())
    assert [row["province"] for row in reporter.ask("clubs", by="province", scheme="63")] == [None]

    reporter.hears(of_club("place.resolved", place=VI_XUYEN))

    assert [row["province"] for row in reporter.ask("clubs", by="province", scheme="63") if row["value"]] == [
        "02"
    ]


# --- money and the rest ----------------------------------------------------------------------------------------


def test_money_is_counted_to_the_dong(reporter: Reporter):
    received = of_club(
        "fund.received", occurred_on="2026-02-02", fund="income", source="project", amount_vnd=100_000_000
    )
    reporter.hears(
        club_founded(),
        received,
        of_club(
            "fund.spent", occurred_on="2026-03-10", fund="activity", purpose="visit_sick", amount_vnd=200_000
        ),
        of_club(
            "loan.disbursed", occurred_on="2026-02-20", fund="income", loans=12, principal_vnd=60_000_000
        ),
        of_club(
            "loan.repaid",
            occurred_on="2026-03-20",
            fund="income",
            principal_vnd=5_000_000,
            interest_vnd=480_001,
        ),
    )

    codes = ("fund_received_vnd", "fund_spent_vnd", "fund_vnd", "loans", "loans_vnd", "loans_outstanding_vnd")
    assert [reporter.figure(code)[0] for code in codes] == [
        100_000_000,
        200_000,
        100_280_001,
        12,
        60_000_000,
        55_000_000,
    ]

    reporter.hears(withdrawn(received))

    assert reporter.figure("fund_vnd")[0] == 280_001


def test_money_spent_in_a_month_may_be_gone_from_its_first_day(reporter: Reporter):
    reporter.hears(
        club_founded(on="2026-01-01"),
        of_club("fund.received", occurred_on="2026-01-31", fund="income", source="members", amount_vnd=100),
        of_club("fund.spent", occurred_on="2026-02", fund="income", purpose="gift", amount_vnd=30),
    )

    assert reporter.figure("fund_vnd", valid_at="2026-02-10") == (100, 70, 100)
    assert reporter.figure("fund_vnd", valid_at="2026-02-28") == (70, 70, 70)


def test_care_checks_and_activities_are_flows(reporter: Reporter):
    reporter.hears(
        club_founded(),
        of_club("care.reported", period="2026-03", volunteers=10, cared_for=6, visits=48),
        of_club("health.checked", occurred_on="2026-03-25", examined={"more_than": 40}),
        of_club("activity.held", occurred_on="2026-03-08", area="culture"),
        of_club("meeting.cancelled", planned_on="2026-02-17", reason="Tết Nguyên đán"),
    )

    codes = ("home_care_visits", "health_check_turns", "activities", "meetings_cancelled")
    assert [reporter.figure(code) for code in codes] == [(48, 48, 48), (40, 41, None), (1, 1, 1), (1, 1, 1)]
