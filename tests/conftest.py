"""Fixtures: the real Valkey, SQLite and PostgreSQL."""

import itertools
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import Engine

from shared.archive import Archive
from shared.database import engine as make_engine
from shared.database import registry_metadata
from shared.doorbell import FOLLOWERS
from shared.log import Log
from shared.memory_log import MemoryLog
from shared.refill import open_log
from shared.valkey import connect
from shared.valkey_log import ValkeyLog
from tests.elsewhere import opens
from tests.servers import Cluster, PostgreSQL, Valkey
from tests.station import Mailbox, Station

_programmes = itertools.count(1)

# How long an example takes says more about the machine than about us: bench/ measures.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """One Valkey for the whole run; each test has a programme, and so keys, of its own."""
    server = Valkey(tmp_path_factory.mktemp("v"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A Valkey Cluster, for those who let its nodes live."""
    made = Cluster(tmp_path_factory.mktemp("c"))
    yield made
    made.stop()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    yield server
    server.stop()


@pytest.fixture
def programme() -> str:
    return f"test{next(_programmes)}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database on each engine we support."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/test.sqlite"
    return request.getfixturevalue("postgresql").database()


@pytest.fixture
def registry_database(tmp_path: Path) -> Iterator[Engine]:
    database = make_engine(f"sqlite:///{tmp_path}/registry.sqlite")
    registry_metadata.create_all(database)
    yield database
    database.dispose()


@pytest.fixture
def valkey_log(valkey: Valkey, programme: str, registry_database: Engine) -> ValkeyLog:
    log = ValkeyLog(connect(valkey.url), Archive(registry_database), programme, FOLLOWERS)
    open_log(log, hot_window=100)
    return log


@pytest.fixture
def opened(valkey: Valkey, registry_database: Engine, programme: str) -> Callable[[], ValkeyLog]:
    """`valkey_log` as another process opens it."""
    return partial(opens, valkey.url, str(registry_database.url), programme)


@pytest.fixture
def cluster_log(cluster: Cluster, programme: str, registry_database: Engine) -> ValkeyLog:
    """The same on a cluster, with every answer waiting for a replica."""
    log = ValkeyLog(connect(cluster.url), Archive(registry_database), programme, FOLLOWERS, replicas=1)
    open_log(log, hot_window=100)
    return log


@pytest.fixture(params=["memory", "valkey_log", "cluster_log"])
def log(request: pytest.FixtureRequest) -> Log:
    """The log, alone and on a cluster, and its twin: whatever holds for one holds for the others."""
    return MemoryLog() if request.param == "memory" else request.getfixturevalue(request.param)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    yield box
    box.stop()


@pytest.fixture
def station(tmp_path: Path, valkey: Valkey, programme: str, mailbox: Mailbox) -> Iterator[Station]:
    """The whole system in one process, over real stores."""
    made = Station(tmp_path, valkey.url, programme, smtp_port=mailbox.port)
    yield made
    made.stop()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a test that was left out is a failure: there everything it needs was installed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("ISHC_NO_SKIPS") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
