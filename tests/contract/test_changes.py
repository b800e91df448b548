"""Why a figure changed: what each report changed adds up exactly to the difference, whatever was reported."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import StaticPool

from services.reporting import changes as way
from services.reporting.changes import Amounts, changes
from services.reporting.diff import between
from services.reporting.figures import figures
from services.reporting.indicators import INDICATORS
from services.reporting.question import Question
from shared.database import snapshot
from tests.builders import (
    TUYEN_QUANG,
    club_founded,
    envelope,
    meeting_held,
    members_counted,
    of_club,
    training_held,
    withdrawn,
)
from tests.contract.test_club_lives import NAMES, THAI_BINH_BEFORE, VI_XUYEN, VI_XUYEN_BEFORE, lives
from tests.reporter import Reporter

SCOPES = {
    "34": ("nation", "province:08", "province:12", "commune:00913", "club:bbb"),
    "63": ("nation", "province:08", "province:02", "commune:00913", "club:bbb"),
    "as-recorded": ("nation", "province:2025-07:08", "province:pre-2025:02", "commune:02494", "club:aaa"),
}
DAYS = ((date(2026, 1, 1), date(2026, 3, 31)), (date.min, date(2026, 6, 30)), (date.min, date(2028, 3, 1)))
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
                        envelope("club.dissolved", name, {"occurred_on": day}),
                    ]
                )
            )
        )
        if draw(st.integers(0, 3)) == 0:
            sent.append(withdrawn(draw(st.sampled_from(sent))))
    return sent


def holds(connection: Connection, question: Question, since: int) -> None:
    """What was, and all changes, are what is; each stands where a report was heard."""
    found = changes(connection, question, since)
    before, after = (
        figures(connection, replace(question, by=("nation",), position=at))[1]
        for at in (since, question.position)
    )
    assert found.before.is_the(before)
    assert found.after.is_the(after)
    assert all(since < position <= question.position for position in found.by_position)


@settings(max_examples=15)
@forall(histories(), st.data())
def test_what_was_and_all_changes_are_what_is(sent: list[dict], data: st.DataObject):
    reporter = Reporter(
        create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    )
    reporter.tries(*sent)
    head = reporter.given.log.head().position
    since = data.draw(st.integers(0, head))

    with snapshot(reporter.database).connect() as connection:
        for scheme, scopes in SCOPES.items():
            scope, (start, end) = data.draw(st.sampled_from(scopes)), data.draw(st.sampled_from(DAYS))
            for indicator in INDICATORS.values():
                holds(connection, Question(indicator, ("nation",), start, end, scope, scheme, head), since)


@settings(max_examples=15)
@forall(histories(), st.data())
def test_every_change_has_a_cause_and_the_days_that_passed_are_apart(sent: list[dict], data: st.DataObject):
    reporter = Reporter(
        create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    )
    reporter.tries(*sent)
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
            assert found.before.is_the(figures(connection, before)[1])
            assert found.after.is_the(figures(connection, asked)[1])
            totals = [amounts for _, amounts in found.kinds().values()]
            assert sum(totals, start=found.before) == found.after


@settings(max_examples=15)
@forall(histories())
def test_the_figures_of_today_are_followed_without_searching(sent: list[dict]):
    reporter = Reporter(
        create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    )
    reporter.tries(*sent)
    head = reporter.given.log.head().position

    with snapshot(reporter.database).connect() as connection:
        for scheme, scopes in SCOPES.items():
            for indicator in ("clubs", "members", "communes_with_club", "new_clubs", "health_check_turns"):
                for scope in scopes:
                    asked = Question(INDICATORS[indicator], (), *DAYS[0], scope, scheme, head)
                    found = way._from_effects(connection, asked, head // 2)
                    assert found.after.is_the(figures(connection, replace(asked, by=("nation",)))[1])


def test_an_indicator_that_is_no_sum_is_searched_by_halves(reporter: Reporter):
    reporter.hears(
        club_founded("club-a", place=VI_XUYEN),
        club_founded("club-b", place=VI_XUYEN),
        club_founded("club-c", place=TUYEN_QUANG | {"commune": "02212"}),
    )
    asked = Question(INDICATORS["communes_with_club"], (), *DAYS[1], "nation", "34", 3)

    with snapshot(reporter.database).connect() as connection:
        searched, followed = way._by_halves(connection, asked, 0), changes(connection, asked, 0)

    assert searched == followed
    assert followed.by_position == {1: Amounts(1, 1, 1, 0, 1), 3: Amounts(1, 1, 1, 0, 1)}


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
                for indicator in INDICATORS.values():
                    holds(connection, Question(indicator, (), *DAYS[0], scope, scheme, 9), 3)


def test_as_recorded_an_old_commune_and_a_new_one_of_the_same_code_are_two(reporter: Reporter):
    reporter.hears(club_founded("old", place=VI_XUYEN_BEFORE), club_founded("new", place=VI_XUYEN))
    asked = Question(INDICATORS["communes_with_club"], ("nation",), *DAYS[1], "nation", "as-recorded", 2)

    with snapshot(reporter.database).connect() as connection:
        assert way._from_effects(connection, asked, 0).after.is_the(figures(connection, asked)[1])
