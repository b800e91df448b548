"""An upgrade and a roll back as `docs/upgrading.md` has them: every report stays, and every figure to the byte."""

import re
import shutil
import sqlite3
from pathlib import Path

from shared.database import migrate
from tests.builders import club_founded, meeting_held
from tests.system import System

PAGE = Path("docs/upgrading.md").read_text(encoding="utf-8")
[FORWARD, _DOCTOR, BACK] = re.findall(r"^       ishc (.+)$", PAGE, re.MULTILINE)
ASKED = (
    "/v1/figures?indicator=clubs&by=province&by=year",
    "/v1/figures?indicator=members&by=province",
    "/v1/figures?indicator=trainings&by=quarter&scheme=63",
    "/v1/figures/diff?indicator=clubs&from_known=1&to_known=60",
    "/v1/clubs?limit=100",
)


def figures(system: System, position: int) -> list[bytes]:
    """What the world was told at a position; asked again for ever it is the same."""
    told = []
    for path in ASKED:
        at = "" if "diff" in path or "clubs?" in path else f"&known_at={position}&valid_at=2026-06-30"
        bearer = {"Authorization": f"Bearer {system.token()}"}
        answer = system.client.get(f"{system.url('reporting')}{path}{at}", headers=bearer)
        assert answer.status_code == 200, answer.text
        told.append(answer.content)
    return told


def caught_up(system: System) -> int:
    """The head of the log, once reporting has reached it."""
    head = system.get("registry", "/v1/events?limit=1")["head"]
    system.wait_until(lambda: system.get("reporting", "/v1/figures?indicator=clubs")["position"] == head, 60)
    return head


def versions(system: System) -> dict[str, str]:
    found = {}
    for service in ("registry", "reporting", "notifier"):
        with sqlite3.connect(system.folder / f"{service}.sqlite") as database:
            [(found[service],)] = database.execute(f"SELECT version_num FROM {service}_version")
    return found


def test_back_and_forth_keeps_every_report_and_every_figure(tmp_path: Path):
    system = System(tmp_path, sample=True)
    with system:
        system.post(club_founded("moi-1"))
        head = caught_up(system)
        before, newest = figures(system, head), versions(system)
        letters = system.get("notifier", "/v1/letters")["items"]

    system.ishc(*BACK.split())
    assert versions(system) == dict(one.split("=") for one in re.findall(r"--to (\S+)", BACK))
    system.ishc(*FORWARD.split())
    assert versions(system) == newest

    system.sample = False
    with system:
        assert caught_up(system) == head
        assert figures(system, head) == before
        assert system.get("registry", "/v1/tally")["accepted"] == head
        assert [one["message_id"] for one in system.get("notifier", "/v1/letters")["items"]] == [
            one["message_id"] for one in letters
        ]
        assert system.post(meeting_held("moi-1")).json()["position"] == head + 1


def test_the_first_version_of_all_is_upgraded_by_starting(tmp_path: Path):
    """Databases as the first migration made them, with the archive of a log whose Valkey is lost."""
    now, then = tmp_path / "now", tmp_path / "then"
    now.mkdir(), then.mkdir()
    with System(now, sample=True) as system:
        head = caught_up(system)
        before = figures(system, head)
        shutil.copy(now / "registry.sqlite", tmp_path / "registry.sqlite")
    for service in ("registry", "reporting", "notifier"):
        migrate(f"sqlite:///{then}/{service}.sqlite", service, "0001")
    with sqlite3.connect(then / "registry.sqlite") as database:
        database.execute("ATTACH ? AS newer", [str(now / "registry.sqlite")])
        for table in ("archive", "checkpoint"):
            database.execute(f"INSERT INTO {table} SELECT * FROM newer.{table}")

    with System(then) as system:
        assert caught_up(system) == head
        assert figures(system, head) == before
        assert system.get("notifier", "/v1/letters")["items"] == []
