"""Rehearsal: a rule on the past, with other thresholds; nothing is stored, nothing is sent."""

from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from services.cli import main
from services.notifier.tables import alerts, entries, letters
from shared.access import Role
from tests.boards import TUYEN_QUANG, boards, of_board, two_silent_clubs
from tests.builders import meeting_held
from tests.station import Mailbox, Station, problem


@pytest.fixture(autouse=True)
def silence(station: Station) -> None:
    boards(station)
    two_silent_clubs(station)


def asked(station: Station, token: str | None = None, **more: Any) -> Any:
    period = {"from": "2026-06-30", "to": f"{station.now + timedelta(hours=7):%Y-%m-%d}"}
    with station.client(station.notifier, token) as client:
        return client.post("/v1/rules/rehearse", json={"rule": "no_meeting", **period, **more})


def told(found: dict[str, Any]) -> list[tuple[str, str, bool]]:
    return [(one["subject"], one["occasion"], one["really"]) for one in found["told"]]


def test_the_same_thresholds_tell_what_was_really_told(station: Station):
    found = asked(station).json()

    assert sorted(told(found)) == [("co-dien", "fired", True), ("muong-so", "fired", True)]
    assert found["only_really"] == []
    assert found["letters"] == 2
    assert found["told"][0]["text"].startswith("CLB")


def test_a_longer_patience_tells_less_and_says_what_would_be_lost(station: Station):
    found = asked(station, thresholds={"meetings": 12}).json()

    assert found["told"] == [] and found["letters"] == 0
    assert sorted(one["subject"] for one in found["only_really"]) == ["co-dien", "muong-so"]


def test_what_was_told_before_the_period_is_not_told_again(station: Station):
    found = asked(
        station, **{"from": f"{station.now + timedelta(days=1):%Y-%m-%d}", "to": "2026-12-01"}
    ).json()

    assert [one for one in told(found) if one[1] == "fired"] == []


def test_a_meeting_ends_what_a_rehearsal_began(station: Station):
    station.post(meeting_held(on=f"{station.now:%Y-%m-%d}"))
    for _ in range(2):
        station.days_later(1)
        station.wake()

    found = asked(station, thresholds={"meetings": 1}).json()

    assert ("co-dien", "resolved", True) in told(found)


def test_the_same_question_has_the_same_answer_and_leaves_nothing_behind(station: Station, mailbox: Mailbox):
    def rows() -> list[int]:
        with station.notifier_parts.database.connect() as connection:
            count = func.count()
            return [connection.scalar(select(count).select_from(t)) or 0 for t in (alerts, entries, letters)]

    before, taken = rows(), len(mailbox.taken)

    answers = [asked(station, thresholds={"meetings": 1}).text for _ in range(2)]
    station.wake()

    assert answers[0] == answers[1]
    assert (rows(), len(mailbox.taken)) == (before, taken)


def test_a_board_sees_its_own_provinces_only(station: Station):
    found = asked(station, of_board(station)).json()

    assert told(found) == [("co-dien", "fired", True)]
    assert found["told"][0]["office"] == TUYEN_QUANG


def test_a_phone_may_not_rehearse(station: Station):
    token = station.token(Role.DEVICE, "phone", provinces=("08",))

    assert problem(asked(station, token))[:2] == (403, "role-not-enough")


def test_reports_late_in_the_evening_swallow_no_day(station: Station):
    station.now = station.now.replace(hour=16, minute=30)  # 23:30 in Viet Nam
    station.days_later(10)
    for _ in range(4):
        station.days_later(1)
        station.post(meeting_held("muong-so", on=f"{station.now:%Y-%m-%d}"))

    found = asked(station, thresholds={"meetings": 3}).json()

    fired = [one["on"] for one in found["told"] if (one["subject"], one["occasion"]) == ("co-dien", "fired")]
    assert fired == ["2026-10-11"]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"rule": "no-such-rule"}, "/body/rule"),
        ({"from": "2026-09-01", "to": "2026-08-31"}, "/body/to"),
        ({"thresholds": {"weeks": 2}}, "/body/thresholds/weeks"),
    ],
)
def test_what_cannot_be_rehearsed_is_said(station: Station, wrong: dict[str, Any], pointer: str):
    assert problem(asked(station, **wrong)) == (400, "bad-question", pointer)


@pytest.mark.parametrize(("threshold", "mark"), [("2", "="), ("12", "-")])
def test_the_command_shows_what_would_be_told_beside_what_was(
    station: Station, monkeypatch: pytest.MonkeyPatch, threshold: str, mark: str
):
    monkeypatch.setenv("ISHC_DATA_DIR", str(station.settings.data_dir))
    monkeypatch.setenv("ISHC_LOG_URL", station.settings.log_url)
    monkeypatch.setenv("ISHC_PROGRAMME", station.settings.programme)
    period = ["--from", "2026-06-30", "--to", f"{station.now:%Y-%m-%d}"]

    command = [
        "notifier",
        "rehearse",
        "--rule",
        "no_meeting",
        *period,
        "--threshold",
        f"meetings={threshold}",
    ]
    shown = CliRunner().invoke(main, command)

    assert shown.exit_code == 0, shown.output
    assert [line[0] for line in shown.output.splitlines() if "CLB" in line] == [mark, mark]


def test_the_command_says_what_it_cannot_rehearse():
    command = ["notifier", "rehearse", "--rule", "no_meeting", "--from", "2026-06-30", "--to", "2026-06-01"]

    shown = CliRunner().invoke(main, command)

    assert shown.exit_code == 1 and "to" in shown.output.split(":")[-1]
