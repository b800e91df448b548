"""`kill -9` of a backup between any two of its steps: what was a backup stays one, and the next goes on."""

import signal
from pathlib import Path

from services.backup.folder import Folder, NoBackup, Run
from services.backup.verifying import verify_folder
from tests.faults.actors import STEPS, Actor
from tests.faults.ground import Ground, Rounds
from tests.machines import QUIET

KEPT = 2  # Runs: from the third on an old one goes.
OF_THE_THIRD = "an old run is gone"


def test_a_backup_killed_at_any_step_leaves_the_one_before_it_whole(
    ground: Ground, rounds: Rounds, tmp_path: Path
):
    folder, steps = Folder(tmp_path / "backup"), list(STEPS["backup"])
    for round in rounds.of("backup: kill -9 at each step", ground):
        before = newest(folder)
        ground.reports_come_in(round.name)
        backs_up(ground, folder, steps[round.number % len(steps)])
        assert newest(folder) in (before, whole(folder, ground))

        ground.reports_come_in(f"{round.name}-later")
        backs_up(ground, folder)
        assert newest(folder) == whole(folder, ground) is not None
        assert left_over(folder) == set()


def backs_up(ground: Ground, folder: Folder, dies_at: str = "") -> None:
    """A process that backs up, and may be killed at a step."""
    armed = (signal.SIGKILL, dies_at)
    backup = Actor("backup", ground.station.settings, ground.station.now, str(folder.path), KEPT, armed=armed)
    assert backup.wait_for_end()
    died = backup.exitcode == -signal.SIGKILL
    assert died or (backup.exitcode == 0 and dies_at in ("", OF_THE_THIRD))


def whole(folder: Folder, ground: Ground) -> Run | None:
    """The newest run, if it holds the whole log of now."""
    head, run = ground.log.head(), folder.newest()
    return run if run is not None and (run.position, run.hash) == (head.position, head.hash) else None


def newest(folder: Folder) -> Run | None:
    """The newest backup, once every file of every run and every event of it is proved."""
    try:
        return verify_folder(folder, QUIET)
    except NoBackup:
        return None


def left_over(folder: Folder) -> set[str]:
    """Files that no backup needs."""
    there = {str(path.relative_to(folder.path)) for path in folder.path.glob("*/*.gz")}
    there |= {path.name for path in folder.path.glob(".part-*")}
    return there - {file.file for run in folder.runs().values() for file in run.files()}
