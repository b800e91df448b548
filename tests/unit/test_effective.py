"""Which version of a report counts."""

from typing import Any

from hypothesis import assume, settings
from hypothesis import given as forall
from hypothesis import strategies as st

from shared.effective import Standing, effective, standings
from shared.report import Recorded
from tests.builders import club_founded, corrected, meeting_held, members_counted, withdrawn
from tests.given import let_in, recorded


def counting(*sent: dict[str, Any]) -> list[tuple[str, dict]]:
    """(id, data) of the reports that count, as their valid version tells them."""
    found = effective(recorded(*sent))
    return [
        (report.original.identity.id, report.event.model_dump(mode="json", exclude_unset=True, by_alias=True))
        for report in found
        if report.counts
    ]


def test_the_last_correction_counts():
    founding, meeting = club_founded(), meeting_held(weighed=40)
    first, second = corrected(meeting, weighed=41), corrected(meeting, weighed=42)

    assert dict(counting(founding, meeting, first, second))[meeting["id"]]["weighed"] == 42


def test_withdrawing_a_correction_restores_the_version_before():
    founding, meeting = club_founded(), meeting_held(weighed=40)
    first = corrected(meeting, weighed=41)
    second = corrected(first, weighed=42)

    assert dict(counting(founding, meeting, first, second, withdrawn(second)))[meeting["id"]]["weighed"] == 41
    assert counting(founding, meeting, first, withdrawn(first)) == counting(founding, meeting)


def test_a_withdrawn_report_does_not_count_whatever_its_corrections_say():
    founding, meeting = club_founded(), meeting_held()

    gone = counting(founding, meeting, corrected(meeting, weighed=1), withdrawn(meeting))

    assert [id for id, _ in gone] == [founding["id"]]


def test_withdrawing_a_withdrawal_restores_the_report():
    founding, meeting = club_founded(), meeting_held()
    gone = withdrawn(meeting)

    assert counting(founding, meeting, gone, withdrawn(gone)) == counting(founding, meeting)


def test_a_withdrawn_founding_suspends_what_stood_on_it():
    founding, meeting = club_founded(), meeting_held()
    gone = withdrawn(founding)

    assert standings(recorded(founding, meeting, gone)) == {
        1: Standing.WITHDRAWN,
        2: Standing.SUSPENDED,
        3: Standing.COUNTS,
    }
    assert counting(founding, meeting, gone, withdrawn(gone)) == counting(founding, meeting)


def test_a_founding_dated_later_suspends_what_came_before_it():
    founding, meeting, count = club_founded(on="2026-01-15"), meeting_held(on="2026-02-01"), members_counted()
    later = corrected(founding, occurred_on="2026-02-15")

    assert standings(recorded(founding, meeting, count, later)) == {
        1: Standing.REPLACED,
        2: Standing.SUSPENDED,
        3: Standing.COUNTS,
        4: Standing.COUNTS,
    }


def test_a_second_founding_gives_ground_until_the_first_is_restored():
    first, second = club_founded(id="first"), club_founded(id="second", on="2026-02-02")
    gone = withdrawn(first)
    history = [first, gone, second]

    assert [id for id, _ in counting(*history)] == ["second"]
    assert standings(recorded(*history, withdrawn(gone)))[3] is Standing.SUSPENDED


def versions_that_count(events: list[Recorded]) -> list[tuple[int, int]]:
    return [
        (report.original.position, report.version.position) for report in effective(events) if report.counts
    ]


# --- laws -----------------------------------------------------------------------------------------------------


@st.composite
def amended_histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A founding, some meetings, and any sequence of corrections and withdrawals of anything before them."""
    founding = club_founded(on="2026-01-15")
    sent = [founding, *(meeting_held(on=f"2026-0{month}-10") for month in range(2, draw(st.integers(2, 5))))]
    for _ in range(draw(st.integers(0, 8))):
        target = draw(st.sampled_from(sent))
        kind = draw(st.sampled_from(["withdraw", "correct"]))
        if kind == "withdraw" or target["type"] == "report.withdrawn":
            sent.append(withdrawn(target))
        elif "name" in (target["data"].get("data") or target["data"]):
            sent.append(corrected(target, occurred_on=draw(st.sampled_from(["2026-01-20", "2026-02-15"]))))
        else:
            sent.append(corrected(target, weighed=draw(st.integers(0, 60))))
    return sent


@settings(max_examples=150)
@forall(amended_histories())
def test_withdrawing_the_last_amendment_undoes_it(sent: list[dict[str, Any]]):
    events = let_in(sent)
    amendments = [one for one in sent if one["type"] in ("report.corrected", "report.withdrawn")]
    assume(amendments and events[-1].identity.id == amendments[-1]["id"])

    undone = let_in([*sent, withdrawn(amendments[-1])])

    assert versions_that_count(undone) == versions_that_count(events[:-1])


@settings(max_examples=150)
@forall(amended_histories())
def test_every_event_has_one_standing_and_one_version_of_each_report_counts(sent: list[dict[str, Any]]):
    events = let_in(sent)
    worth = standings(events)

    assert worth.keys() == {event.position for event in events}
    for report in effective(events):
        if report.counts:
            assert worth[report.version.position] is Standing.COUNTS
