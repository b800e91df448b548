"""Fixtures of the faults, and the table of what their rounds showed."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.database import migrate
from tests.faults.ground import HOUSES, Ground, Rounds
from tests.faults.table import Tally, write
from tests.servers import PostgreSQL, Valkey
from tests.station import Mailbox


@pytest.fixture(params=HOUSES)
def house(request: pytest.FixtureRequest) -> int:
    """Which system of a fault's rounds this is."""
    return request.param


@pytest.fixture
def rounds(record_property: Any, house: int) -> Rounds:
    return Rounds(record_property, house)


@pytest.fixture
def ground(tmp_path: Path, valkey: Valkey, programme: str, mailbox: Mailbox) -> Iterator[Ground]:
    """A system on the Valkey that all tests share: for faults that leave it alone."""
    made = Ground(tmp_path, valkey.url, programme, mailbox)
    yield made
    made.close()


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A Valkey that may be killed."""
    server = Valkey(tmp_path / "v")
    yield server
    server.kill()


@pytest.fixture
def alone(tmp_path: Path, own_valkey: Valkey, mailbox: Mailbox) -> Iterator[Ground]:
    """A system with a Valkey of its own."""
    made = Ground(tmp_path, own_valkey.url, "vn", mailbox)
    yield made
    made.close()


@pytest.fixture
def on_postgresql(
    tmp_path: Path, postgresql: PostgreSQL, valkey: Valkey, programme: str, mailbox: Mailbox
) -> Iterator[Ground]:
    """A system whose archive and read models are in PostgreSQL."""
    urls = {service: postgresql.database() for service in ("registry", "reporting", "notifier")}
    for service, url in urls.items():
        migrate(url, service)
    databases = {f"{service}_database_url": url for service, url in urls.items()}
    made = Ground(tmp_path, valkey.url, programme, mailbox, **databases)
    yield made
    made.close()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Keep what the rounds added up to, where `make faults` wants it."""
    if not (path := os.environ.get("ISHC_FAULT_TABLE")):
        return
    table = Tally()
    for report in (one for some in terminalreporter.stats.values() for one in some):
        if getattr(report, "when", "") == "call":
            for name, noted in report.user_properties:
                if name == "fault":
                    table.note(*noted)
    write(Path(path), table)
    terminalreporter.write_line(table.as_markdown())
