"""Valkey killed, stopped, torn, emptied, put back from an old copy: nothing acknowledged is lost, no position twice."""

import shutil
from pathlib import Path

from tests.faults.field import some_clubs
from tests.faults.ground import Ground, Rounds
from tests.servers import Valkey


def test_an_old_copy_is_fenced_and_gives_no_position_twice(alone: Ground, own_valkey: Valkey, rounds: Rounds):
    """Yesterday's folder is put back by mistake. One registry wrote since that copy was made, another did not."""
    registry, idle = alone.act("registry"), alone.station.registry
    for round in rounds.of("Valkey: put back from an old copy", alone):
        before, after, again = (
            some_clubs(f"{round.name}-{when}", 1) for when in ("before", "after", "again")
        )
        alone.field.send(lambda: idle, *before)
        own_valkey.kill()
        copy = shutil.copytree(own_valkey.folder / "appendonlydir", own_valkey.folder / f"copy-{round.name}")
        own_valkey.start()
        alone.field.send(alone.address, *after)
        alone.station.wake()
        epoch = alone.log.head().epoch

        put_back(own_valkey, copy)
        if round.chance.random() < 0.5:
            registry.kill()
            registry = alone.act("registry")
        addresses = [alone.address, lambda: idle]
        round.chance.shuffle(addresses)
        alone.field.send(addresses[0], *again)
        alone.field.send(addresses[1], *some_clubs(f"{round.name}-last", 1))

        assert alone.log.head().epoch == epoch + 1


def put_back(valkey: Valkey, copy: Path) -> None:
    valkey.kill()
    shutil.rmtree(valkey.folder / "appendonlydir")
    shutil.move(copy, valkey.folder / "appendonlydir")
    valkey.start()
