"""A family of processes: who worked and died is back at once and said so, who never began is tried ever more slowly."""

import os
import select
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from services.local import FAMILY

pytestmark = pytest.mark.skipif(not FAMILY, reason="no processes are forked here")

# The child writes down when it begins; `works` stays until it is killed, `fails` ends at once.
PARENT = """
import os, signal, sys, time
from services import together

together._SOON = 0.2

def work(words):
    with open(words[1], "a") as book:
        print(words[0], os.getpid(), time.monotonic(), file=book, flush=True)
    if words[0] == "works":
        signal.pause()

together.Family({name: (name, sys.argv[1]) for name in sys.argv[2:]}, work).live()
"""


class Parent:
    """A running family, and what its children wrote down."""

    def __init__(self, book: Path, *children: str) -> None:
        self._book = book
        self.process = subprocess.Popen(
            [sys.executable, "-c", PARENT, str(book), *children], stdout=subprocess.PIPE, text=True
        )

    def births(self, number: int) -> list[tuple[str, int, float]]:
        """Wait until so many children were born."""
        lines: list[str] = []
        while len(lines) < number and self.process.poll() is None:
            time.sleep(0.01)
            lines = self._book.read_text().splitlines() if self._book.exists() else []
        return [(name, int(pid), float(at)) for name, pid, at in map(str.split, lines)]

    def said(self) -> str:
        """Wait for one line to supervisord."""
        return self.process.stdout.readline()


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "born"


def test_who_worked_and_died_is_back_at_once_and_said_so(book: Path):
    parent = Parent(book, "works")
    [(_, first, born)] = parent.births(1)
    time.sleep(max(0, born + 0.3 - time.monotonic()))  # Until it counts as working.
    os.kill(first, signal.SIGKILL)

    assert "works EXITED" in parent.said()
    assert len({pid for _, pid, _ in parent.births(2)}) == 2
    assert "works RUNNING" in parent.said()
    parent.process.send_signal(signal.SIGTERM)
    assert parent.process.wait(10) == 0 and parent.said() == ""


def test_who_never_begins_to_work_is_tried_ever_more_slowly_and_without_a_word(book: Path):
    parent = Parent(book, "fails")
    times = [at for _, _, at in parent.births(4)]
    parent.process.send_signal(signal.SIGTERM)

    assert parent.process.wait(10) == 0 and parent.said() == ""
    pauses = [after - before for before, after in pairwise(times[:4])]
    assert all(pause >= 0.2 * number for number, pause in enumerate(pauses, start=1))


def test_children_end_with_their_parent(book: Path):
    parent = Parent(book, "works")
    [(_, child, _)] = parent.births(1)
    watched = os.pidfd_open(child)
    parent.process.kill()
    parent.process.wait()

    assert select.select([watched], [], [], 10)[0]
