"""Processes of the system that die or stop at a step a test names: `kill -9` and SIGSTOP, exactly where it hurts.

They run what production runs. Each is forked from a server that has everything imported, so one costs a tenth of a
second and a round of a fault about one.
"""

import asyncio
import os
import signal
import smtplib
import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import psutil
import uvicorn

from services.backup import running
from services.backup.folder import Folder
from services.cli.log import back_up_log
from services.notifier.delivery import Delivery
from services.notifier.following import NotifierFollower
from services.notifier.parts import assemble
from services.notifier.remembered import Remembered
from services.registry import answers, held, judging, recording
from services.registry.api import create_app
from services.registry.aside import Aside
from services.registry.work import Archiver
from services.reporting.projections import ReportingFollower
from services.serving import OneWriteProtocol
from shared import catch_up, clock, doorbell, tick
from shared.doorbell import Doorbell
from shared.settings import Local
from shared.valkey_log import ValkeyLog

_forks = get_context("forkserver")
_forks.set_forkserver_preload(["pytest", "services.reporting.work", "services.notifier.work", __name__])

Steps = dict[str, tuple[str, Any, str]]  # By name: before or after what.

_FOLLOWING: Final[Steps] = {
    "the log is read": ("after", ValkeyLog, "follow"),
    "rows and position are committed": ("after", catch_up, "digest"),
    "the bell heard where it is": ("after", Doorbell, "at_work"),
    "the bell is put to rest": ("before", Doorbell, "disarm"),
}
STEPS: Final[dict[str, Steps]] = {
    "registry": {
        "a report arrived": ("before", recording.Recorder, "record"),
        "it is judged": ("after", judging.Judge, "judge"),
        "it is on disk": ("after", ValkeyLog, "_send"),
        "it is appended": ("after", ValkeyLog, "append"),
        "the bells are rung": ("after", Doorbell, "ring"),
        "what waits is half written": ("after", held, "hold"),
        "what waits is written": ("after", Aside, "keep"),
        "what waited is half let in": ("before", held, "settle"),
        "it is recorded": ("after", recording.Recorder, "record"),
        "the answer leaves": ("before", answers, "single"),
    },
    "archive": _FOLLOWING
    | {
        "rows are not committed": ("after", Archiver, "apply"),
        "Valkey let go": ("after", ValkeyLog, "archived"),
    },
    "reporting": _FOLLOWING | {"rows are not committed": ("after", ReportingFollower, "apply")},
    "notifier": _FOLLOWING
    | {
        "rows are not committed": ("after", NotifierFollower, "apply"),
        "alerts are settled": ("after", NotifierFollower, "settle"),
        "letters are queued": ("after", Delivery, "due"),
    },
    "letters": {
        "before the claim": ("before", Delivery, "_claim"),
        "after the claim": ("after", Delivery, "_claim"),
        "connected": ("before", smtplib.SMTP, "mail"),
        "addressed": ("after", smtplib.SMTP, "rcpt"),
        "sending is committed": ("before", Remembered, "hand_over"),
        "before DATA": ("before", smtplib.SMTP, "data"),
        "in the middle of DATA": ("within", smtplib.SMTP, "data"),
        "after 250": ("after", smtplib.SMTP, "data"),
        "after the mark": ("after", Delivery, "send"),
    },
    "tick": {
        "the lease is taken": ("after", Doorbell, "lease"),
        "bells are armed, not rung": ("after", Doorbell, "arm"),
        "bells are rung": ("after", Doorbell, "ring"),
    },
    "backup": {
        "a file has no name yet": ("before", Folder, "_name"),
        "a file is written": ("after", Folder, "write"),
        "a database is kept": ("after", running, "keep"),
        "a segment is written": ("after", running, "write_segment"),
        "it is no backup yet": ("before", Folder, "write_run"),
        "it is a backup": ("after", Folder, "write_run"),
        "an old run is gone": ("after", Path, "unlink"),
        "it is tidy": ("after", Folder, "tidy"),
    },
}


