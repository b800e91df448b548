"""Fixtures of the contract tests: the same promise on SQLite and PostgreSQL."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from services.backup.folder import Folder
from services.backup.restoring import Place
from services.backup.tables import Store
from shared.archive import Archive
from shared.database import engine, migrate
from shared.doorbell import FOLLOWERS
from shared.refill import open_log
from shared.valkey import connect
from shared.valkey_log import ValkeyLog
from tests.machines import HOT, KEEPING, Machine
from tests.servers import Valkey
from tests.station import migrated_databases
from tests.tls import Authority


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    """A fresh database on each engine we support."""
    made = engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Who issues certificates that our programs believe."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


_numbers = itertools.count()


@pytest.fixture
def make(valkey: Valkey, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Machine]]:
    made: list[Machine] = []

    def machine(kind: str = "sqlite", migrated: bool = True) -> Machine:
        number = next(_numbers)
        urls = {}
        for service in KEEPING:
            if kind == "sqlite":
                urls[service] = f"sqlite:///{tmp_path}/{number}-{service}.sqlite"
                if migrated:
                    made_once = Path(migrated_databases().name) / f"{service}.sqlite"
                    shutil.copy(made_once, tmp_path / f"{number}-{service}.sqlite")
            else:
                urls[service] = request.getfixturevalue("postgresql").database()
                if migrated:
                    migrate(urls[service], service)
        places = {
            service: Place(
                Store(
                    service,
                    engine(urls[service]),
                    tuple(table.name for table in keeping.KEPT),
                    tuple(table.name for table in keeping.DRAWN),
                ),
                keeping.go_on,
            )
            for service, keeping in KEEPING.items()
        }
        log = ValkeyLog(
            connect(valkey.url), Archive(places["registry"].store.engine), f"backup{number}", FOLLOWERS
        )
        if migrated:
            open_log(log, HOT)
        made.append(Machine(log, places))
        return made[-1]

    yield machine
    for one in made:
        one.close()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Where a backup goes."""
    return Folder(tmp_path / "backup")
