"""Bells: a wake-up that may be lost costs a second, an event is never missed."""

import threading
from datetime import timedelta

import pytest
import redis

from shared.doorbell import FOLLOWERS, SWEEPS, Doorbell, queue
from shared.matters import Backup
from shared.tick import SWEEP_SECONDS, Tick
from shared.valkey import connect
from shared.valkey_log import ValkeyLog
from tests.builders import NOW, club_founded, entry, meeting_held
from tests.servers import Valkey


@pytest.fixture
def doorbell(valkey: Valkey, programme: str) -> Doorbell:
    jobs = redis.Redis.from_url(f"{valkey.url}?db=1")
    jobs.flushdb()
    return Doorbell(connect(valkey.url), jobs, programme)


@pytest.fixture
def queued(valkey: Valkey, programme: str):
    jobs = redis.Redis.from_url(f"{valkey.url}?db=1")
    names = ("archive", "reporting", "notifier", "exports")
    return lambda: {name: len(queue(name, jobs, programme)) for name in names}


def test_an_append_arms_every_bell_once(valkey_log: ValkeyLog):
    first = valkey_log.append([entry(club_founded())], NOW)
    second = valkey_log.append([entry(meeting_held(), 2)], NOW)

    assert first.rung == list(FOLLOWERS)
    assert second.rung == []


def test_a_bell_rests_only_when_nothing_came_meanwhile(valkey_log: ValkeyLog, doorbell: Doorbell):
    valkey_log.append([entry(club_founded()), entry(meeting_held(), 2)], NOW)

    assert not doorbell.disarm("reporting", 1)
    assert doorbell.disarm("reporting", 2)
    assert valkey_log.append([entry(meeting_held(), 3)], NOW).rung == ["reporting"]


def test_a_ring_is_a_job_without_data(doorbell: Doorbell, queued):
    doorbell.ring(["archive", "reporting", "notifier", "exports"])

    assert queued() == {"archive": 1, "reporting": 1, "notifier": 1, "exports": 1}


def test_a_bell_of_one_programme_wakes_nobody_of_another(doorbell: Doorbell, valkey: Valkey, queued):
    jobs = redis.Redis.from_url(f"{valkey.url}?db=1")

    Doorbell(connect(valkey.url), jobs, "la").ring(FOLLOWERS)

    assert set(queued().values()) == {0}


def test_a_failed_backup_does_not_hide_the_last_good_one(doorbell: Doorbell):
    assert doorbell.last_backup() is None

    doorbell.note_backup(finished_at=NOW)
    doorbell.note_backup(failed_at=NOW + timedelta(hours=1))
    assert doorbell.last_backup() == Backup(NOW, NOW + timedelta(hours=1))

    doorbell.note_backup(finished_at=NOW + timedelta(hours=2))
    assert doorbell.last_backup() == Backup(NOW + timedelta(hours=2))


def test_a_bell_that_cannot_ring_breaks_nothing(programme: str, valkey: Valkey):
    nowhere = redis.Redis.from_url("unix:///nowhere.sock")

    Doorbell(connect(valkey.url), nowhere, programme).ring(FOLLOWERS)


def test_the_tick_rings_whoever_is_behind(valkey_log: ValkeyLog, doorbell: Doorbell, queued):
    valkey_log.append([entry(club_founded())], NOW)
    for follower in FOLLOWERS:
        doorbell.disarm(follower, 1)
    valkey_log.append([entry(meeting_held(), 2)], NOW)  # The rings of this append are lost,
    for follower in FOLLOWERS:
        valkey_log.client.delete(valkey_log.keys.bell(follower))  # and so are the armed flags.

    woken = Tick(doorbell).once(head=2, seconds=0)

    assert woken == [*FOLLOWERS, *SWEEPS]
    assert queued() == {"archive": 1, "reporting": 1, "notifier": 2, "exports": 1}


def test_the_tick_leaves_alone_who_is_on_the_way_or_there(valkey_log: ValkeyLog, doorbell: Doorbell):
    valkey_log.append([entry(club_founded())], NOW)
    doorbell.at_work("reporting", 0)
    doorbell.disarm("archive", 1)
    doorbell.disarm("notifier", 1)
    tick = Tick(doorbell)

    assert tick.once(head=1, seconds=0) == [*SWEEPS]
    assert tick.once(head=1, seconds=SWEEP_SECONDS - 1) == []


def test_one_of_many_ticks(doorbell: Doorbell):
    assert doorbell.lease("tick", "a", 30)
    assert not doorbell.lease("tick", "b", 30)
    assert doorbell.lease("tick", "a", 30)


def test_no_wake_up_is_lost_in_a_race(valkey_log: ValkeyLog, doorbell: Doorbell):
    """A worker that disarms while appends go on never ends up behind with its bell at rest."""
    valkey_log.append([entry(club_founded())], NOW)
    bells = threading.Semaphore(1)
    reached, stop = [0], threading.Event()

    def work() -> None:
        while not stop.is_set():
            if not bells.acquire(timeout=0.05):
                continue
            while True:
                reached[0] = valkey_log.head().position
                if doorbell.disarm("reporting", reached[0]):
                    break

    worker = threading.Thread(target=work)
    worker.start()
    for number in range(300):
        if "reporting" in valkey_log.append([entry(meeting_held(), number + 2)], NOW).rung:
            bells.release()
    while valkey_log.client.exists(valkey_log.keys.bell("reporting")):
        pass
    stop.set()
    worker.join()

    assert reached[0] == valkey_log.head().position == 301
