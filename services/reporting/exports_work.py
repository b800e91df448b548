"""The worker that makes exports. Following the log never waits for it: it is a process of its own."""

import logging
from functools import cache

import redis
from sqlalchemy.exc import DBAPIError

from services.reporting.exports import Export, Exports, Overtaken
from shared import clock
from shared.clock import Clock
from shared.database import engine, is_away
from shared.doorbell import Doorbell
from shared.problems import Away, Problem
from shared.settings import Reporting
from shared.valkey import connect
from shared.work import run_worker

logger = logging.getLogger(__name__)


class ExportDesk:
    """What the worker works with."""

    def __init__(self, settings: Reporting, clock: Clock) -> None:
        self.settings, self._clock = settings, clock
        database = engine(settings.reporting_database, durable=False)
        self.exports = Exports(database, settings.exports_folder, clock)
        self.doorbell = Doorbell(
            connect(settings.log), redis.Redis.from_url(settings.jobs), settings.programme
        )

    def work(self) -> None:
        """Make every export that waits, one after the other, and remove the old ones."""
        self.exports.tidy()
        while (export := self.exports.claim()) is not None:
            try:
                self._make(export)
            except Overtaken:
                logger.warning("an export was taken over by another worker")
            except Away:
                logger.warning("an export waits: the log or the database is away")
                return
            except Problem as problem:
                logger.warning("an export cannot be made: %s", problem.code())
                self.exports.fail(export)

    def _make(self, export: Export) -> None:
        # Loaded when the first export is asked for: at rest the worker stays small.
        from services.reporting.exporting import make
        from services.reporting.parts import assemble

        parts = assemble(self.settings, self._clock)
        try:
            make(parts, self.exports, export)
        finally:
            parts.close()


@cache
def _desk() -> ExportDesk:
    return ExportDesk(Reporting(), clock.now)


def work() -> None:
    """Answer the bell of the exports."""
    desk = _desk()
    try:
        desk.doorbell.swept("exports")  # First: what is asked for from now on rings anew.
        desk.work()
    except (Away, DBAPIError) as error:
        if isinstance(error, DBAPIError) and not is_away(error):
            raise
        logger.warning("exports wait: %s", type(error).__name__)


def main() -> None:
    """Run the worker."""
    run_worker("exports", _desk().settings, work)
