"""A fault of ours is answered with the trace under which it is found in the log."""

import logging

import pytest
from sqlalchemy import text

from shared.database import engine
from tests.builders import meeting_held
from tests.station import Station, problem

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_a_fault_is_found_by_what_its_answer_says(station: Station, caplog: pytest.LogCaptureFixture):
    station.get("registry/v1/tally")
    with engine(station.settings.registry_database).begin() as transaction:
        refuses = "CREATE TRIGGER broken BEFORE INSERT ON held BEGIN SELECT RAISE(ABORT, 'broken'); END"
        transaction.execute(text(refuses))

    asked = station.post(meeting_held("khong-co"), traceparent=f"00-{TRACE}-00f067aa0ba902b7-01")
    own = station.post(meeting_held("khong-co"))

    assert problem(asked)[:2] == (500, "internal-fault")
    assert asked.json()["trace"] == TRACE
    assert own.json()["trace"] not in (TRACE, None)
    failed = [line.told for line in caplog.records if line.levelno == logging.ERROR]
    assert failed == [{"requests": [TRACE]}, {"requests": [own.json()["trace"]]}]
