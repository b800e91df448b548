"""The archive worker: copies the log into SQL, in order, then lets Valkey forget what is old."""

from collections.abc import Sequence
from functools import cache

import redis
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from services.registry.tables import reading
from shared.archive import Archive
from shared.catch_up import Halt, checkpoint
from shared.database import engine, is_away
from shared.doorbell import Doorbell
from shared.problems import Away
from shared.report import Recorded
from shared.settings import Registry
from shared.valkey import connect
from shared.valkey_log import ValkeyLog
from shared.work import follow_log, run_worker

AGAIN = 1000  # Events of the last batch, whose letting-go a crash may have cut off.


class Archiver:
    """The follower that fills the archive."""

    name = "archive"
    reading = reading

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def apply(self, transaction: Connection, events: Sequence[Recorded]) -> None:
        """Raises `Halt` for events that cannot be stored: an archive with a gap could not refill the log."""
        try:
            Archive.copy(transaction, events)
        except Exception as error:
            if isinstance(error, DBAPIError) and is_away(error):
                raise
            raise Halt(f"positions {events[0].position} to {events[-1].position}") from error


class ArchiveDesk:
    """What the archive worker works with."""

    def __init__(self, settings: Registry) -> None:
        self.settings = settings
        database = engine(settings.registry_database)
        self.archiver = Archiver(database)
        self.log = ValkeyLog(
            connect(settings.log), Archive(database), settings.programme, replicas=settings.replicas
        )
        self.doorbell = Doorbell(
            connect(settings.log), redis.Redis.from_url(settings.jobs), settings.programme
        )

    def follow(self) -> None:
        follow_log(self.log, self.doorbell, self.archiver, self.let_go)

    def let_go(self, events: Sequence[Recorded]) -> None:
        self.log.archived(events, self.settings.hot_window)

    def start(self) -> None:
        """Finish what a crash may have cut off between the archive's commit and Valkey's letting-go."""
        try:
            position = checkpoint(self.archiver).position
            if events := self.log.archive.read(max(0, position - AGAIN), AGAIN):
                self.let_go(events)
        except Away:
            pass
        self.follow()


@cache
def _desk() -> ArchiveDesk:
    return ArchiveDesk(Registry())


def follow() -> None:
    """Answer the archive's bell."""
    _desk().follow()


def main() -> None:
    """Run the archive worker."""
    run_worker("archive", _desk().settings, _desk().start)
