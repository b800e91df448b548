"""The law of following: facts and conditions drawn in one go are those drawn batch by batch, however small."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import StaticPool, create_engine, select

from services.notifier.following import NotifierFollower
from services.notifier.outbox import Outbox
from services.notifier.tables import aliases, conditions, facts, metadata
from services.simulating.stream import Simulation
from shared.catch_up import catch_up, parked_count
from shared.log import Log
from shared.valkey_log import ValkeyLog
from tests.builders import NOW
from tests.door import Door

YEAR = Simulation(clubs=25, years=1, seed=7, until=date(2026, 6, 30))


@pytest.fixture
def country(valkey_log: ValkeyLog, tmp_path: Path) -> Log:
    """The log of a small country's year, with its late reports, corrections and withdrawals."""
    door = Door(valkey_log, tmp_path)
    for day in YEAR.arrivals():
        door.record(day.splitlines(keepends=True))
    door.close()
    return valkey_log


def test_a_country_followed_a_few_events_at_a_time_is_the_one_followed_in_one_go(country: Log):
    in_one_go = drawn(country, country.head().position)

    assert {one["rule"] for one in in_one_go["conditions"]} >= {"no_meeting", "no_health_check", "fund_idle"}
    assert drawn(country, 1) == in_one_go
    assert drawn(country, 137) == in_one_go


def drawn(log: Log, at_once: int) -> dict[str, list[dict[str, Any]]]:
    """What a follower that reads so many events at once has written in the end."""
    database = create_engine("sqlite://", poolclass=StaticPool)
    metadata.create_all(database)
    follower = NotifierFollower(database, log, lambda: NOW, Outbox("ishc.test"))
    catch_up(log, follower, limit=at_once)
    assert parked_count(follower) == 0
    tables = (facts, conditions, aliases)
    with database.connect() as connection:
        return {
            table.name: [
                dict(row._mapping) for row in connection.execute(select(table).order_by(*table.primary_key))
            ]
            for table in tables
        }
