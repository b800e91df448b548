"""When an office reads its mail: its digest, quiet hours and quiet days."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.notifier.hours import Hours
from shared.clock import VIET_NAM
from shared.tet import TET


def at(text: str) -> datetime:
    """A moment as the clock in Viet Nam shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=VIET_NAM)


@pytest.mark.parametrize(
    ("since", "due"),
    [
        ("2026-06-30T07:59", "2026-06-30T08:00"),
        ("2026-06-30T08:00", "2026-06-30T08:00"),
        ("2026-06-30T08:01", "2026-07-01T08:00"),
    ],
)
def test_a_daily_digest_leaves_at_its_hour_in_viet_nam(since: str, due: str):
    assert Hours(digest_hour=8).due("daily", at(since)) == at(due)
    assert Hours(digest_hour=8).due("daily", at(since).astimezone(UTC)) == at(due)


def test_a_weekly_digest_leaves_on_its_weekday():
    fridays = Hours(digest_weekday=5)

    assert fridays.due("weekly", at("2026-06-30T10:00")) == at("2026-07-03T08:00")
    assert fridays.due("weekly", at("2026-07-03T10:00")) == at("2026-07-10T08:00")


def test_what_is_monthly_leaves_on_the_first_working_day():
    assert Hours().due("monthly", at("2026-06-30T10:00")) == at("2026-07-01T08:00")
    assert Hours().due("monthly", at("2026-07-15T10:00")) == at("2026-08-03T08:00")  # 1 August is a Saturday.
    assert Hours().due("monthly", at("2025-12-31T10:00")) == at("2026-01-02T08:00")


def test_what_is_urgent_waits_for_the_end_of_quiet_hours_only():
    nights = Hours(quiet_from=21, quiet_until=6)

    assert nights.due("urgent", at("2026-06-30T20:59")) == at("2026-06-30T20:59")
    assert nights.due("urgent", at("2026-06-30T21:00")) == at("2026-07-01T06:00")
    assert nights.due("urgent", at("2026-07-01T05:59")) == at("2026-07-01T06:00")


def test_quiet_at_noon_is_another_kind_of_quiet():
    noon = Hours(quiet_from=11, quiet_until=13)

    assert noon.due("urgent", at("2026-06-30T12:30")) == at("2026-06-30T13:00")
    assert noon.due("urgent", at("2026-06-30T10:59")) == at("2026-06-30T10:59")


@pytest.mark.parametrize("first", [day for day in TET if day.year in (2007, 2024, 2026, 2027, 2030)])
def test_tet_is_the_lunar_new_year_of_viet_nam(first):
    quiet = Hours(quiet_days=["tet"])

    assert all(quiet.is_quiet_day(first + timedelta(days=days)) for days in (-1, 0, 1, 2, 3))
    assert not quiet.is_quiet_day(first + timedelta(days=12))


def test_over_tet_nothing_leaves_and_the_digest_waits():
    quiet = Hours(quiet_days=["tet", "weekend"])

    assert quiet.due("daily", at("2026-02-15T10:00")) == at("2026-02-23T08:00")  # Mùng 1: 17 February.
    assert quiet.due("urgent", at("2026-02-17T10:00")) == at("2026-02-23T00:00")


def test_quiet_days_may_come_every_year_or_once():
    quiet = Hours(quiet_days=["05-19", "2026-07-27", "holidays"])

    quiet_days = ("2026-05-19", "2027-05-19", "2026-07-27", "2026-04-30", "2026-09-02")
    assert all(quiet.is_quiet(at(f"{day}T10:00")) for day in quiet_days)
    assert not quiet.is_quiet(at("2027-07-27T10:00"))


def test_an_office_with_a_weekly_digest_hears_daily_matters_weekly():
    weekly = Hours(digest="weekly", urgency={"no_meeting": "daily", "training_held": "never"})

    asked = [("training_planned", "daily"), ("club_founded", "urgent"), ("no_meeting", "weekly")]
    assert [weekly.urgency_of(rule, usual) for rule, usual in asked] == ["weekly", "urgent", "daily"]
    assert weekly.urgency_of("training_held", "daily") == "never"


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet_from": 21},
        {"quiet_from": 6, "quiet_until": 6},
        {"quiet_days": ["Tết"]},
        {"digest_hour": 24},
        {"digest_weekday": 0},
        {"urgency": {"no_meeting": "soon"}},
    ],
)
def test_hours_must_make_sense(wrong: dict):
    with pytest.raises(ValidationError):
        Hours(**wrong)


hours = st.builds(
    Hours,
    digest_hour=st.integers(0, 23),
    digest_weekday=st.integers(1, 7),
    quiet_days=st.lists(st.sampled_from(["tet", "weekend", "holidays", "06-30", "2026-07-01"]), max_size=4),
) | st.builds(
    Hours, digest_hour=st.integers(0, 23), quiet_from=st.integers(12, 23), quiet_until=st.integers(0, 11)
)
moments = st.datetimes(datetime(2025, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))


@given(hours, st.sampled_from(["urgent", "daily", "weekly", "monthly"]), moments)
def test_what_is_due_is_never_early_and_never_in_the_quiet(hours, urgency, since):
    due = hours.due(urgency, since)

    assert due >= since
    assert not hours.is_quiet(due)


@given(hours, moments)
def test_what_is_more_urgent_is_never_told_later(hours, since):
    urgent, daily, weekly = (hours.due(urgency, since) for urgency in ("urgent", "daily", "weekly"))

    assert urgent <= daily <= weekly
