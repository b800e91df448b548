"""Figures: counted from events, at two clocks, on three maps; the same on SQLite and PostgreSQL."""

import pytest
from sqlalchemy import Engine

from shared.problems import BadQuestion
from tests.builders import (
    LAI_CHAU,
    club_founded,
    corrected,
    figure_published,
    meeting_held,
    members_counted,
    training_cancelled,
    training_held,
    training_planned,
    withdrawn,
)
from tests.reporter import Reporter

OLD_HA_GIANG = {"list": "pre-2025", "province": "02"}
OLD_TUYEN_QUANG = {"list": "pre-2025", "province": "08"}


@pytest.fixture
def reporter(database: Engine) -> Reporter:
    return Reporter(database)


def test_clubs_are_a_stock_and_new_clubs_a_flow(reporter: Reporter):
    reporter.hears(club_founded("a", on="2024-03-01"), club_founded("b", on="2025-03-01"), club_founded("c"))

    assert reporter.figure("clubs", valid_at="2024-12-31") == (1, 1, 1)
    assert reporter.figure("clubs", valid_at="2026-06-30") == (3, 3, 3)
    assert reporter.figure("new_clubs", start="2025-01-01", end="2025-12-31") == (1, 1, 1)


def test_a_club_founded_not_later_than_a_day_may_have_been_there_before(reporter: Reporter):
    reporter.hears(club_founded(on="../2020-10-05"))

    assert reporter.figure("clubs", valid_at="2019-01-01") == (0, 0, 1)
    assert reporter.figure("clubs", valid_at="2020-10-05") == (1, 1, 1)
    assert reporter.figure("new_clubs", start="2020-01-01", end="2020-12-31") == (0, 0, 1)
    assert reporter.figure("new_clubs", end="2020-12-31") == (1, 1, 1)


def test_a_day_coarser_than_the_period_has_a_row_of_its_own(reporter: Reporter):
    reporter.hears(
        club_founded("a", on="2024-05"), club_founded("b", on="2024"), club_founded("c", on="2024-11-02")
    )

    by_month = reporter.ask("new_clubs", by="month", start="2024-01-01", end="2024-12-31")
    by_year = reporter.ask("new_clubs", by="year", start="2024-01-01", end="2024-12-31")

    assert {row["period"]: row["value"] for row in by_month if row["value"]} == {
        "2024-05": 1,
        "2024-11": 1,
        None: 1,
    }
    assert [(row["period"], row["value"]) for row in by_year] == [("2024", 3)]
    assert len(by_month) == 13  # A month without a founding is a zero, not a gap.


def test_the_latest_head_count_speaks_for_a_club(reporter: Reporter):
    reporter.hears(
        club_founded("a", on="2026-01-15", members={"women": 38, "men": 16}),
        club_founded("b", on="2026-01-15"),
        members_counted("a", on="2026-03-01", total=57),
        members_counted("a", on="2026-02-01", total=55),
    )

    assert reporter.figure("members", valid_at="2026-01-14") == (0, 0, 0)
    assert reporter.figure("members", valid_at="2026-01-31") == (54, 54, 54)
    assert reporter.figure("members", valid_at="2026-02-28") == (55, 55, 55)
    assert reporter.figure("members") == (57, 57, 57)


def test_a_head_count_grows_too_old(reporter: Reporter):
    reporter.hears(club_founded(on="2022-01-15", members={"total": 54}))

    assert reporter.figure("members", valid_at="2024-01-14") == (54, 54, 54)
    assert reporter.figure("members", valid_at="2024-01-15") == (0, 0, 0)


def test_edges_are_added_up_and_the_unbounded_absorbs(reporter: Reporter):
    reporter.hears(
        training_held("t1", delegates={"total": 60}),
        training_held("t2", delegates={"total": {"more_than": 90}}),
        training_held("t3"),
    )

    assert reporter.figure("delegates") == (150, 151, None)
    assert reporter.ask("delegates")[0]["certain"] == 60
    assert reporter.figure("trainings") == (3, 3, 3)


def test_a_training_counts_once_it_is_held(reporter: Reporter):
    reporter.hears(
        training_planned("t1", on="2026-05-28/2026-05-29"), training_planned("t2"), training_cancelled("t2")
    )
    assert reporter.figure("trainings") == (0, 0, 0)

    reporter.hears(training_held("t1", on="2026-05-28"))

    assert reporter.figure("trainings") == (1, 1, 1)
    assert {training["id"]: training["state"] for training in reporter.trainings()} == {
        "t1": "held",
        "t2": "cancelled",
    }


def test_meetings_count_where_their_club_sits(reporter: Reporter):
    reporter.hears(
        club_founded("a"),
        club_founded("b", place=LAI_CHAU),
        meeting_held("a"),
        meeting_held("b"),
        meeting_held("b"),
    )

    assert [(row["province"], row["value"]) for row in reporter.ask("meetings", by="province")] == [
        ("08", 1),
        ("12", 2),
    ]


def test_a_correction_changes_todays_figure_and_not_what_we_knew(reporter: Reporter):
    count = members_counted("a", on="2026-03-01", total=57)
    wrong = corrected(count, members={"total": 75})
    reporter.hears(club_founded("a"), count, wrong)

    assert reporter.figure("members") == (75, 75, 75)
    assert reporter.figure("members", known_at="2") == (57, 57, 57)

    reporter.hears(withdrawn(wrong))

    assert reporter.figure("members") == (57, 57, 57)
    assert reporter.figure("members", known_at="3") == (75, 75, 75)


