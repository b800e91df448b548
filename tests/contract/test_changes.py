"""Why a figure changed: what each report changed adds up exactly to the difference, whatever was reported."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import StaticPool

from services.reporting.amounts import NONE, Amounts
from services.reporting.changes import changes
from services.reporting.diff import between
from services.reporting.figures import figures
from services.reporting.indicators import INDICATORS, MEASURES, ShareOf
from services.reporting.question import Question
from shared.calendar import Meetings
from shared.database import snapshot
from tests.builders import (
    TUYEN_QUANG,
    club_founded,
    envelope,
    meeting_held,
    members_counted,
    merged,
    of_club,
    training_held,
    withdrawn,
)
from tests.lives import NAMES, VI_XUYEN, VI_XUYEN_BEFORE, lives
from tests.reporter import Reporter

SCOPES = {
    "34": ("nation", "province:08", "province:12", "commune:00913", "club:bbb"),
    "63": ("nation", "province:08", "province:02", "district:070", "commune:00913", "club:bbb"),
    "as-recorded": ("nation", "province:2025-07:08", "province:pre-2025:02", "commune:02494", "club:aaa"),
}
ONE = Amounts(1, 1, 1, 0, 1)
DAYS = ((date(2026, 1, 1), date(2026, 3, 31)), (date.min, date(2026, 6, 30)), (date.min, date(2028, 3, 1)))
THAI_BINH_BEFORE = {"list": "pre-2025", "province": "08", "commune": "02494"}  # Split in 2025.
# Of a share, its two numbers.
SUMS = [one for one in MEASURES.values() if not isinstance(one.counted, ShareOf)]
PLACES = (THAI_BINH_BEFORE, VI_XUYEN_BEFORE, VI_XUYEN, TUYEN_QUANG, {"list": "pre-2025", "province": "02"})


@pytest.fixture
def reporter(database: Engine) -> Reporter:
    return Reporter(database)


@st.composite
def histories(draw: st.DrawFn) -> list[dict]:
    """The lives of clubs, in more places, with coarse days and counts that have only one edge."""
    sent = draw(lives())
    for _ in range(draw(st.integers(1, 6))):
        name, place = draw(st.sampled_from(NAMES)), draw(st.sampled_from(PLACES))
        month = f"2026-{draw(st.integers(1, 6)):02}"
        day = draw(st.sampled_from([month, "2026", f"../{month}-10", f"{month}-05"]))
        count = draw(st.sampled_from([{"more_than": 40}, {"about": 50}, {"less_than": 60}, 54]))
        sent.append(
            draw(
                st.sampled_from(
                    [
                        club_founded(f"{name}-{month}", on=day, place=place, members={"total": count}),
                        members_counted(name, on=day, total=count),
                        meeting_held(name, on=day),
                        training_held(f"training-{month}", on=day, place=place, delegates={"total": count}),
                        of_club("health.checked", name, occurred_on=day, examined=count),
                        of_club("place.resolved", name, place=VI_XUYEN, how="manual", by="province"),
                        of_club("club.moved", name, occurred_on=f"{month}-15", place=place),
                        of_club("charter.adopted", name, occurred_on=day, meetings={"times": 1, "months": 2}),
                        of_club("charter.adopted", name, occurred_on=day, meeting_day=17),
                        of_club("club.launched", name, occurred_on=day),
                        of_club("meeting.cancelled", name, planned_on=day, reason="mưa lũ"),
                        envelope("club.dissolved", name, {"occurred_on": day}),
                    ]
                )
            )
        )
        if draw(st.integers(0, 3)) == 0:
            sent.append(withdrawn(draw(st.sampled_from(sent))))
    return sent


def follows(connection: Connection, question: Question, since: int) -> None:
    """At every position on the way, what was and the changes up to there are the figure known then."""
    found = changes(connection, question, since)
    amounts = found.before
    for position in range(since, question.position + 1):
        amounts += found.by_position.get(position, NONE)
        asked = replace(question, by=("nation",), position=position)
        told = figures(connection, asked)[1]
        assert (amounts.range, amounts.certain) == (told.range, told.certain), asked
    assert found.after == amounts
    assert all(found.by_position.values())


def heard_of(sent: list[dict], days: list[int]) -> Reporter:
    """The reports, some days after each other."""
    reporter = Reporter(
        create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    )
    for one, passed in zip(sent, days, strict=False):
        reporter.given.now += timedelta(days=passed)
        reporter.tries(one)
    return reporter


def days_between() -> st.SearchStrategy[list[int]]:
    return st.lists(st.sampled_from([0, 0, 1, 4]), min_size=30, max_size=30)


@settings(max_examples=12)
@forall(histories(), days_between(), st.data())
def test_every_change_is_the_figure_then_less_the_figure_before(
    sent: list[dict], days: list[int], data: st.DataObject
):
    reporter = heard_of(sent, days)
    head = reporter.given.log.head().position
    since = data.draw(st.integers(0, head))
    meetings = [one for one in SUMS if isinstance(one.counted, Meetings)]

    with snapshot(reporter.database).connect() as connection:
        for scheme, scopes in SCOPES.items():
            scope, (start, end) = data.draw(st.sampled_from(scopes)), data.draw(st.sampled_from(DAYS))
            for indicator in (*data.draw(st.lists(st.sampled_from(SUMS), max_size=9)), *meetings):
                follows(connection, Question(indicator, (), start, end, scope, scheme, head), since)


@settings(max_examples=8)
@forall(histories(), days_between(), st.data())
def test_every_change_has_a_cause_and_the_days_that_passed_are_apart(
    sent: list[dict], days: list[int], data: st.DataObject
):
    reporter = heard_of(sent, days)
    log = reporter.given.log
    since = data.draw(st.integers(0, log.head().position))
    earlier, later = data.draw(
        st.sampled_from([(date(2026, 2, 10), date(2026, 5, 20)), (date(2026, 5, 20),) * 2])
    )

    with snapshot(reporter.database).connect() as connection:
        known = reporter.clocks(connection, str(since)), reporter.clocks(connection)
        for indicator in INDICATORS.values():
            asked = Question(indicator, ("nation",), date.min, later, "nation", "34", known[1].position)
            found = between(connection, log, asked, known, earlier)
            before = replace(asked, end=earlier, position=since)
            assert found.before == figures(connection, before)[1]
            assert found.after == figures(connection, asked)[1]
            for account in filter(None, (found.account, found.of)):
                totals = [amounts for _, amounts in account.kinds().values()]
                assert sum(totals, start=account.before) == account.after


def test_both_databases_follow_every_indicator_on_every_map(reporter: Reporter):
    founded = club_founded(
        "aaa", on="../2026-01-10", place=THAI_BINH_BEFORE, members={"total": {"about": 50}}
    )
    reporter.hears(
        founded,
        club_founded("bbb", on="2026-02", place=VI_XUYEN_BEFORE),
        meeting_held("aaa", on="2026-03"),
        members_counted("bbb", on="2026-03-01", total={"less_than": 60}),
        of_club(
            "fund.received", "bbb", occurred_on="2026-03", fund="income", source="members", amount_vnd=100
        ),
        of_club("fund.spent", "bbb", occurred_on="2026", fund="income", purpose="gift", amount_vnd=30),
        training_held(on="2026-03-30", delegates={"total": {"more_than": 40}}),
        of_club("club.moved", "bbb", occurred_on="2026-03-15", place=TUYEN_QUANG),
        withdrawn(founded),
    )

    with snapshot(reporter.database).connect() as connection:
        for scheme, scopes in SCOPES.items():
            for scope in scopes:
                for indicator in SUMS:
                    follows(connection, Question(indicator, (), *DAYS[0], scope, scheme, 9), 7)


def test_as_recorded_an_old_commune_and_a_new_one_of_the_same_code_are_two(reporter: Reporter):
    reporter.hears(club_founded("old", place=VI_XUYEN_BEFORE), club_founded("new", place=VI_XUYEN))
    asked = Question(INDICATORS["communes_with_club"], ("nation",), *DAYS[1], "nation", "as-recorded", 2)

    with snapshot(reporter.database).connect() as connection:
        assert changes(connection, asked, 0).by_position == {1: ONE, 2: ONE}


def test_two_reports_that_cancel_each_other_out_are_both_found(reporter: Reporter):
    met = meeting_held("aaa", on="2026-03-21")
    reporter.hears(club_founded("aaa"), club_founded("bbb"), met, withdrawn(met))

    with snapshot(reporter.database).connect() as connection:
        for code in ("active_clubs", "meetings_held_as_expected"):
            asked = Question(INDICATORS[code], (), *DAYS[0], "nation", "34", 4)
            found = changes(connection, asked, 2).by_position
            assert [found[position].value for position in (3, 4)] == [1, -1]


def test_the_first_report_of_a_day_ends_the_waiting_for_meetings_due_long_before(reporter: Reporter):
    reporter.hears(club_founded("aaa", on="2026-05-15"), club_founded("bbb", on="2026-05-15"))
    reporter.given.now += timedelta(days=11)  # The meetings of June were due on the 30th.
    reporter.hears(training_held())

    asked = Question(
        INDICATORS["meetings_received"], (), date(2026, 6, 1), date(2026, 6, 30), "nation", "34", 3
    )
    with snapshot(reporter.database).connect() as connection:
        assert changes(connection, asked, 2).by_position == {3: Amounts(high=-2)}


def test_a_meeting_reported_under_another_name_is_as_old_as_its_first_report(reporter: Reporter):
    founded = [club_founded(name, on="2025-12-15") for name in ("aaa", "bbb")]
    twice_a_year = of_club(
        "charter.adopted", "aaa", occurred_on="2025-12-20", meetings={"times": 1, "months": 6}
    )
    same = merged("bbb", into="aaa")
    reporter.given.now -= timedelta(days=10)
    reporter.hears(
        *founded, twice_a_year, meeting_held("bbb", on="2026")
    )  # By the 20th, so in the first half.
    reporter.given.now += timedelta(days=20)
    reporter.hears(same, withdrawn(same))

    asked = Question(
        INDICATORS["meetings_received"], (), date(2026, 1, 1), date(2026, 6, 30), "nation", "34", 6
    )
    with snapshot(reporter.database).connect() as connection:
        follows(connection, asked, 3)
        assert changes(connection, asked, 4).by_position[5].value == 1
