"""Which meetings were expected, and what became of them: not held, not received and late are told apart."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given as forall
from hypothesis import strategies as st

from shared.calendar import (
    GRACE,
    SHARED,
    Devices,
    Expectation,
    Life,
    State,
    Told,
    became,
    devices_of,
    expectations,
)
from shared.events import CharterAdopted
from shared.values import when

MARCH = Expectation(date(2026, 3, 1), date(2026, 3, 31), date(2026, 3, 21), 1)
LATER = date(2026, 6, 30)
NOBODY = Devices()


def life(founded: str = "2026-01-15", **more: Any) -> Life:
    days = {name: when(more[name]) for name in ("launched", "ended") if name in more}
    return Life(when(founded), **days, charters=more.get("charters", ()))


def charter(on: str, meeting_day: int | None = None, times: int = 1, months: int = 1) -> CharterAdopted:
    rhythm = {"times": times, "months": months}
    return CharterAdopted.model_validate({"occurred_on": on, "meeting_day": meeting_day, "meetings": rhythm})


def due(one: Life, first: str = "2026-01-01", last: str = "2026-06-30") -> list[str]:
    return [
        str(found.due) for found in expectations(one, date.fromisoformat(first), date.fromisoformat(last))
    ]


def meeting(on: str, recorded: str | None = "2026-03-22", held: bool = True) -> Told:
    day = when(on)
    moment = datetime.fromisoformat(f"{recorded}T03:00:00+00:00") if recorded else None
    return Told(day.first, day.last, held, 7, moment)


def cancelled(on: str) -> Told:
    return meeting(on, held=False)


def heard(*days: str) -> Devices:
    return Devices({f"/devices/{day}": datetime.fromisoformat(f"{day}T03:00:00+00:00") for day in days})


def states(*told: Told, of: Expectation = MARCH, devices: Devices = NOBODY, on: date = LATER) -> list[State]:
    return [one.state for one in became(of, told, devices, on)]


def test_a_meeting_is_expected_from_the_month_after_the_founding():
    assert due(life("2026-01-15"), last="2026-04-15") == ["2026-02-28", "2026-03-31"]


def test_where_there_was_a_ceremony_meetings_are_expected_after_it():
    assert due(life("2026-01-15", launched="2026-03-02")) == ["2026-04-30", "2026-05-31", "2026-06-30"]


def test_a_founding_known_to_the_year_makes_no_month_of_it_expected():
    assert due(life("2025"))[0] == "2026-01-31"
    assert due(life("2026")) == []
    assert due(life("../2026-03-10"))[0] == "2026-04-30"


def test_nothing_is_expected_of_a_club_that_may_have_ended():
    assert due(life(ended="2026-05-01")) == ["2026-02-28", "2026-03-31", "2026-04-30"]
    assert due(life(ended="2026-04", charters=[charter("2026-01-20", 9)])) == ["2026-02-09", "2026-03-09"]


def test_a_charters_day_is_due_or_the_last_of_a_shorter_month():
    assert due(life(charters=[charter("2026-01-20", 31)]))[:3] == ["2026-02-28", "2026-03-31", "2026-04-30"]
    assert due(life(charters=[charter("2026-01-20", 21)]))[:2] == ["2026-02-21", "2026-03-21"]


def test_the_charter_in_force_by_its_day_counts_and_before_it_the_model():
    charters = [charter("2026-03-25", 21), charter("2026-05-10", 12)]

    assert due(life(charters=charters))[:4] == ["2026-02-28", "2026-03-31", "2026-04-21", "2026-05-12"]


def test_a_club_may_meet_twice_in_three_months():
    found = list(expectations(life(charters=[charter("2026-01-20", 5, 2, 3)]), date(2026, 1, 1), LATER))

    assert found == [Expectation(date(2026, 2, 1), date(2026, 4, 30), date(2026, 4, 5), 2)]


def test_two_meetings_a_month_are_due_by_its_end():
    assert due(life(charters=[charter("2026-01-20", 5, 2, 1)]))[0] == "2026-02-28"


def test_not_held_not_received_and_late_are_three_things():
    assert states(devices=heard("2026-04-02")) == ["not_held"]
    assert states(devices=heard("2026-03-21")) == ["not_received"]
    assert states(meeting("2026-03-21", recorded="2026-04-02")) == ["late"]


def test_a_report_is_in_time_until_the_grace_has_passed():
    assert MARCH.due + GRACE == MARCH.closes == date(2026, 3, 31)
    assert states(meeting("2026-03-21", recorded="2026-03-31")) == ["held"]
    assert states(on=MARCH.closes) == ["due"]
    assert states(devices=heard("2026-03-31"), on=MARCH.closes + timedelta(days=1)) == ["not_received"]


def test_days_are_those_of_viet_nam():
    evening = datetime(2026, 3, 31, 18, tzinfo=UTC)  # One o'clock on the first of April there.

    assert states(devices=Devices({"/devices/a": evening})) == ["not_held"]
    assert states(Told(MARCH.due, MARCH.due, True, 7, evening)) == ["late"]


def test_one_device_that_was_heard_from_is_enough():
    assert states(devices=heard("2026-01-01", "2026-05-01")) == ["not_held"]


def test_without_devices_or_with_part_of_them_known_nothing_is_said():
    assert states() == ["unknown"]
    assert states(devices=Devices(heard("2026-01-01").last_heard, whole=False)) == ["unknown"]
    assert states(devices=Devices(heard("2026-05-01").last_heard, whole=False)) == ["not_held"]


def test_a_meeting_called_off_is_no_silence_unless_it_was_held_after_all():
    assert states(cancelled("2026-03-21")) == ["cancelled"]
    assert states(cancelled("2026-03-21"), meeting("2026-03-28")) == ["held"]
    assert states(cancelled("2026-04-01"), devices=heard("2026-05-01")) == ["not_held"]


def test_a_load_of_the_past_is_never_late():
    assert states(meeting("2026-03-21", recorded=None)) == ["held"]


def test_a_meeting_known_to_the_month_was_held_in_it():
    assert states(meeting("2026-03", recorded="2026-04-01")) == ["late"]
    assert states(meeting("2026-03", recorded="2026-03-31")) == ["held"]


def test_a_meeting_known_to_the_year_makes_no_month_not_held():
    told = meeting("2026", recorded="2026-06-20")

    assert states(told, devices=heard("2026-06-20")) == ["perhaps"]
    assert states(meeting("../2026-05-20", recorded=None), devices=heard("2026-06-20")) == ["perhaps"]


def test_what_was_told_in_january_was_not_held_in_march():
    assert states(meeting("2026", recorded="2026-01-20"), devices=heard("2026-06-20")) == ["not_held"]


def test_more_meetings_than_expected_are_fine_and_the_one_in_time_counts():
    told = [meeting("2026-03-10", recorded="2026-05-01"), meeting("2026-03-21")]

    assert states(*told) == ["held"]


def test_of_two_meetings_expected_one_may_be_missing():
    twice = Expectation(date(2026, 2, 1), date(2026, 4, 30), date(2026, 4, 5), 2)

    assert states(meeting("2026-03-21"), of=twice, devices=heard("2026-05-01")) == ["held", "not_held"]


def test_what_happened_after_the_day_asked_for_does_not_count_yet():
    assert states(meeting("2026-03-21"), on=date(2026, 3, 20)) == ["due"]


def test_a_clubs_devices_are_those_that_tell_what_it_does():
    office, phone = ("club.founded", "/offices/08"), ("members.counted", "/devices/a")

    assert devices_of([office, phone, ("place.resolved", "/offices/08")]) == {"/devices/a"}
    assert devices_of([office]) == {"/offices/08"}
    assert devices_of([("meeting.held", SHARED)]) == set()


@forall(
    st.lists(st.dates(date(2026, 1, 1), date(2026, 6, 1)), max_size=6),
    st.integers(1, 4),
    st.integers(1, 12),
    st.integers(1, 31),
)
def test_every_expected_meeting_has_one_state_and_periods_follow_each_other(held, times, months, day):
    charters = [charter("2026-01-20", day, times, months)]
    told = [Told(on, on, True, 7, None) for on in held]

    found = list(expectations(life(charters=charters), date(2026, 1, 1), date(2028, 1, 1)))

    assert all(len(became(of, told, NOBODY, LATER)) == times for of in found)
    assert all(a.last + timedelta(days=1) == b.first for a, b in itertools.pairwise(found))
    assert all(of.first <= of.due <= of.last for of in found)
