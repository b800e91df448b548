"""What the checks look at: the settings, and the stores they name. Nothing is opened before it is asked for."""

from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import Engine, make_url

from services.notifier.tables import reading as notifier_reading
from services.registry.tables import reading as registry_reading
from services.reporting.tables import reading as reporting_reading
from shared.archive import Archive
from shared.catch_up import Reading
from shared.clock import Clock
from shared.database import engine
from shared.doorbell import Doorbell
from shared.problems import DatabaseAway
from shared.settings import Local
from shared.valkey import Keys, client_of
from shared.valkey_log import ValkeyLog

SERVICES: Final = ("registry", "reporting", "notifier")
_SOON: Final = {
    "socket_timeout": 3,
    "socket_connect_timeout": 3,
}  # Who asks how things are does not want to wait.


class Place(NamedTuple):
    """Where a follower keeps how far it is."""

    name: str
    service: str
    engine: Engine
    reading: Reading


class Opened:
    """The installation as its settings describe it."""

    def __init__(self, settings: Local, clock: Clock) -> None:
        self.settings, self.clock = settings, clock
        self.keys = Keys(settings.programme)
        urls = {
            "registry": settings.registry_database,
            "reporting": settings.reporting_database,
            "notifier": settings.notifier_database,
        }
        self.databases = {name: engine(url) for name, url in urls.items() if _is_there(url)}

    def database(self, service: str) -> Engine:
        """The database of a service. Raises `DatabaseAway` if its file was never made: looking must not make it."""
        if service not in self.databases:
            raise DatabaseAway
        return self.databases[service]

    def close(self) -> None:
        """Close all connections."""
        for database in self.databases.values():
            database.dispose()
        self.valkey.close()
        self.jobs.close()

    @cached_property
    def valkey(self) -> Any:
        """The log's Valkey."""
        return client_of(self.settings.log, decode_responses=True, **_SOON)

    @cached_property
    def jobs(self) -> Any:
        """The Valkey of the queues."""
        return client_of(self.settings.jobs, **_SOON)

    @cached_property
    def log(self) -> ValkeyLog:
        return ValkeyLog(self.valkey, Archive(self.database("registry")), self.settings.programme)

    @cached_property
    def doorbell(self) -> Doorbell:
        return Doorbell(self.valkey, self.jobs, self.settings.programme)

    @property
    def places(self) -> list[Place]:
        """Every follower, with its own tables."""
        return [
            Place("archive", "registry", self.database("registry"), registry_reading),
            Place("reporting", "reporting", self.database("reporting"), reporting_reading),
            Place("notifier", "notifier", self.database("notifier"), notifier_reading),
        ]


def _is_there(url: str) -> bool:
    told = make_url(url)
    return told.get_backend_name() != "sqlite" or Path(told.database or "").is_file()
