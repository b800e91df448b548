"""`kill -9` and SIGSTOP of the registry between any two of its steps."""

import signal
from concurrent.futures import Future, ThreadPoolExecutor, wait

from tests.faults.actors import STEPS
from tests.faults.field import some_clubs
from tests.faults.ground import Ground, Rounds

_STEPS = list(STEPS["registry"])
_HOLDING = {
    "what waits is half written",
    "what waited is half let in",
}  # SQLite's one writer stands still as well.
PATIENT = 20  # Seconds: now and then it does so by chance, in the middle of noting who was heard from.


def test_a_registry_killed_at_any_step_loses_nothing(ground: Ground, rounds: Rounds):
    registry = ground.act("registry")
    for round in rounds.of("registry: kill -9 at each step", ground):
        registry.arm(signal.SIGKILL, _STEPS[round.number % len(_STEPS)])
        with ThreadPoolExecutor(1) as apps:
            sent = apps.submit(ground.field.send, ground.address, *some_clubs(round.name))
            while not sent.done():
                if registry.wait_for_end(0.05):
                    registry = ground.act("registry")
            sent.result()
        registry.disarm()


def test_a_registry_that_stands_still_is_overtaken_and_does_no_harm(ground: Ground, rounds: Rounds):
    registry, other = ground.act("registry"), ground.station.registry
    for round in rounds.of("registry: SIGSTOP at each step, another takes over, SIGCONT", ground):
        clubs = some_clubs(round.name)
        step = _STEPS[round.number % len(_STEPS)]
        registry.arm(signal.SIGSTOP, step)
        overtaking: list[Future[None]] = []
        with ThreadPoolExecutor(2) as apps:
            sent = apps.submit(ground.field.send, ground.address, *clubs)
            while not sent.done():
                if registry.wait_for_stop(0.05):
                    if step not in _HOLDING:
                        overtaking.append(apps.submit(ground.field.send, lambda: other, *clubs))
                        wait(overtaking, PATIENT)
                    registry.go_on()
            for one in (sent, *overtaking):
                one.result()
        registry.disarm()
