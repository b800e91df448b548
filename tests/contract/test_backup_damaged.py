"""What is damaged is named: a log is not backed up so, a backup not restored; and one cut off harms nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from services.backup.folder import Folder
from services.backup.running import back_up
from services.backup.segments import Broken
from services.backup.verifying import Unsound, verify_folder
from services.registry import tables as registry_tables
from tests.builders import NOW
from tests.machines import QUIET, Machine, filled, flip, run


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of a hundred events: what holds at their edges is seen with few."""
    monkeypatch.setattr("services.backup.running.SIZE", 100)


def test_a_damaged_log_is_not_backed_up_and_the_last_backup_stays(
    make: Callable[..., Machine], folder: Folder
):
    machine = filled(make())
    run(folder, machine)
    machine.append(100)
    machine.archive()
    with machine.database("registry").begin() as transaction:
        archive = registry_tables.metadata.tables["archive"]
        transaction.execute(update(archive).where(archive.c.position == 277).values(data="{}"))

    with pytest.raises(Broken) as broken:
        run(folder, machine)

    assert broken.value.fault.position == 277
    assert verify_folder(folder, QUIET).position == 250


def test_a_segment_that_was_damaged_is_written_anew(make: Callable[..., Machine], folder: Folder):
    machine = filled(make())
    first = run(folder, machine)
    flip(folder.path / first.log[1].file, 0.5)

    second = run(folder, machine)

    assert second.log == first.log
    assert verify_folder(folder, QUIET).position == 250


def test_a_backup_cut_off_harms_nothing_and_the_next_goes_on(make: Callable[..., Machine], folder: Folder):
    machine = filled(make())
    run(folder, machine)
    machine.append(300)

    def full(done: int, of: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        back_up(folder, machine.log, machine.stores, lambda: NOW, 30, full)

    assert verify_folder(folder, QUIET).position == 250
    assert run(folder, machine).position == 550
    assert verify_folder(folder, QUIET).position == 550
    assert list(folder.path.glob(".part-*")) == []


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("whole") / "backup"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(which=st.integers(0, 10**6), where=st.floats(0, 1, exclude_max=True), bits=st.integers(1, 255))
def test_whatever_byte_is_changed_its_file_is_named(
    make: Callable[..., Machine], whole: Path, which: int, where: float, bits: int
):
    folder = Folder(whole)
    if not whole.exists():
        run(folder, filled(make()))
    files = sorted(path for path in whole.rglob("*") if path.is_file() and path.name != ".lock")
    path = files[which % len(files)]
    before = path.read_bytes()
    flip(path, where, bits)

    with pytest.raises(Unsound) as unsound:
        verify_folder(folder, QUIET)
    path.write_bytes(before)

    assert unsound.value.file.endswith(path.name)
    assert verify_folder(folder, QUIET).position == 250


def test_a_changed_event_is_named_though_every_checksum_fits(make: Callable[..., Machine], folder: Folder):
    first = run(folder, filled(make()))
    segment = first.log[1]
    lines = [json.loads(line) for line in folder.lines(segment)]
    lines[41]["data"]["attendance"] = {"women": 99}
    forged = folder.write("log/forged", (json.dumps(line).encode() for line in lines))
    log = [one.model_copy(update=forged.model_dump()) if one is segment else one for one in first.log]
    folder.write_run(first.model_copy(update={"log": log, "made_at": "2031-01-01T00:00:00Z"}))

    with pytest.raises(Unsound) as unsound:
        verify_folder(folder, QUIET)

    assert (unsound.value.file, unsound.value.fault.position) == (forged.file, 142)


def test_a_missing_file_is_named(make: Callable[..., Machine], folder: Folder):
    first = run(folder, filled(make()))
    (folder.path / first.log[0].file).unlink()

    with pytest.raises(Unsound, match=first.log[0].file):
        verify_folder(folder, QUIET)
