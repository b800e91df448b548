"""The worker that makes exports. Following the log never waits for it: it is a process of its own."""

import logging
from dataclasses import replace
from functools import cache
from pathlib import Path

import redis
from sqlalchemy.exc import DBAPIError

from services.reporting.exports import Export, Exports, Overtaken
from services.reporting.parts import Parts, assemble
from services.reporting.sheets.kinds import SHEETS, Format, write
from services.reporting.sheets.words import explained
from shared import clock
from shared.database import is_away
from shared.doorbell import Doorbell
from shared.problems import Away, Problem
from shared.settings import Reporting
from shared.texts import Language
from shared.valkey import connect
from shared.work import run_worker

logger = logging.getLogger(__name__)


class ExportDesk:
    """What the worker works with."""

    def __init__(self, settings: Reporting, parts: Parts) -> None:
        self.settings, self.parts = settings, parts
        self.exports = Exports(parts.database, settings.exports_folder, parts.clock)

    def work(self) -> None:
        """Make every export that waits, one after the other, and remove the old ones."""
        self.exports.tidy()
        while (export := self.exports.claim()) is not None:
            try:
                make(self.parts, self.exports, export)
            except Overtaken:
                logger.warning("an export was taken over by another worker")
            except Away:
                logger.warning("an export waits: the log or the database is away")
                return
            except Problem as problem:
                logger.warning("an export cannot be made: %s", problem.code())
                self.exports.fail(export)


def make(parts: Parts, exports: Exports, export: Export) -> None:
    """Write the file of an export. Raises `Overtaken`, and what the question itself raises."""
    kind = SHEETS[export.sheet]
    asked = kind.asked_as_sheet.model_validate(export.asked)
    lang: Language = "en" if export.lang == "en" else "vi"
    format: Format = "xlsx" if export.format == "xlsx" else "csv"
    unfinished: Path = exports.unfinished(export)
    asked.check_rules()
    try:
        with parts.asked(asked.known_at, asked.day) as (connection, clocks), unfinished.open("wb") as file:
            sheet = explained(
                kind.make(connection, clocks, asked, lang), lang, asked, clocks, export.permalink
            )
            counted = replace(sheet, rows=exports.counted(export, sheet))
            write(counted, file, format, asked.header, lang, clocks)
        unfinished.replace(exports.path(export))
        exports.finish(export)
    finally:
        unfinished.unlink(missing_ok=True)


@cache
def _desk() -> ExportDesk:
    settings = Reporting()
    return ExportDesk(settings, assemble(settings, clock.now))


@cache
def _doorbell() -> Doorbell:
    settings = _desk().settings
    return Doorbell(connect(settings.log), redis.Redis.from_url(settings.jobs), settings.programme)


def work() -> None:
    """Answer the bell of the exports."""
    try:
        _doorbell().swept("exports")  # First: what is asked for from now on rings anew.
        _desk().work()
    except (Away, DBAPIError) as error:
        if isinstance(error, DBAPIError) and not is_away(error):
            raise
        logger.warning("exports wait: %s", type(error).__name__)


def main() -> None:
    """Run the worker."""
    run_worker("exports", _desk().settings.jobs, work)
