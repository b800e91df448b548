"""`docs/verify_log.py`: one file, without the project, says of a backup or a feed whether it is whole."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.backup.folder import Folder
from shared.receipt import receipt
from tests.machines import Machine, filled, flip, run

VERIFIER = Path(__file__).parent.parent.parent / "docs" / "verify_log.py"


def verify(*words: object) -> tuple[int, str]:
    """Run it as an auditor would: isolated, so that nothing installed is seen."""
    command = [sys.executable, "-I", "-S", str(VERIFIER), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/")
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.backup.running.SIZE", 100)


def feed_of(machine: Machine, after: int = 0) -> bytes:
    events = [event for start in range(after, 250, 50) for event in machine.log.read(start, 50)]
    return "".join(event.as_json() + "\n" for event in events).encode()


def test_a_whole_backup_is_whole_and_knows_its_receipts(make: Callable[..., Machine], folder: Folder):
    machine = filled(make())
    run(folder, machine)
    [event] = machine.log.read(119, 1)
    code = receipt(120, event.hash)

    status, said = verify(folder.path, "--receipt", code.lower().replace("0", "o"))

    assert status == 0
    assert f"{code}: khớp" in said
    assert machine.log.head().hash in said
    assert receipt(250, machine.log.head().hash) in said
    assert verify(folder.path, "--receipt", "121-" + code.partition("-")[2])[0] == 1
    assert verify(folder.path, "--receipt", code.replace("120-", "900-"))[0] == 1


def test_a_segment_and_a_feed_are_proved_too(make: Callable[..., Machine], folder: Folder, tmp_path: Path):
    machine = filled(make())
    second = run(folder, machine).log[1]
    feed, later = tmp_path / "feed.ndjson", tmp_path / "later.ndjson"
    feed.write_bytes(feed_of(machine))
    later.write_bytes(feed_of(machine, after=150))

    assert verify(folder.path / second.file)[0] == 0
    assert second.hash in verify(folder.path / second.file)[1]
    for file in (feed, later):
        status, said = verify(file)
        assert (status, "vị trí 250" in said, machine.log.head().hash in said) == (0, True, True)
    feed.write_bytes(feed.read_bytes().replace(b'"subjectversion":77', b'"subjectversion":78'))
    assert verify(feed) == (1, "77: phần đầu hoặc mã băm bị sửa / envelope or hash changed\n")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("whole") / "backup"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(which=st.integers(0, 10**6), where=st.floats(0, 1, exclude_max=True), bits=st.integers(1, 255))
def test_whatever_byte_is_changed_a_position_or_the_file_is_named(
    make: Callable[..., Machine], whole: Path, which: int, where: float, bits: int
):
    if not whole.exists():
        run(Folder(whole), filled(make()))
    files = sorted(path for path in whole.rglob("*") if path.is_file() and path.name != ".lock")
    path = files[which % len(files)]
    before = path.read_bytes()
    flip(path, where, bits)

    status, said = verify(whole)
    path.write_bytes(before)

    assert status == 1
    assert path.name in said or (path.parent.name == "log" and said[0].isdigit())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(line=st.integers(0, 99), where=st.floats(0, 1, exclude_max=True), bits=st.integers(1, 127))
def test_whatever_byte_of_an_event_is_changed_its_position_is_named(
    make: Callable[..., Machine], whole: Path, line: int, where: float, bits: int, tmp_path: Path
):
    if not whole.exists():
        run(Folder(whole), filled(make()))
    folder = Folder(whole)
    lines = list(folder.lines(folder.chosen(None).log[0]))
    at = int(where * len(lines[line]))
    if (start := lines[line].index(b'"epoch":')) <= at < lines[line].index(b'"position":', start):
        return  # In which epoch an event was recorded is not chained: only the file's checksum tells.
    lines[line] = lines[line][:at] + bytes([lines[line][at] ^ bits]) + lines[line][at + 1 :]
    file = tmp_path / "segment.ndjson"
    file.write_bytes(b"\n".join(lines))

    status, said = verify(file)

    assert (status, said.partition(":")[0]) == (1, str(line + 1)), said


def test_nothing_to_read_is_no_proof(tmp_path: Path):
    assert verify(tmp_path)[0] == 2
    assert verify(tmp_path / "nothing.ndjson")[0] == 2
