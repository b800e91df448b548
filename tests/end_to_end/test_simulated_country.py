"""A simulated country on its whole way: what the services make of it is what DuckDB makes of the lines themselves."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from services.notifier.following import NotifierFollower
from services.notifier.outbox import Outbox
from services.notifier.tables import metadata as notifier_metadata
from services.reporting.projections import ReportingFollower
from services.reporting.rebuilding import rebuild
from services.reporting.tables import metadata as reporting_metadata
from services.simulating.stream import Simulation, write
from shared.catch_up import catch_up, checkpoint, parked_count
from shared.database import engine
from shared.valkey_log import ValkeyLog
from tests.asked import figures_told, ledgers_told
from tests.builders import NOW
from tests.door import Door
from tests.read_models import rows
from tests.recount import Answers, recounted

UNTIL = date(2026, 6, 30)
DAYS = (date(2014, 12, 31), date(2024, 2, 29), date(2025, 6, 30), date(2025, 12, 31), date(2028, 3, 31))


@pytest.fixture
def reporting(valkey_log: ValkeyLog, tmp_path: Path) -> Iterator[ReportingFollower]:
    database = engine(f"sqlite:///{tmp_path}/reporting.sqlite", durable=False)
    reporting_metadata.create_all(database)
    yield ReportingFollower(database, valkey_log)
    database.dispose()


@pytest.fixture
def notifier(valkey_log: ValkeyLog, tmp_path: Path) -> Iterator[NotifierFollower]:
    database = engine(f"sqlite:///{tmp_path}/notifier.sqlite", durable=False)
    notifier_metadata.create_all(database)
    yield NotifierFollower(database, valkey_log, lambda: NOW, Outbox("ishc.example"))
    database.dispose()


def test_figures_and_ledgers_of_a_country_are_what_another_program_counts_in_its_reports(
    valkey_log: ValkeyLog,
    opened: Callable[[], ValkeyLog],
    reporting: ReportingFollower,
    notifier: NotifierFollower,
    tmp_path: Path,
):
    lines = tmp_path / "country.ndjson"
    simulation = Simulation(clubs=110, years=2, seed=7, until=UNTIL)
    with lines.open("wb") as out:
        write(simulation, out)
    door = Door(valkey_log, tmp_path)

    with lines.open("rb") as sent:
        door.record(sent)
    followed = [catch_up(valkey_log, follower) for follower in (reporting, notifier)]
    told, before = figures_told(reporting.engine, DAYS), rows(reporting.engine)
    rebuild(valkey_log, reporting, batch=500, open_log=opened)

    door.close()
    assert followed == [valkey_log.head().position] * 2 == [checkpoint(reporting).position] * 2
    assert [parked_count(follower) for follower in (reporting, notifier)] == [0, 0]
    assert rows(reporting.engine) == before
    assert figures_told(reporting.engine, DAYS) == told
    ledgers = ledgers_told(reporting.engine, valkey_log)
    assert differences(told | ledgers, recounted(lines, DAYS)) == {}
    assert ledgers["counts that differ", None, None] == simulation.miscounts


def differences(ours: Answers, theirs: Answers) -> dict[tuple, tuple[int, int]]:
    """Where two opinions part: ours, and the other."""
    asked = ours.keys() | theirs.keys()
    return {
        one: (ours.get(one, 0), theirs.get(one, 0)) for one in asked if ours.get(one, 0) != theirs.get(one, 0)
    }
