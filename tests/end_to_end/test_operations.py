"""The drills of docs/operations.md, run as they are written, one after the other."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.local import valkey_command
from tests.builders import TUYEN_QUANG, club_founded, meeting_held
from tests.system import System

ROOT = Path(__file__).parent.parent.parent
VALKEY = valkey_command(ROOT)[0]  # The wheel's: it checks files under another name.
WORDS = "bà Sình Thị May ốm"


def drills(page: str) -> dict[str, list[str]]:
    """The commands of a page, by the heading above them."""
    found: dict[str, list[str]] = {}
    heading = ""
    for title, block in re.findall(
        r"^## ([^\n]+)$|^```sh\n(.*?)^```$", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.M | re.S
    ):
        heading = title or heading
        if block:
            found.setdefault(heading, []).extend(block.strip().splitlines())
    return found


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("ops")
    with System(folder / "data") as running:
        phone = running.token("dien-thoai-1", "device", "--province", "08")
        for sent in (
            club_founded("co-dien", source="/devices/dien-thoai-1", place=TUYEN_QUANG),
            meeting_held("co-dien", source="/devices/dien-thoai-1", note=WORDS),
            meeting_held("co-dien", on="2026-04-21", source="/devices/dien-thoai-1"),
            meeting_held("co-dien", on="2026-05-21", source="/devices/dien-thoai-1"),
            meeting_held("co-dien", on="2026-06-21", source="/devices/dien-thoai-1"),
        ):
            running.client.post(
                f"{running.url('registry')}/v1/events",
                json=sent,
                headers={"Authorization": f"Bearer {phone}"},
            ).raise_for_status()
        yield running


def run(system: System, command: str) -> str:
    match command:
        case "systemctl stop ishc":
            system.stop()
            return ""
        case "systemctl start ishc":
            system.start()
            return ""
    names = f'ishc() {{ {shlex.quote(sys.executable)} -m services.cli "$@"; }}\n'
    names += f'valkey-check-aof() {{ (exec -a valkey-check-aof {shlex.quote(VALKEY)} "$@") }}\n'
    done = subprocess.run(
        ["bash", "-e", "-c", names + command.replace("docs/", f"{ROOT}/docs/")],
        env=system.environment,
        cwd=system.folder.parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def meetings(system: System) -> int:
    return system.get("reporting", "/v1/figures?indicator=meetings&from=2026-01-01&to=2026-12-31")["total"][
        "value"
    ]


def test_both_pages_show_the_same_commands():
    assert len(drills("operations.md")) == 10
    assert list(drills("operations.md").values()) == list(drills("operations.vi.md").values())


def drill(system: System, words: str) -> str:
    """Run the commands under a heading; what they print."""
    [commands] = [commands for heading, commands in drills("operations.md").items() if words in heading]
    return "".join(run(system, command) for command in commands)


def log(system: System) -> tuple[int, int]:
    told = system.get("registry", "/v1/events?limit=1")
    return told["head"], told["epoch"]


# The drills follow each other as on the page: each test begins where the one before it ended.


def test_every_night(system: System):
    system.wait_until(lambda: meetings(system) == 4)

    assert drill(system, "Every night").count("vị trí 5") == 2


def test_a_lost_machine(system: System):
    assert drill(system, "machine is lost").count("vị trí 5") == 3

    assert log(system) == (5, 2)
    system.wait_until(lambda: meetings(system) == 4)


def test_a_point_in_time(system: System):
    drill(system, "point in time")

    assert log(system) == (4, 3)
    system.wait_until(lambda: meetings(system) == 3)


def test_everything_is_still_what_was_reported(system: System):
    assert drill(system, "still what was reported").count("Nguyên vẹn đến vị trí 4") == 3


def test_a_name_is_taken_out(system: System):
    drill(system, "redact")

    assert log(system) == (5, 3)
    assert system.get("registry", "/v1/events/2")["redacted"] is True
    assert meetings(system) == 3
    written = WORDS.encode(), json.dumps(WORDS)[1:-1].encode()
    files = {path.name: path.read_bytes() for path in system.folder.rglob("*") if path.is_file()}
    assert [name for name, found in files.items() if any(one in found for one in written)] == []


def test_a_lost_valkey(system: System):
    drill(system, "Valkey is lost")

    assert log(system) == (5, 4)


def test_noise_behind_the_last_write(system: System):
    system.stop()
    files = (system.folder / "valkey" / "appendonlydir").glob("*.incr.aof")
    with max(files, key=lambda file: int(file.name.split(".")[2])).open("ab") as newest:
        newest.write(bytes(100))
    assert subprocess.run(valkey_command(system.folder / "valkey"), stdout=subprocess.DEVNULL).returncode != 0

    drill(system, "does not start")

    assert log(system) == (5, 4)


def test_lost_databases(system: System):
    drill(system, "database is lost")

    assert log(system) == (5, 4)
    system.wait_until(lambda: meetings(system) == 3)
    assert "Nguyên vẹn" in run(system, "ishc log verify")


def test_a_full_disk(system: System):
    drill(system, "disk is full")

    assert log(system) == (5, 4)


def test_a_leaked_token(system: System):
    assert "dien-thoai-1\tdevice\t08\t/devices/dien-thoai-1\t-\trevoked" in drill(system, "token leaked")


def test_after_all_drills_backups_are_whole(system: System):
    assert "vị trí 5" in run(system, "ishc log backup backup-after --quiet")
    assert "Nguyên vẹn" in run(system, "python3 docs/verify_log.py backup-after")


def test_a_backup_that_fails_says_so_and_what_to_do(system: System, tmp_path: Path):
    (tmp_path / "file").write_text("in the way")

    for words in (
        ("log", "backup", str(tmp_path / "file" / "folder")),
        ("log", "restore", str(tmp_path)),
        ("log", "verify", "--backup", str(tmp_path)),
        ("log", "redact", "99", "--reason", "x"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "services.cli", *words],
            env=system.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 1
        assert done.stderr.count(" / ") == 1, done.stderr
        assert "Traceback" not in done.stderr
