"""`kill -9` and SIGSTOP of the worker that sends letters, at every step: in the mailbox once, or visibly unknown."""

import signal
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.catch_up import catch_up
from tests.builders import club_founded
from tests.faults.actors import STEPS, Actor
from tests.faults.ground import ROUNDS
from tests.station import Mailbox, Station

ROUNDS_OF_STEPS = [
    pytest.param(list(STEPS["letters"])[n % len(STEPS["letters"])], id=str(n)) for n in range(ROUNDS)
]

# What a mail server may have when the power comes back, and how many letters it has in truth.
HANDED_OVER = {"sending is committed": 0, "before DATA": 0, "in the middle of DATA": 0, "after 250": 1}


@pytest.fixture(autouse=True)
def board(station: Station) -> None:
    station.get("registry/v1/tally")
    office = {"name": "Hội NCT", "kind": "provincial_association", "provinces": ["08"]}
    with station.client(station.notifier) as client:
        answer = client.put("/v1/offices/tuyen-quang", json=office | {"addresses": ["mot@ishc.test"]})
        answer.raise_for_status()


@pytest.fixture
def note(record_property: Callable[[str, object], None]) -> Any:
    """Notes a round for the table."""
    began = time.monotonic()
    return lambda fault: record_property("fault", [fault, 1, 0, 0, time.monotonic() - began])


@pytest.mark.parametrize("step", ROUNDS_OF_STEPS)
def test_a_letter_arrives_once_or_is_visibly_unknown(
    station: Station, mailbox: Mailbox, step: str, note: Any
):
    letter = a_letter_is_due(station)
    dies(station, letter, step)

    power_is_back(station)

    state, reason = state_of(station)
    if step in HANDED_OVER:
        assert (state, reason) == ("unknown", "answer-lost")
        assert len(mailbox.taken) == HANDED_OVER[step]
    else:
        assert state == "sent"
        assert len(mailbox.taken) == 1
    note("letters worker: kill -9 at each step")


@pytest.mark.parametrize("step", ROUNDS_OF_STEPS)
def test_a_letter_of_a_worker_that_stands_still_is_sent_once(
    station: Station, mailbox: Mailbox, step: str, note: Any
):
    """Another worker takes it for dead and sweeps; then it goes on with what it was doing."""
    letter = a_letter_is_due(station)
    worker = Actor("letters", station.settings, station.now, letter, armed=(signal.SIGSTOP, step))
    assert worker.wait_for_stop()

    power_is_back(station)
    worker.go_on()
    assert worker.wait_for_end()

    assert state_of(station)[0] == "sent"
    assert len(mailbox.taken) == 1
    note("letters worker: SIGSTOP at each step, another sweeps, SIGCONT")


@pytest.mark.parametrize("step", HANDED_OVER)
def test_a_person_settles_what_is_unknown(station: Station, mailbox: Mailbox, step: str):
    letter = a_letter_is_due(station)
    dies(station, letter, step)
    power_is_back(station)

    with station.client(station.notifier) as client:
        client.post(f"/v1/letters/{letter}/resend").raise_for_status()
    station.wake()

    assert state_of(station) == ("sent", None)
    assert len({one["Message-ID"] for one in mailbox.taken}) == 1
    assert len(mailbox.taken) == HANDED_OVER[step] + 1


def a_letter_is_due(station: Station) -> int:
    """Written and committed, and not yet given to a worker."""
    parts = station.notifier_parts
    station.post(club_founded())
    catch_up(parts.log, parts.follower)
    parts.follower.settle()
    [letter] = station.get("notifier/v1/letters")["items"]
    assert letter["state"] == "due"
    return int(letter["id"])


def dies(station: Station, letter: int, step: str) -> None:
    worker = Actor("letters", station.settings, station.now, letter, armed=(signal.SIGKILL, step))
    assert worker.wait_for_end()
    assert worker.exitcode == -signal.SIGKILL


def power_is_back(station: Station) -> None:
    """Another worker sweeps, after the time a claim and an answer may take."""
    station.now += timedelta(minutes=5)
    station.wake()
    station.wake()


def state_of(station: Station) -> tuple[str, str | None]:
    [letter] = station.get("notifier/v1/letters")["items"]
    return letter["state"], letter["reason"]
