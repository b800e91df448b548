"""The law of speed: blocks summed once and answers remembered change no figure, at any position, day and place."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, create_engine, func, select
from sqlalchemy.pool import StaticPool

from services.reporting.bearing import bearing, bearing_history
from services.reporting.blocks import Sizes
from services.reporting.figures import figures
from services.reporting.how_complete import by_province
from services.reporting.indicators import INDICATORS, by_periods
from services.reporting.memory import Memory
from services.reporting.projections import ReportingFollower
from services.reporting.question import Question
from services.reporting.rebuilding import rebuild
from services.reporting.tables import day_sums, metadata
from shared.catch_up import catch_up, parked_count, replay
from shared.database import snapshot
from shared.log import Log
from shared.report import Recorded
from tests.builders import (
    LAI_CHAU,
    TUYEN_QUANG,
    club_founded,
    corrected,
    dissolved,
    meeting_held,
    members_counted,
    merged,
    of_club,
    withdrawn,
)
from tests.given import Given, given

NAMES = ("aaa", "bbb", "ccc")
PLACES = (TUYEN_QUANG, LAI_CHAU, {"list": "pre-2025", "province": "02", "commune": "00913"})
TINY = Sizes(3, 12)
NEVER = Sizes(10**6, 10**7)
FLOWS = (
    "meetings",
    "new_clubs",
    "fund_received_vnd",
    "home_care_visits",
    "meetings_expected",
    "meetings_received",
    "meetings_received_share",
    "meetings_held_share",
    "existing_clubs_kept",
    "new_members",
)
STOCKS = ("clubs", "members", "fund_vnd", "communes_with_club", "active_clubs", "volunteers", "women_share")
MAPS = (
    ("nation", "34"),
    ("province:08", "34"),
    ("province:02", "63"),
    ("province:pre-2025:02", "as-recorded"),
    ("commune:00913", "34"),
    ("club:aaa", "34"),
)
DIMENSIONS = ((), ("province",), ("commune",), ("club",), ("month",), ("province", "quarter"))


@st.composite
def days(draw: st.DrawFn) -> str:
    """A day, a month, a year, or not later than a day."""
    day = f"2026-{draw(st.integers(1, 6)):02}-{draw(st.integers(1, 28)):02}"
    return draw(st.sampled_from([day, day, day[:7], "2025", f"../{day}"]))


@st.composite
def reports(draw: st.DrawFn) -> list[dict]:
    """Reports about three clubs, days known to the day or not, and amendments of them."""
    sent = [club_founded(name, on=draw(days()), place=draw(st.sampled_from(PLACES))) for name in NAMES]
    for _ in range(draw(st.integers(8, 40))):
        name, other = draw(st.permutations(NAMES))[:2]
        on, day = draw(days()), f"2026-{draw(st.integers(1, 6)):02}-{draw(st.integers(1, 28)):02}"
        money = {"fund": "income", "occurred_on": on}
        target = draw(st.sampled_from(sent))
        sent.append(
            draw(
                st.sampled_from(
                    [
                        meeting_held(name, on=on),
                        meeting_held(name, on=day),
                        of_club("charter.adopted", name, occurred_on=day, meetings={"times": 2, "months": 1}),
                        of_club("club.launched", name, occurred_on=day),
                        members_counted(name, on=day, women=draw(st.integers(9, 80)), men=5),
                        members_counted(name, on=on, total={"more_than": draw(st.integers(9, 80))}),
                        of_club("fund.received", name, source="project", amount_vnd={"about": 100}, **money),
                        of_club("fund.spent", name, purpose="gift", amount_vnd=30, **money),
                        of_club("care.reported", name, period=day[:7], volunteers=3, cared_for=2, visits=5),
                        of_club("club.moved", name, occurred_on=day, place=draw(st.sampled_from(PLACES))),
                        dissolved(name, on=day),
                        merged(name, into=other, on=day),
                        withdrawn(target),
                        amended(target, day),
                    ]
                )
            )
        )
    return sent


class Counted:
    """The histories of a log, and how often they were asked for."""

    def __init__(self, given: Given) -> None:
        self._log, self.asked = given.log, 0
        self.events = given.log.read(0, 10_000)

    def history(self, *asked: Any) -> list[Recorded]:
        self.asked += 1
        return self._log.history(*asked)


def amended(target: dict, day: str) -> dict:
    return corrected(target, occurred_on=day) if "occurred_on" in target["data"] else withdrawn(target)


@st.composite
def asked(draw: st.DrawFn, head: int) -> Question:
    code = draw(st.sampled_from(FLOWS + STOCKS))
    scope, scheme = draw(st.sampled_from(MAPS))
    start, end = sorted(draw(st.tuples(*[st.dates(date(2025, 12, 1), date(2026, 7, 1))] * 2)))
    whole = draw(st.sampled_from([True, False, False]))
    split = [one for one in DIMENSIONS if by_periods(INDICATORS[code]) or not {"month", "quarter"} & {*one}]
    return Question(
        INDICATORS[code],
        draw(st.sampled_from(split)),
        date(2025, 1, 1) if whole else start,
        date(2026, 5, 31) if whole else end,
        scope,
        scheme,
        draw(st.sampled_from([head, head - 1, draw(st.integers(1, head))])),
    )


@settings(max_examples=20, deadline=None)
@forall(reports(), st.data())
def test_blocks_and_memory_change_no_figure(sent: list[dict], data: st.DataObject):
    log = let_in(sent)
    plain, fast, memory = reader(log, NEVER), reader(log, TINY), Memory()
    head = log.head().position
    questions = data.draw(st.lists(asked(head), min_size=5, max_size=12))
    positions = data.draw(st.lists(st.integers(1, head), min_size=2, max_size=6))

    for position in (
        *positions,
        *range(max(1, head - 4), head + 1),
    ):  # Now and then; then one event after the other.
        for question in questions:
            then = replace(question, position=position)
            assert told(fast, then, memory) == told(plain, then), then

    assert blocks(fast) > 0 == blocks(plain)


@settings(max_examples=15, deadline=None)
@forall(reports(), st.data())
def test_what_became_of_meetings_is_carried_on_report_by_report(sent: list[dict], data: st.DataObject):
    log = let_in(sent)
    plain, fast, memory = reader(log, NEVER), reader(log, TINY), Memory()
    head = log.head().position
    month = data.draw(st.integers(1, 6))
    days = date(2026, month, 1), date(2026, month, 28)

    for position in (data.draw(st.integers(1, head)), *range(max(1, head - 6), head + 1)):
        with snapshot(fast).connect() as connection, snapshot(plain).connect() as other:
            assert by_province(memory.serves(connection), position, *days) == by_province(
                other, position, *days
            )


@settings(max_examples=20, deadline=None)
@forall(reports(), st.data())
def test_what_is_told_late_is_in_every_figure_once_it_is_told(sent: list[dict], data: st.DataObject):
    log = let_in([one for one in sent if one["type"] != "club.merged"])
    head = log.head().position
    fast, memory = database(), Memory()
    stumbling = Stumbling(fast, log, TINY)
    stumbling.over = data.draw(st.integers(1, head))
    catch_up(log, stumbling, limit=5)
    questions = data.draw(st.lists(asked(head), min_size=5, max_size=20))
    for question in questions:
        told(fast, question, memory)
    stumbling.over = 0

    assert parked_count(stumbling) > 0 == replay(log, stumbling)

    plain = reader(log, NEVER)
    for question in questions:
        assert told(fast, question, memory) == told(plain, question), question


@settings(max_examples=40, deadline=None)
@forall(reports())
def test_what_is_not_read_again_bears_on_nothing(sent: list[dict]):
    log = let_in(sent)

    for event in log.read(0, 10_000):
        whole = [one for one in log.history(event.subject) if one.position <= event.position]
        assert bearing_history(log, event) == bearing(whole)


def test_a_correction_reads_once_however_many_there_were_and_that_of_a_correction_twice():
    meetings = [meeting_held("aaa", on=f"2026-02-{day:02}") for day in range(1, 9)]
    first = [corrected(one, occurred_on="2026-03-01") for one in meetings]
    log = Counted(
        given(club_founded("aaa"), *meetings, *first, corrected(first[-1], occurred_on="2026-03-02"))
    )

    read = {}
    for event in log.events[-2:]:
        log.asked = 0
        bearing_history(log, event)
        read[event.position] = log.asked

    assert list(read.values()) == [1, 2]


@pytest.mark.parametrize(
    ("start", "end", "met"),
    [("03-01", "04-30", 4), ("03-15", "04-30", 3), ("03-15", "04-05", 2), ("03-22", "04-01", 0)],
)
def test_days_within_a_month_are_told_apart_although_blocks_know_months(start: str, end: str, met: int):
    met_on = [meeting_held("aaa", on=f"2026-{day}") for day in ("03-02", "03-21", "04-02", "04-20")]
    fast = reader(let_in([club_founded("aaa"), *met_on, members_counted("aaa")]), TINY)
    between = (date.fromisoformat(f"2026-{start}"), date.fromisoformat(f"2026-{end}"))

    assert told(fast, Question(INDICATORS["meetings"], (), *between, "nation", "34", 6))[-1]["value"] == met


def test_read_models_made_anew_are_asked_anew():
    two, one = (
        let_in([club_founded("aaa"), club_founded("bbb")]),
        let_in([club_founded("aaa"), meeting_held("aaa")]),
    )
    fast, memory = reader(two, TINY), Memory()
    clubs = Question(INDICATORS["clubs"], (), date.min, date(2026, 6, 30), "nation", "34", 2)
    before = told(fast, clubs, memory)

    rebuild(one, ReportingFollower(fast, one, TINY))

    assert (before[-1]["value"], told(fast, clubs, memory)[-1]["value"]) == (2, 1)


class Stumbling(ReportingFollower):
    """Cannot digest one position until it is mended."""

    over = 0

    def apply(self, transaction: Connection, events: Sequence[Recorded]) -> None:
        if any(event.position == self.over for event in events):
            raise ValueError("cannot digest this")
        super().apply(transaction, events)


def let_in(sent: Sequence[dict]) -> Log:
    """A log of what the registry lets in."""
    door = Given(())
    for one in sent:
        door.judge_one(one, store=True)
    return door.log


def database() -> Engine:
    made = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    metadata.create_all(made)
    return made


def reader(log: Log, sizes: Sizes) -> Engine:
    """The read models of a log, with blocks of these sizes."""
    follower = ReportingFollower(database(), log, sizes)
    catch_up(log, follower, limit=5)
    assert parked_count(follower) == 0
    return follower.engine


def told(database: Engine, question: Question, memory: Memory | None = None) -> list[dict]:
    """The answer as it is sent: its rows, and the total last."""
    with snapshot(database).connect() as connection:
        rows, total = figures(memory.serves(connection) if memory else connection, question)
    return [*(row.as_json() for row in rows), total.as_json()]


def blocks(database: Engine) -> int:
    with snapshot(database).connect() as connection:
        return connection.scalar(select(func.count()).select_from(day_sums))
