"""`kill -9` and SIGSTOP of the workers between any two of their steps, and two of them on one checkpoint."""

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.catch_up import checkpoint
from tests.faults.actors import STEPS
from tests.faults.ground import Ground, Rounds, until

ROLES = ("archive", "reporting", "notifier")
HOLDING = "rows are not committed"  # Here SQLite's one writer stands still: nobody can take over.


@pytest.mark.parametrize("role", ROLES)
def test_a_worker_killed_at_any_step_is_followed_by_another(ground: Ground, rounds: Rounds, role: str):
    worker, steps = ground.act(role), list(STEPS[role])
    for round in rounds.of(f"{role} worker: kill -9 at each step", ground):
        worker.arm(signal.SIGKILL, steps[round.number % len(steps)])
        ground.reports_come_in(round.name)
        assert worker.wait_for_end()
        worker = ground.act(role)

        catches_up(ground, role)


@pytest.mark.parametrize("role", ROLES)
def test_two_workers_race_for_one_checkpoint(ground: Ground, rounds: Rounds, role: str):
    """The first stands still at a step as if it were dead, a second takes over; then both go on."""
    first, steps = ground.act(role), list(STEPS[role])
    for round in rounds.of(f"{role} worker: SIGSTOP at each step, another takes over, SIGCONT", ground):
        step = steps[round.number % len(steps)]
        first.arm(signal.SIGSTOP, step)
        with ThreadPoolExecutor(1) as apps:
            sent = apps.submit(ground.reports_come_in, round.name)
            assert first.wait_for_stop()
            if step == HOLDING:
                first.go_on()
            sent.result()
        second = ground.act(role)
        ground.reports_come_in(f"{round.name}-meanwhile")
        catches_up(ground, role)
        first.go_on()
        ground.reports_come_in(f"{round.name}-both")
        catches_up(ground, role)
        second.kill()


def catches_up(ground: Ground, role: str) -> None:
    """By itself: nobody but its own workers follows."""
    head = ground.log.head().position
    until(lambda: checkpoint(ground.follower(role)).position == head)
