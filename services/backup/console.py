"""`ishc log backup`, `restore` and `verify --backup` as they are typed: progress, and errors that say what to do."""

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
from sqlalchemy.exc import DBAPIError

from services.backup.folder import Damaged, Folder, InUse, NoBackup, Run
from services.backup.restoring import EndsBefore, Newer, NotEmpty, Place, restore, restore_one
from services.backup.running import back_up
from services.backup.segments import Broken
from services.backup.tables import Store
from services.backup.verifying import Cut, Unsound, verify_folder
from shared import clock
from shared.chain import Fault
from shared.doorbell import Doorbell
from shared.log import Forked, Mark
from shared.problems import Away
from shared.redaction import NoSuchEvent, NoSuchText, NothingToRedact, StillNeeded
from shared.texts import say
from shared.valkey_log import ValkeyLog

Walked = Callable[[int, int], object]
logger = logging.getLogger(__name__)


def back_up_now(
    path: Path, log: ValkeyLog, stores: Sequence[Store], runs: int, doorbell: Doorbell, walked: Walked
) -> Run:
    """Back up, and write down how it ended for those who watch (`Doorbell.last_backup`)."""
    try:
        run = back_up(Folder(path), log, stores, clock.now, runs, walked)
    except Exception:
        _note(doorbell, failed_at=clock.now())
        raise
    _note(doorbell, finished_at=clock.now())
    return run


def _note(doorbell: Doorbell, **ended: datetime) -> None:
    try:
        doorbell.note_backup(**ended)
    except Away:  # The backup itself ended as it did.
        logger.warning("Valkey does not answer: nobody who watches hears of this backup")


def restore_now(
    path: Path,
    log: ValkeyLog,
    places: Sequence[Place],
    cut: Cut,
    run: str | None,
    hot_window: int,
    walked: Walked,
) -> Mark:
    """Restore everything."""
    folder = Folder(path)
    return restore(folder, folder.chosen(run), cut, log, places, hot_window, walked)


def restore_one_now(path: Path, log: ValkeyLog, place: Place, run: str | None, walked: Walked) -> Mark:
    """Restore one database beside a log that went on."""
    folder = Folder(path)
    return restore_one(folder, folder.chosen(run), place, log, walked)


def verify_now(path: Path, walked: Walked) -> Run:
    """Verify a backup."""
    return verify_folder(Folder(path), walked)


def read_cut(text: str | None) -> Cut:
    """`--until`: a position, or a moment with its time zone (Viet Nam's where none is said)."""
    if text is None:
        return Cut()
    if text.isdecimal():
        return Cut(position=int(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(
            f"--until {text}: cần vị trí hoặc thời điểm / a position or a moment, 2026-11-30T05:00"
        ) from None
    return Cut(moment=moment if moment.tzinfo else moment.replace(tzinfo=clock.VIET_NAM))


@contextmanager
def progress(label: str, quiet: bool) -> Iterator[Walked]:
    """A bar that hears how much was done, of how much."""
    bar: Any = click.progressbar(label=label, length=1, hidden=quiet, file=sys.stderr)
    with bar:

        def walked(done: int, of: int) -> None:
            bar.length = max(of, 1)
            bar.update(done)

        yield walked


@contextmanager
def spoken() -> Iterator[None]:
    """Say in two languages what went wrong, and what to do."""
    try:
        yield
    except _TOLD as error:
        raise click.ClickException(_reason(error)) from None


_WORDS: Final[dict[type[Exception], str]] = {
    Unsound: "damaged",
    Damaged: "damaged",
    Broken: "log-damaged",
    Forked: "forked",
    InUse: "in-use",
    NoBackup: "none",
    NotEmpty: "not-empty",
    EndsBefore: "ends-before",
    Newer: "newer",
    NoSuchEvent: "no-such-event",
    NothingToRedact: "nothing-to-redact",
    NoSuchText: "no-such-text",
    StillNeeded: "still-needed",
}


_TOLD: Final[tuple[type[Exception], ...]] = (Away, DBAPIError, OSError, *_WORDS)


def _reason(error: Exception) -> str:
    match error:
        case Away():
            return _said("backup.away")
        case DBAPIError():
            return _said("backup.database", what=str(error.orig).partition("\n")[0])
        case OSError():
            return _said("backup.disk", what=error.strerror or type(error).__name__)
        case Unsound(fault=Fault() as fault) | Broken(fault=fault):
            kind = f"chain.{fault.kind}"
            where = "" if isinstance(error, Broken) else f"{error.args[0]}: "
            words = _said(f"backup.{_WORDS[type(error)]}", what=f"{where}{fault.position}")
            return f"{words} {_said(kind)}"
        case Forked():
            return _said("backup.forked", what=str(error.args[0].position))
    return _said(f"backup.{_WORDS[type(error)]}", what=str(error.args[0]) if error.args else "")


def _said(key: str, **facts: str) -> str:
    return f"{say('vi', key, **facts)} / {say('en', key, **facts)}"
