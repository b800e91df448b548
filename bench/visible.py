"""The whole system at rest: how soon a posted meeting is in a figure, and what all processes together use meanwhile.

Everything runs as `ishc up` starts it, with embedded stores. Each meeting comes after a pause in which all workers
fall asleep, so each rings the bell. Then `GET /v1/figures` is asked every 2 ms until it has reached the position.
The floor is one `GET /health/live` of the same service, asked just before: no way of reading over HTTP is faster.
"""

import json
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

import psutil

from bench.harness import Row, percentile, run, scratch
from bench.processes import child, environment, free_ports, ishc, wait_until_ready
from bench.reports import club, foundings, meeting

POLL_SECONDS: Final = 0.002
GIVE_UP_SECONDS: Final = 30
_PORTS: Final = (
    "ISHC_REGISTRY_PORT",
    "ISHC_REPORTING_PORT",
    "ISHC_NOTIFIER_PORT",
    "ISHC_SMTP_PORT",
    "ISHC_MAILBOX_PORT",
    "ISHC_MAILBOX_IMAP_PORT",
)
_MAILBOX: Final = "mail_devel"  # Runs only where no mail server is set.
_QUESTION: Final = "/v1/figures?indicator=meetings"


class Http:
    """One connection that stays open, as a browser keeps it."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> Any:
        return self._ask("GET", path)

    def post(self, event: dict[str, Any]) -> int:
        """The position the event was recorded at."""
        position: int = self._ask("POST", "/v1/events", json.dumps(event).encode())["position"]
        return position

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        self._connection.request(method, path, body, self._headers | {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status >= 300:
            raise RuntimeError(said.decode())
        return json.loads(said)


@dataclass(frozen=True, slots=True)
class System:
    """The running system. `process` is its supervisor."""

    process: psutil.Process
    registry: Http
    reporting: Http


@dataclass(slots=True)
class Times:
    """Milliseconds of one round, one number for each meeting."""

    from_sending: list[float] = field(default_factory=list)
    from_answer: list[float] = field(default_factory=list)
    question: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)


@contextmanager
def system() -> Iterator[System]:
    """`ishc up` in a folder and on ports of its own."""
    with scratch() as folder:
        ports = dict(zip(_PORTS, free_ports(len(_PORTS)), strict=True))
        settings = environment(ISHC_DATA_DIR=str(folder), **{name: str(port) for name, port in ports.items()})
        with child(["services.cli", "up"], folder, settings) as supervisor:
            for name in _PORTS[:3]:
                wait_until_ready(f"http://127.0.0.1:{ports[name]}/health/ready", supervisor, folder)
            token = ishc(["token", "make", "--name", "bench", "--role", "operator"], folder, settings)
            registry, reporting = (Http(ports[name], token) for name in _PORTS[:2])
            yield System(psutil.Process(supervisor.pid), registry, reporting)


def measure(quick: bool) -> list[Row]:
    """Milliseconds from post to figure, and MB at rest."""
    rounds, posts, rest_seconds = (2, 8, 5) if quick else (5, 60, 60)
    with system() as running:
        for event in foundings()[:posts]:
            position = running.registry.post(event)
        _wait_for_figure(running, position)
        times = [_one_round(running, number, posts) for number in range(rounds)]
        time.sleep(5)  # The last batch is being digested.
        before = _cpu_seconds(running.process)
        time.sleep(rest_seconds)
        after = _cpu_seconds(running.process)
        memory = [_memory(running.process) for _ in range(rounds)]
    busy = {name: 100 * (after[name] - before[name]) / rest_seconds for name in after}
    return [*_time_rows(times), *_busy_rows(busy, rest_seconds), *_memory_rows(memory)]


def _one_round(running: System, number: int, posts: int) -> Times:
    times, pause = Times(), random.Random(number)
    for index in range(posts):
        time.sleep(pause.uniform(0.3, 0.5))
        times.floor.append(_milliseconds(lambda: running.reporting.get("/health/live")))
        times.question.append(_milliseconds(lambda: running.reporting.get(_QUESTION)))
        sending = time.perf_counter()
        position = running.registry.post(meeting(f"visible-{number}-{index}", club(index)))
        answered = time.perf_counter()
        _wait_for_figure(running, position)
        seen = time.perf_counter()
        times.from_sending.append(1000 * (seen - sending))
        times.from_answer.append(1000 * (seen - answered))
    return times


def _wait_for_figure(running: System, position: int) -> None:
    deadline = time.perf_counter() + GIVE_UP_SECONDS
    while (asked := time.perf_counter()) < deadline:
        if running.reporting.get(_QUESTION)["position"] >= position:
            return
        time.sleep(max(0.0, POLL_SECONDS - (time.perf_counter() - asked)))
    raise RuntimeError(f"position {position} is in no figure after {GIVE_UP_SECONDS} s")


def _milliseconds(work: Any) -> float:
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def _time_rows(times: list[Times]) -> Iterator[Row]:
    spans = {
        "ours: sending the post → figure": [one.from_sending for one in times],
        "of this, from the 201 on": [one.from_answer for one in times],
        "one GET /v1/figures": [one.question for one in times],
        "floor: GET /health/live": [one.floor for one in times],
    }
    for percent in (50, 95):
        for who, rounds in spans.items():
            values = tuple(percentile(values, percent) for values in rounds)
            yield Row(f"visible, p{percent}", who, "ms", values, f"{len(rounds[0])} posts a round")


def _memory(supervisor: psutil.Process) -> dict[str, float]:
    """MB of each process, shared pages divided among those who share them."""
    used: dict[str, float] = defaultdict(float)
    for process in (supervisor, *supervisor.children(recursive=True)):
        used[_name(process)] += process.memory_full_info().pss / 1e6
    return used


def _cpu_seconds(supervisor: psutil.Process) -> dict[str, float]:
    """Seconds of CPU that each process ever used."""
    used: dict[str, float] = defaultdict(float)
    for process in (supervisor, *supervisor.children(recursive=True)):
        times = process.cpu_times()
        used[_name(process)] += times.user + times.system
    return used


def _name(process: psutil.Process) -> str:
    """What a process does: the words of `ishc` that started it, or its program."""
    command = " ".join(process.cmdline()).split()
    if "services.cli" in command:
        return " ".join(command[command.index("services.cli") + 1 :][:2])
    if not process.name().startswith("python"):
        return process.name()
    if "services.console" in command:
        return "console"
    return Path(command[1]).name


def _busy_rows(busy: dict[str, float], seconds: int) -> Iterator[Row]:
    """The kernel counts hundredths of a second: over a minute, 0.02 % of a core."""
    note = f"over {seconds} s"
    yield Row("CPU at rest", "ours: all processes", "% of a core", (sum(busy.values()),), note)
    for name in sorted(busy, key=busy.__getitem__, reverse=True):
        yield Row(f"of this, {name}", "CPU", "% of a core", (busy[name],))


def _memory_rows(memory: list[dict[str, float]]) -> Iterator[Row]:
    yield Row("memory at rest", "ours: all processes, PSS", "MB", tuple(sum(one.values()) for one in memory))
    without = tuple(sum(one.values()) - one[_MAILBOX] for one in memory)
    yield Row("memory at rest, letters go to a mail server", "ours: no mailbox", "MB", without)
    for name in sorted(memory[0], key=memory[0].__getitem__, reverse=True):
        yield Row(f"of this, {name}", "PSS", "MB", tuple(one[name] for one in memory))


if __name__ == "__main__":
    run(measure)