def test_a_withdrawn_founding_takes_its_reports_along_until_it_is_restored(reporter: Reporter):
    founding = club_founded(members={"total": 54})
    gone = withdrawn(founding)
    reporter.hears(founding, meeting_held(), meeting_held(), gone)

    figures = ("clubs", "members", "meetings")
    assert [reporter.figure(one)[0] for one in figures] == [0, 0, 0]
    assert [reporter.figure(one, known_at="3")[0] for one in figures] == [1, 54, 2]
    assert reporter.clubs() == []

    reporter.hears(withdrawn(gone))

    assert [reporter.figure(one)[0] for one in figures] == [1, 54, 2]
    assert [club["id"] for club in reporter.clubs()] == ["co-dien"]


def test_a_corrected_place_moves_all_that_happened_there(reporter: Reporter):
    founding = club_founded()
    reporter.hears(founding, meeting_held(), corrected(founding, place=LAI_CHAU), meeting_held())

    assert [(row["province"], row["value"]) for row in reporter.ask("meetings", by="province")] == [
        ("08", 0),
        ("12", 2),
    ]
    assert [
        (row["province"], row["value"]) for row in reporter.ask("meetings", by="province", known_at="2")
    ] == [("08", 1)]


def test_the_national_total_is_the_same_on_every_map(reporter: Reporter):
    reporter.hears(
        club_founded("a", place=OLD_HA_GIANG),
        club_founded("b", place=OLD_TUYEN_QUANG),
        club_founded("c"),
        club_founded("d", place=LAI_CHAU),
    )

    by_34 = reporter.ask("clubs", by="province", scheme="34")
    by_63 = reporter.ask("clubs", by="province", scheme="63")
    as_recorded = reporter.ask("clubs", by="province", scheme="as-recorded")

    assert [(row["province"], row["value"]) for row in by_34] == [("08", 3), ("12", 1)]
    assert [(row["province"], row["value"]) for row in by_63] == [("02", 1), ("08", 1), ("12", 1), (None, 1)]
    assert by_63[-1]["unplaced"] == {"list": "2025-07", "province": "08", "candidates": ["02", "08"]}
    assert [(row["list"], row["province"], row["value"]) for row in as_recorded] == [
        ("pre-2025", "02", 1),
        ("2025-07", "08", 1),
        ("pre-2025", "08", 1),
        ("2025-07", "12", 1),
    ]


def test_a_province_is_asked_for_in_the_map_of_the_question(reporter: Reporter):
    reporter.hears(
        club_founded("a", place=OLD_HA_GIANG), club_founded("b", place=OLD_TUYEN_QUANG), club_founded("c")
    )

    assert reporter.figure("clubs", scope="province:08") == (3, 3, 3)
    assert reporter.figure("clubs", scope="province:08", scheme="63") == (1, 1, 2)
    assert reporter.figure("clubs", scope="province:pre-2025:02", scheme="as-recorded") == (1, 1, 1)
    assert reporter.figure("clubs", scope="province:12") == (0, 0, 0)


def test_a_figure_is_known_as_of_a_moment_too(reporter: Reporter):
    reporter.hears(club_founded("a"), club_founded("b"))

    assert reporter.figure("clubs", known_at="2026-06-30T09:00:00+07:00", valid_at="2026-06-30") == (0, 0, 0)


@pytest.mark.parametrize(
    "question",
    [
        {"indicator": "happiness"},
        {"indicator": "clubs", "by": "planet"},
        {"indicator": "clubs", "by": "month,year"},
        {"indicator": "clubs", "scope": "province:99"},
        {"indicator": "clubs", "scope": "province:02", "scheme": "34"},
        {"indicator": "clubs", "known_at": "yesterday"},
        {"indicator": "clubs", "known_at": "2026-06-30T10:00:00"},
        {"indicator": "clubs", "known_at": "2027-01-01T00:00:00Z"},
        {"indicator": "clubs", "start": "2026-02-01", "end": "2026-01-01"},
    ],
)
def test_a_question_that_makes_no_sense_is_refused(reporter: Reporter, question: dict):
    with pytest.raises(BadQuestion):
        reporter.ask(**question)


def test_clubs_are_found_without_accents(reporter: Reporter):
    reporter.hears(club_founded("a", name="CLB Đắk Lắk 1"), club_founded("b", name="CLB Hoà Phú"))

    assert [club["id"] for club in reporter.clubs("dak lak")] == ["a"]
    assert [club["id"] for club in reporter.clubs("HÒA phú")] == ["b"]
    assert reporter.clubs("%") == []


def test_a_club_is_listed_as_it_was_believed_then(reporter: Reporter):
    founding = club_founded(name="CLB Cổ Diển")
    reporter.hears(founding, meeting_held(on="2026-03-21"), corrected(founding, name="CLB Cổ Điển"))

    [now], [then] = reporter.clubs(), reporter.clubs(known_at=2)

    assert (now["name"], then["name"]) == ("CLB Cổ Điển", "CLB Cổ Diển")
    assert (now["meetings"], now["last_meeting_on"]) == (1, "2026-03-21")


def test_printed_figures_stand_beside_and_are_never_counted(reporter: Reporter):
    printed = figure_published(value={"about": 135})
    reporter.hears(printed, figure_published("programme", value=9000, as_of=None))

    assert reporter.figure("clubs") == (0, 0, 0)
    assert [(row["value"], row["as_of"]) for row in reporter.published()] == [
        (9000, None),
        ({"about": 135}, "2025-11-13"),
    ]

    reporter.hears(corrected(printed, value=136))

    assert [row["value"] for row in reporter.published()] == [9000, 136]
