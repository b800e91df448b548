"""A full disk: 503 meanwhile, and everything acknowledged is there when there is space again."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.field import some_clubs
from tests.faults.ground import Ground, Rounds, until
from tests.servers import Valkey
from tests.station import Mailbox

MEGABYTES = 4


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def on_small_disk(small_disk: Path, tmp_path: Path, mailbox: Mailbox) -> Iterator[tuple[Ground, Valkey]]:
    valkey = Valkey(small_disk / "v")
    made = Ground(tmp_path, valkey.url, "vn", mailbox)
    yield made, valkey
    made.close()
    valkey.kill()


def test_a_full_disk_turns_reports_away_and_loses_none(
    on_small_disk: tuple[Ground, Valkey], small_disk: Path, rounds: Rounds
):
    ground, valkey = on_small_disk
    ground.act("registry")
    for round in rounds.of("Valkey: its disk is full", ground):
        ground.field.send(ground.address, *some_clubs(round.name, 1))
        fill_up(small_disk / "ballast", leave=round.chance.randrange(2000))
        before = ground.field.turned_away
        [late] = some_clubs(f"{round.name}-late", 1)
        until(lambda late=late, before=before: is_turned_away(ground, late, before))

        (small_disk / "ballast").unlink()
        if valkey.process.poll() is not None:  # It stopped itself: its supervisor starts it again.
            valkey.start()
        ground.field.send(ground.address, late)


def fill_up(file: Path, leave: int) -> None:
    """Leave so many bytes, give or take a page."""
    with file.open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(4096))
        except OSError:
            pass
    with file.open("r+b") as ballast:
        ballast.truncate(max(0, file.stat().st_size - leave))


def is_turned_away(ground: Ground, late: list[dict[str, object]], before: int) -> bool:
    """Reports are sent until one meets the full disk."""
    for one in late:
        ground.field.try_once(ground.address(), one)
    return ground.field.turned_away > before
