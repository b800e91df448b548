"""A report is found again in every log it passes through: HTTP, log, followers, letter."""

import json
from pathlib import Path
from typing import Any

from services.local import FAMILY
from shared.report import Identity
from tests.builders import TUYEN_QUANG, club_founded
from tests.system import System

REQUEST, REPORT = "4bf92f3577b34da6a3ce929d0e0e4736", "0af7651916cd43dd8448eb211c80319c"
OFFICE = {
    "name": "x",
    "kind": "provincial_association",
    "provinces": ["08"],
    "addresses": ["board@ishc.test"],
}
PROCESSES = ("registry", "archive-worker", "reporting-worker", "notifier-worker", "letters-worker")


def lines(folder: Path, process: str) -> list[dict[str, Any]]:
    """All that a process wrote: every line is an object."""
    log = folder / "logs" / f"{'workers' if process in FAMILY else process}.log"
    written = [json.loads(line) for line in log.read_text().splitlines()]
    return [line for line in written if line["process"] == process]


def named(folder: Path, process: str, trace: str) -> list[dict[str, Any]]:
    return [line for line in lines(folder, process) if trace in (line.get("trace"), *line.get("traces", []))]


def test_a_report_is_found_in_every_log(tmp_path: Path):
    with System(tmp_path, ISHC_LOG_FORMAT="json", ISHC_URGENT_GAP_MINUTES="0") as system:
        bearer = {"Authorization": f"Bearer {system.token()}"}
        system.client.put(
            f"{system.url('notifier')}/v1/offices/board", json=OFFICE, headers=bearer
        ).raise_for_status()
        says = club_founded("mot-1", place=TUYEN_QUANG) | {"traceparent": f"00-{REPORT}-b7ad6b7169203331-01"}
        plain = club_founded("hai-2", place=TUYEN_QUANG)
        header = {"traceparent": f"00-{REQUEST}-00f067aa0ba902b7-01"}
        for sent in (says, plain):
            url = f"{system.url('registry')}/v1/events"
            assert system.client.post(url, json=sent, headers=bearer | header).status_code == 201
        own = Identity(plain["source"], plain["id"]).key
        system.wait_until(lambda: letters_sent(tmp_path, own))

        for trace in (REPORT, own):
            for process in PROCESSES:
                assert named(tmp_path, process, trace), (process, trace)
        [recorded] = named(tmp_path, "registry", own)
        assert recorded["requests"] == [REQUEST] and recorded["first"] == recorded["last"] == 2
        [letter] = system.letters_at("board")[-1:]
        assert letter["X-ISHC-Positions"] in ("1", "2", "1 2")
        everything = [line for process in [*PROCESSES, "tick"] for line in lines(tmp_path, process)]
        assert all({"time", "level", "process", "logger", "message"} <= line.keys() for line in everything)


def letters_sent(folder: Path, trace: str) -> bool:
    return any("sent" in line["message"] for line in named(folder, "letters-worker", trace))
