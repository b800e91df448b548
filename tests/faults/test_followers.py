"""An event that cannot be digested, a follower ahead of its log, a tick that dies: seen, named, and mended."""

import shutil
import signal
import sqlite3

import pytest
import redis
from sqlalchemy import delete, insert, select

from services.notifier import rebuilding
from services.reporting.rebuilding import rebuild
from services.reporting.tables import heard, reading
from shared.catch_up import checkpoint, parked_count, replay
from shared.database import reads
from shared.doorbell import FOLLOWERS
from tests.builders import meeting_held
from tests.faults.actors import STEPS
from tests.faults.field import some_clubs
from tests.faults.ground import Ground, Rounds, until
from tests.faults.test_valkey_dies import put_back
from tests.servers import Valkey


def test_a_poisoned_event_keeps_only_its_subject_waiting(ground: Ground, rounds: Rounds):
    """A row that should not be there makes one event indigestible; an operator takes it away and replays."""
    follower = ground.station.reporting_desk.follower
    for round in rounds.of("reporting: a poisoned event, parked and replayed", ground):
        poisoned = checkpoint(follower).position + round.chance.randrange(1, 16)
        row = {"position": poisoned, "recorded_at": ground.station.now, "type": "x", "subject": "x"}
        with follower.engine.begin() as transaction:
            transaction.execute(insert(heard).values(row))
        ground.field.send(lambda: ground.station.registry, *some_clubs(round.name))
        ground.station.reporting_desk.follow()

        events = {event.position: event for event in ground.log.read(poisoned - 1, 1000)}
        subject = events[poisoned].subject
        with reads(follower.engine).connect() as connection:
            waiting = connection.execute(select(reading.parked.c.position, reading.parked.c.subject)).all()
        assert {tuple(row) for row in waiting} == {
            (at, subject) for at, event in events.items() if event.subject == subject
        }

        with follower.engine.begin() as transaction:
            transaction.execute(delete(heard).where(heard.c.type == "x"))
        assert replay(ground.log, follower) == 0
        assert parked_count(follower) == 0


def test_a_follower_ahead_of_its_log_halts_and_goes_on_when_made_anew(
    alone: Ground, own_valkey: Valkey, rounds: Rounds, caplog: pytest.LogCaptureFixture
):
    """Log and archive come back from one old backup; reporting and notifier had read on."""
    desk, notifier = alone.station.reporting_desk, alone.station.notifier_parts
    registry_file = alone.station.settings.data_dir / "registry.sqlite"
    for round in rounds.of("followers: ahead of a log put back from a backup", alone):
        alone.field.send(lambda: alone.station.registry, *some_clubs(round.name, 1))
        alone.station.wake()
        own_valkey.kill()
        copy = shutil.copytree(own_valkey.folder / "appendonlydir", own_valkey.folder / "backup")
        with sqlite3.connect(registry_file) as live, sqlite3.connect(f"{registry_file}.copy") as kept:
            live.backup(kept)
        own_valkey.start()
        forgotten = [meeting_held(f"{round.name}-0", id=f"{round.name}-gone-{n}") for n in range(3)]
        alone.field.send(lambda: alone.station.registry, forgotten)
        alone.station.wake()
        reached = checkpoint(desk.follower)

        with sqlite3.connect(f"{registry_file}.copy") as kept, sqlite3.connect(registry_file) as live:
            kept.backup(live)
        put_back(own_valkey, copy)
        for one in forgotten:  # What was acknowledged after the backup is gone with it, and everybody knows.
            alone.field.acknowledged.pop(one["id"])
        alone.field.send(lambda: alone.station.registry, *some_clubs(f"{round.name}-after", 1))
        alone.station.archive.follow()
        desk.follow()

        assert checkpoint(desk.follower) == reached
        said = [record.getMessage() for record in caplog.records if record.levelname == "CRITICAL"]
        caplog.clear()
        assert (
            said[0] == f"positions {reached.position - 2} to {reached.position} are gone from log and archive"
        )
        assert said[1].startswith("reporting followed another history") and said[1].endswith("rebuild it")
        rebuild(desk.log, desk.follower)
        rebuilding.rebuild(notifier)


def test_a_tick_that_dies_is_followed_by_another(alone: Ground, own_valkey: Valkey, rounds: Rounds):
    """Every bell is lost, so that only a tick can wake the worker; and one of two ticks dies at a step."""
    steps, worker = list(STEPS["tick"]), alone.act("reporting")
    jobs = redis.Redis.from_url(f"{own_valkey.url}?db=1")
    alone.act("tick")
    for round in rounds.of("tick: kill -9 and SIGSTOP at each step, every bell lost", alone):
        catches_up(alone)
        tick, number = alone.act("tick"), (signal.SIGKILL, signal.SIGSTOP)[round.number // len(steps) % 2]
        worker.stop()
        alone.field.send(lambda: alone.station.registry, *some_clubs(round.name, 1))
        jobs.flushdb()
        for follower in FOLLOWERS:
            alone.log.client.delete(alone.log.keys.bell(follower))
        tick.arm(number, steps[round.number % len(steps)])
        worker.go_on()

        catches_up(alone)
        tick.kill()


def catches_up(ground: Ground) -> None:
    head, follower = (
        ground.log.head().position if ground.field.acknowledged else 0,
        ground.follower("reporting"),
    )
    until(lambda: checkpoint(follower).position == head, 30)