class Actor:
    """A process that plays a part of the system and can be told where to die or to stop."""

    def __init__(
        self,
        role: str,
        settings: Local,
        now: datetime,
        *more: Any,
        armed: tuple[signal.Signals, str] = (signal.SIGCONT, ""),
    ) -> None:
        """`armed`: the signal for the first one to pass a step."""
        self._orders, theirs = _forks.Pipe()
        known = settings.model_dump_json()
        self._process = _forks.Process(
            target=_play, args=(role, theirs, armed, known, now, more), daemon=True
        )
        self._process.start()
        theirs.close()

    def arm(self, number: signal.Signals, step: str) -> None:
        """From now on the next one who passes the step gets the signal."""
        self._orders.send((number, step))
        self._orders.recv()

    def disarm(self) -> None:
        self.arm(signal.SIGCONT, "")

    def wait_for_end(self, seconds: float = 20) -> bool:
        """Whether it died."""
        self._process.join(seconds)
        return self._process.exitcode is not None

    def wait_for_stop(self, seconds: float = 20) -> bool:
        """Whether it stands still."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._process.is_alive():
            if psutil.Process(self._process.pid).status() == psutil.STATUS_STOPPED:
                return True
            time.sleep(0.005)
        return False

    def go_on(self) -> None:
        os.kill(self._process.pid, signal.SIGCONT)

    def stop(self) -> None:
        os.kill(self._process.pid, signal.SIGSTOP)

    def kill(self) -> None:
        """Cut its power here and now."""
        self._process.kill()
        self._process.join()
        self._orders.close()

    @property
    def exitcode(self) -> int | None:
        return self._process.exitcode


def _play(
    role: str,
    orders: Connection,
    armed: tuple[signal.Signals, str],
    settings: str,
    now: datetime,
    more: tuple[Any, ...],
) -> None:
    """In the process: wrap the steps, listen for orders, and be what `role` says."""
    trap = _Trap(orders, armed)
    for name, (how, owner, step) in STEPS.get(role, {}).items():
        setattr(owner, step, trap.wrap(how, name, getattr(owner, step)))
    clock.now = lambda: now
    known = Local.model_validate_json(settings)
    # Workers read their settings from the environment, as in production.
    changed = Local.model_validate_json(settings).model_dump(mode="json", exclude_defaults=True)
    os.environ.update({f"ISHC_{field.upper()}": str(value) for field, value in changed.items()})
    _PARTS[role](known, now, *more)


class _Trap:
    """The step at which this process gets a signal, once."""

    def __init__(self, orders: Connection, armed: tuple[signal.Signals, str]) -> None:
        self._signal, self._step = armed
        self._orders = orders
        threading.Thread(target=self._listen, daemon=True).start()

    def wrap(self, how: str, name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(step)
        def watched(*given: Any, **named: Any) -> Any:
            if how == "within" and self._step == name:
                return _in_two(lambda: self._at(name), *given)
            if how == "before":
                self._at(name)
            done = step(*given, **named)
            if how == "after":
                self._at(name)
            return done

        return watched

    def _at(self, name: str) -> None:
        if name == self._step:
            self._step = ""
            # To this very thread: it goes no further, whatever the others do.
            signal.pthread_kill(threading.get_ident(), self._signal)

    def _listen(self) -> None:
        while True:
            try:
                self._signal, self._step = self._orders.recv()
                self._orders.send("armed")
            except (EOFError, OSError):
                return


def _in_two(pause: Callable[[], None], smtp: smtplib.SMTP, message: bytes) -> tuple[int, bytes]:
    """SMTP's DATA, with something in its middle."""
    smtp.docmd("DATA")
    whole = smtplib._quote_periods(
        smtplib._fix_eols(message).encode() if isinstance(message, str) else message
    )
    half = len(whole) // 2
    smtp.send(whole[:half])
    pause()
    smtp.send(whole[half:] + b".\r\n")
    return smtp.getreply()


def _registry(settings: Local, now: datetime, port: int) -> None:
    config = uvicorn.Config(
        create_app(settings, lambda: now),
        host="127.0.0.1",
        port=port,
        http=OneWriteProtocol,
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    asyncio.run(uvicorn.Server(config).serve())


def _archive(settings: Local, now: datetime) -> None:
    from services.registry import work

    work.main()


def _reporting(settings: Local, now: datetime) -> None:
    from services.reporting import work

    work.main()


def _notifier(settings: Local, now: datetime) -> None:
    from services.notifier import work

    work.main()


def _letters_worker(settings: Local, now: datetime) -> None:
    from services.notifier import work

    work.main_letters()


def _letters(settings: Local, now: datetime, letter: int) -> None:
    assemble(settings, lambda: now).delivery.send(letter)


def _backup(settings: Local, now: datetime, folder: str, kept: int) -> None:
    back_up_log.main([folder, "--keep", str(kept), "--quiet"], standalone_mode=False)


def _tick(settings: Local, now: datetime) -> None:
    tick.EVERY_SECONDS, tick.LEASE_SECONDS, doorbell.BELL_SECONDS = 0.05, 0.5, 1  # As in a day, but sooner.
    tick.main()


_PARTS: Final[dict[str, Callable[..., None]]] = {
    "registry": _registry,
    "archive": _archive,
    "reporting": _reporting,
    "notifier": _notifier,
    "letters": _letters,
    "letters worker": _letters_worker,
    "tick": _tick,
    "backup": _backup,
}
