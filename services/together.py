"""The workers of one machine as one family: forked from a process that has loaded what all of them need.

Six processes so take a third of the memory they would take alone. The parent does no work of its own: it starts again
whoever dies, and tells supervisord, which looks after the parent. When the parent dies, its children end.
"""

import gc
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Final

from setproctitle import setproctitle

Work = Callable[[Sequence[str]], None]

_SOON: Final = 1.0  # Seconds: who lived no longer has not begun to work.
_LATEST: Final = 30  # Times as long is the longest pause before one is started that never begins to work.
# What supervisord takes out of a program's output and hands to the console, `services/console.py`.
_TOLD: Final = "<!--XSUPERVISOR:BEGIN-->{} {}<!--XSUPERVISOR:END-->\n"


class Family:
    """Child processes by name, each doing `work` with its own words until it is told to stop."""

    def __init__(self, words: Mapping[str, Sequence[str]], work: Work) -> None:
        self._words, self._work = words, work
        self._context = get_context("fork")
        # Nobody writes here: it comes to an end when the parent does, who alone holds the other end.
        self._alive, self._held = os.pipe()
        self._children: dict[str, BaseProcess] = {}
        self._born: dict[str, float] = {}
        self._mourned: set[str] = set()  # Said to have died, and not yet to be back.
        self._failed: Counter[str] = Counter()  # How often one in turn did not begin to work.
        self._due: dict[str, float] = {}  # When they are tried again.
        self._stopping = False

    def live(self) -> None:
        """Start everybody, and again whoever dies; return when all have ended after a SIGTERM."""
        signal.signal(signal.SIGTERM, lambda *_: self._stop())
        gc.collect()
        gc.freeze()  # A collector that looks at what is shared would copy it.
        for name in self._words:
            self._start(name)
        while self._children or (self._due and not self._stopping):
            waiting = self._due or self._mourned
            wait([child.sentinel for child in self._children.values()], _SOON if waiting else None)
            for name, child in list(self._children.items()):
                if not child.is_alive():
                    self._bury(name)
                elif name in self._mourned and self._works(name):
                    self._mourned.remove(name)
                    _tell_supervisord(name, "RUNNING")
            for name in [name for name, at in self._due.items() if at <= time.monotonic()]:
                del self._due[name]
                self._start(name)

    def _start(self, name: str) -> None:
        if self._stopping:
            return
        child = self._context.Process(
            target=_grow_up, args=(self._work, self._words[name], self._alive, self._held)
        )
        child.start()
        self._born[name], self._children[name] = time.monotonic(), child
        if self._stopping:  # Told while it was being born.
            child.terminate()

    def _bury(self, name: str) -> None:
        """Start a child that died again: at once if it worked, else ever more slowly and without a word."""
        self._children.pop(name).join()
        if self._stopping:
            return
        if self._works(name):
            self._failed[name] = 0
            self._mourned.add(name)
            _tell_supervisord(name, "EXITED")
            self._start(name)
        else:
            self._failed[name] += 1
            self._due[name] = time.monotonic() + _SOON * min(self._failed[name], _LATEST)

    def _works(self, name: str) -> bool:
        return time.monotonic() - self._born[name] >= _SOON

    def _stop(self) -> None:
        self._stopping = True
        for child in list(self._children.values()):
            child.terminate()


def _grow_up(work: Work, words: Sequence[str], alive: int, held: int) -> None:
    """What a child does first: take its own name, and see to it that it does not outlive its parent."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.close(held)
    threading.Thread(target=_end_with_parent, args=(alive,), daemon=True).start()
    setproctitle(" ".join([sys.executable, "-m", "services.cli", *words]))
    work(words)


def _end_with_parent(alive: int) -> None:
    os.read(alive, 1)  # Returns at the end of the file only.
    os.kill(os.getpid(), signal.SIGTERM)


def _tell_supervisord(name: str, what: str) -> None:
    # In one piece: the children write there too.
    os.write(sys.stdout.fileno(), _TOLD.format(name, what).encode())
