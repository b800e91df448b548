"""Expected meetings as figures: how many were due, reported on and held; the same as completeness says club by club."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given as forall
from hypothesis import settings
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool

from services.reporting.completeness import of_club
from services.reporting.lists import clubs_like
from shared.calendar import RECEIVED, State
from shared.database import snapshot
from tests.builders import (
    LAI_CHAU,
    club_founded,
    corrected,
    dissolved,
    meeting_held,
    merged,
    withdrawn,
)
from tests.builders import (
    of_club as report_of,
)
from tests.lives import lives
from tests.reporter import Reporter

FIRST_HALF = {"start": "2026-01-01", "end": "2026-06-30"}


@pytest.fixture
def reporter(database: Engine) -> Reporter:
    return Reporter(database)


def charter(club: str, on: str, **more: Any) -> dict[str, Any]:
    return report_of("charter.adopted", club, occurred_on=on, **more)


def cancelled(club: str, on: str) -> dict[str, Any]:
    return report_of("meeting.cancelled", club, planned_on=on, reason="mưa lũ")


def test_a_meeting_a_month_is_expected_from_the_month_after_the_founding(reporter: Reporter):
    reporter.hears(club_founded("a", on="2026-01-15"), club_founded("b", on="2026-03", place=LAI_CHAU))

    assert reporter.figure("meetings_expected", **FIRST_HALF) == (8, 8, 8)
    rows = reporter.ask("meetings_expected", by="province,month", start="2026-04-01", end="2026-05-31")
    assert [(row["province"], row["period"], row["value"]) for row in rows] == [
        ("08", "2026-04", 1),
        ("08", "2026-05", 1),
        ("12", "2026-04", 1),
        ("12", "2026-05", 1),
    ]


def test_a_charter_says_how_often_and_on_which_day(reporter: Reporter):
    reporter.hears(
        club_founded("a", on="2025-12-15"),
        charter("a", on="2025-12-20", meetings={"times": 2, "months": 3}),
        club_founded("b", on="2025-12-15"),
        charter("b", on="2025-12-20", meeting_day=17),
    )

    by_club = reporter.ask("meetings_expected", by="club", start="2026-01-01", end="2026-06-16")

    assert [(row["club"], row["value"]) for row in by_club] == [("a", 2), ("b", 5)]


def test_a_share_says_how_many_of_them_were_held_and_how_many_told_of(reporter: Reporter):
    reporter.hears(
        club_founded("a", on="2025-12-15"),
        meeting_held("a", on="2026-01-21"),
        meeting_held("a", on="2026-02-21"),
        meeting_held("a", on="2026-02-27"),  # One more than expected is one more meeting, no more.
        cancelled("a", on="2026-03-21"),
    )

    def share(code: str, end: str) -> tuple[float, int, int, int]:
        [row] = reporter.ask(code, start="2026-01-01", end=end)
        low, high = row["numerator"]["low"], row["numerator"]["high"]
        return row["value"], low, high, row["denominator"]["value"]

    assert share("meetings_held_share", "2026-04-30") == (50.0, 2, 2, 4)
    assert share("meetings_received_share", "2026-04-30") == (75.0, 3, 3, 4)
    # The meeting of June may still be told of: it was due today.
    assert share("meetings_received_share", "2026-06-30") == (50.0, 3, 4, 6)


def test_what_was_told_of_counts_as_of_what_was_known(reporter: Reporter):
    meeting = meeting_held("a", on="2026-03-21")
    reporter.hears(club_founded("a", on="2025-12-15"), meeting, withdrawn(meeting))

    def held(known_at: str) -> int:
        march = {"start": "2026-03-01", "end": "2026-03-31"}
        return reporter.figure("meetings_held_as_expected", known_at=known_at, **march)[0]

    assert [held(position) for position in ("1", "2", "3")] == [0, 1, 0]


def test_a_meeting_of_an_uncertain_month_may_be_any_of_them(reporter: Reporter):
    reporter.hears(club_founded("a", on="2025-12-15"), meeting_held("a", on="2026"))

    assert reporter.figure("meetings_held_as_expected", start="2026-01-01", end="2026-03-31") == (0, 0, 3)


def test_nothing_is_expected_of_a_club_that_ended_or_was_none(reporter: Reporter):
    founding = club_founded("b", on="2025-12-15")
    reporter.hears(
        club_founded("a", on="2025-12-15"), dissolved("a", on="2026-03-15"), founding, withdrawn(founding)
    )

    assert reporter.figure("meetings_expected", **FIRST_HALF) == (2, 2, 2)
    assert reporter.figure("meetings_expected", scope="province:12", **FIRST_HALF) == (0, 0, 0)
    assert reporter.figure("meetings_expected", scope="club:a", **FIRST_HALF) == (2, 2, 2)


def test_a_club_registered_twice_is_expected_to_meet_once(reporter: Reporter):
    reporter.hears(
        club_founded("club-a", on="2025-12-15"),
        club_founded("club-b", on="2025-12-15"),
        meeting_held("club-b", on="2026-03-21"),
        merged("club-b", into="club-a"),
    )

    march = {"start": "2026-03-01", "end": "2026-03-31"}
    assert reporter.figure("meetings_expected", **march) == (1, 1, 1)
    assert reporter.figure("meetings_held_as_expected", **march) == (1, 1, 1)
    assert reporter.figure("meetings_expected", known_at="3", **march) == (2, 2, 2)


def test_a_club_known_by_its_merged_province_is_expected_somewhere_on_the_old_map(reporter: Reporter):
    founding = club_founded("a", on="2026-05-15")
    reporter.hears(founding)

    def old(province: str) -> tuple[int, int, int | None]:
        return reporter.figure("meetings_expected", scheme="63", scope=f"province:{province}", **FIRST_HALF)

    assert (old("02"), old("08")) == ((0, 0, 1), (0, 0, 1))

    reporter.hears(corrected(founding, place={"list": "pre-2025", "province": "02"}))

    assert (old("02"), old("08")) == ((1, 1, 1), (0, 0, 0))


@settings(max_examples=40)
@forall(lives())
def test_figures_say_what_completeness_says_of_each_club(sent: list[dict[str, Any]]):
    reporter = Reporter(
        create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    )
    reporter.tries(*sent)
    first, last = date(2026, 1, 1), date(2026, 6, 30)
    counted = dict.fromkeys(State, 0)

    with snapshot(reporter.database).connect() as connection:
        clocks = reporter.clocks(connection)
        for club in clubs_like(connection, clocks.position, "", None, "", 100)[0]:
            found = of_club(connection, clocks, club["id"], first, last)
            for one in found.became(last) if found else ():
                counted[one.state] += 1

    maybe = counted[State.DUE] + counted[State.PERHAPS]
    received = sum(counted[state] for state in RECEIVED)
    held = counted[State.HELD] + counted[State.LATE]
    assert reporter.figure("meetings_expected", **FIRST_HALF)[0] == sum(counted.values())
    assert reporter.figure("meetings_received", **FIRST_HALF) == (received, received, received + maybe)
    assert reporter.figure("meetings_held_as_expected", **FIRST_HALF) == (held, held, held + maybe)
