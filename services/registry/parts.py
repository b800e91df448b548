"""The registry put together from its settings: the one place that wires it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import redis
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool

from services.registry.group_commit import GroupCommit
from services.registry.hearing import Hearing
from services.registry.left_waiting import left_waiting
from services.registry.reading import Reading
from services.registry.recording import Recorder
from services.registry.work import Archiver
from shared.access import Tokens
from shared.archive import Archive
from shared.audit import Audit
from shared.clock import Clock
from shared.codes import add_codes
from shared.database import engine, reads
from shared.door import Door
from shared.doorbell import FOLLOWERS, Doorbell
from shared.log import Forked
from shared.observe import Gauge, gauges_of, gauges_of_followers, gauges_of_machine
from shared.problems import LogAway
from shared.rates import Rates
from shared.refill import open_log
from shared.replicas import of_replicas
from shared.settings import Registry
from shared.texts import LANGUAGES
from shared.valkey import connect
from shared.valkey_log import ValkeyLog
from shared.waiting_board import WaitingBoard

logger = logging.getLogger(__name__)

AN_HOUR = 3600  # House-keepings; one a second.
# While SQLite's one writer is another, what is only for watching is written down later: reports wait behind it.
WATCHING_SECONDS = 0.1


@dataclass(frozen=True)
class Parts:
    """What the registry works with."""

    settings: Registry
    log: ValkeyLog
    database: Engine
    door: Door
    recorder: Recorder
    hearing: Hearing
    commits: GroupCommit
    clock: Clock
    doorbell: Doorbell
    audit: Audit
    reading: Reading

    async def close(self) -> None:
        """Finish what is being recorded, then close all connections."""
        await self.commits.stop()
        try:
            await run_in_threadpool(self.hearing.write_down)
        except DBAPIError:
            logger.warning("who was heard from in the last second is lost", exc_info=True)
        self.hearing.close()
        self.doorbell.close()
        self.log.close()  # Its archive lies in the registry's database.

    def ready(self) -> dict[str, Callable[[], object]]:
        """What must answer for the registry to be of use."""
        return {"log": self.log.head, "database": lambda: ask(self.database)}

    def gauges(self) -> list[Gauge]:
        """What an operator watches: the archive's lag, and where all reports are."""
        tally = Gauge(
            "ishc_tally", "Reports by where they are", "part", lambda: self.recorder.tally()._asdict()
        )
        return [
            *gauges_of(self.log, Archiver(self.database)),
            *gauges_of_followers(self.doorbell),
            *gauges_of_machine(self.settings, self.doorbell, self.clock),
            tally,
        ]


def assemble(settings: Registry, clock: Clock) -> Parts:
    """Make the parts. Opens nothing yet: Valkey and the database are asked when they are needed."""
    add_codes(settings.codes)
    database = engine(settings.registry_database)
    log = ValkeyLog(
        connect(settings.log), Archive(database), settings.programme, FOLLOWERS, settings.replicas
    )
    tokens = Tokens(database, clock)
    doorbell = Doorbell(connect(settings.log), redis.Redis.from_url(settings.jobs), settings.programme)
    watching = engine(settings.registry_database, patience=WATCHING_SECONDS)
    hearing = Hearing(watching, clock, days=settings.heard_days)
    recorder = Recorder(
        log,
        database,
        tokens,
        doorbell,
        hearing,
        clock,
        quarantine_cap=settings.quarantine_cap,
        quarantine_days=settings.quarantine_days,
    )
    audit = Audit(database, clock)
    board = WaitingBoard(log.client, settings.programme)

    def hourly() -> None:
        name_what_is_wanting(log, settings)
        recorder.erase_old()
        hearing.erase_old()
        audit.erase_old(settings.audit_days)
        board.write(left_waiting(database, log.archive, clock()), clock())

    house = _house(log, recorder, hearing, settings.hot_window, hourly)
    commits = GroupCommit(recorder.record, house)
    door = Door(tokens, settings.public_read, Rates(settings))
    return Parts(settings, log, database, door, recorder, hearing, commits, clock, doorbell, audit, Reading())


def ask(database: Engine) -> None:
    """Find out whether the database answers."""
    with reads(database).connect() as connection:
        connection.execute(text("SELECT 1"))


def name_what_is_wanting(log: ValkeyLog, settings: Registry) -> None:
    """Tell the operator what keeps a failover from being safe."""
    for matter in of_replicas(log.client, log.keys, settings.replicas):
        words = [f"{matter.said(language)} {matter.to_do(language)}" for language in LANGUAGES]
        logger.critical("%s", " / ".join(words))


def _house(
    log: ValkeyLog, recorder: Recorder, hearing: Hearing, hot_window: int, hourly: Callable[[], None]
) -> Callable[[], None]:
    """What is looked after every second: the log is open, nothing waits in vain. The rest is looked at hourly."""
    rounds = 0
    forked = False

    def keep_house() -> None:
        nonlocal rounds, forked
        try:
            log.check()
        except LogAway:
            try:
                open_log(log, hot_window)
            except Forked as error:
                if not forked:
                    logger.critical(
                        "log and archive tell different histories at position %d", error.args[0].position
                    )
                forked = True
                return
        recorder.let_in_waiting()
        if rounds % AN_HOUR == 0:
            hourly()
        rounds += 1
        hearing.write_down()  # Last: what is only for watching must not keep a report waiting.

    return keep_house
