"""With replicas: what they have not on disk is neither acknowledged, nor judged by, nor followed."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from sqlalchemy import Engine

from services.registry.parts import name_what_is_wanting
from services.registry.work import Archiver
from shared.archive import Archive
from shared.catch_up import catch_up
from shared.doorbell import FOLLOWERS
from shared.log import START
from shared.problems import LogAway
from shared.refill import open_log
from shared.replicas import of_replicas
from shared.settings import Registry
from shared.valkey import connect
from shared.valkey_log import ValkeyLog
from tests.builders import NOW, club_founded, entry, meeting_held
from tests.servers import Cluster

TOO_FEW = {"replicas-too-few", "replicas-not-needed-to-write"}
Another = Callable[[], ValkeyLog]
Lagging = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def another(cluster: Cluster, programme: str, registry_database: Engine) -> Another:
    """One more process of the same installation."""

    def made() -> ValkeyLog:
        return ValkeyLog(connect(cluster.url), Archive(registry_database), programme, FOLLOWERS, replicas=1)

    return made


@pytest.fixture
def log(cluster_log: ValkeyLog) -> ValkeyLog:
    cluster_log.append([entry(club_founded())], NOW)
    return cluster_log


@pytest.fixture
def lagging(cluster: Cluster, programme: str) -> Lagging:
    """While it is lagging the replica takes nothing in, and the logs do not wait long for it."""

    @contextmanager
    def lag(*logs: ValkeyLog) -> Iterator[None]:
        replica = cluster.replica(programme)
        replica.pause()
        for log in logs:
            log.patience = 0.1
        try:
            yield
        finally:
            replica.resume()
            cluster.wait_until_whole(programme)
            for log in logs:
                log.patience = 10

    return lag


def test_what_no_replica_has_is_not_acknowledged_and_can_be_sent_again(log: ValkeyLog, lagging: Lagging):
    meeting = entry(meeting_held(), 2)
    with lagging(log), pytest.raises(LogAway):
        log.append([meeting], NOW)

    again = log.append([meeting], NOW)

    assert again.stale
    known = log.survey([meeting.report.identity], ["co-dien"])
    assert known.known[meeting.report.identity].position == 2
    assert known.versions == {"co-dien": 2}
    assert [event.position for event in log.append([entry(meeting_held(), 3)], NOW).recorded] == [3]


def test_nothing_is_said_to_be_known_that_no_replica_has(log: ValkeyLog, lagging: Lagging, another: Another):
    """A duplicate is an acknowledgement as well."""
    meeting, other = entry(meeting_held(), 2), another()
    with lagging(log, other):
        with pytest.raises(LogAway):
            log.append([meeting], NOW)
        for one in (log, other):
            with pytest.raises(LogAway):
                one.survey([meeting.report.identity], ())


def test_nobody_follows_what_no_replica_has(log: ValkeyLog, lagging: Lagging, another: Another):
    follower = another()
    with lagging(log, follower):
        with pytest.raises(LogAway):
            log.append([entry(meeting_held(), 2)], NOW)
        with pytest.raises(LogAway):
            follower.follow(START, 10)

    assert [event.position for event in follower.follow(START, 10)] == [1, 2]


def test_what_is_known_to_be_there_is_read_though_the_replica_hangs(log: ValkeyLog, lagging: Lagging):
    with lagging(log):
        assert [event.position for event in log.follow(START, 10)] == [1]
        assert log.survey((), ["co-dien"]).versions == {"co-dien": 1}


def test_a_primary_that_lost_what_was_archived_takes_nothing_from_a_registry_that_idled(
    log: ValkeyLog, another: Another, registry_database: Engine
):
    """It remembers an older head, so the log did not shrink in its eyes."""
    idle = another()
    idle.append([entry(meeting_held(), 2)], NOW)
    kept = {key: log.client.hgetall(key) for key in (log.keys.meta, log.keys.versions)}
    log.append([entry(meeting_held(), version) for version in (3, 4)], NOW)
    catch_up(log, Archiver(registry_database))
    for key, value in kept.items():  # A replica takes over that never had the last two.
        log.client.hset(key, mapping=value)
    forgotten = [log.keys.identity(event.identity.key) for event in log.archive.read(2, 2)]
    log.client.delete(log.keys.log, *forgotten)

    for one in (idle, another()):
        with pytest.raises(LogAway):
            one.append([entry(meeting_held(), 3)], NOW)
    with pytest.raises(LogAway):
        another().check()
    open_log(idle, hot_window=100)

    appended = idle.append([entry(meeting_held(), 5)], NOW)
    assert [(event.epoch, event.position) for event in appended.recorded] == [(2, 5)]


def test_any_node_of_the_cluster_leads_to_the_log(log: ValkeyLog, cluster: Cluster):
    for port in cluster.nodes:
        assert connect(f"redis+cluster://127.0.0.1:{port}/").hget(log.keys.meta, "head") == "1"


@pytest.mark.parametrize(("replicas", "wrong"), [(0, {"replicas-not-awaited"}), (1, set()), (2, TOO_FEW)])
def test_what_makes_a_failover_unsafe_is_named(log: ValkeyLog, replicas: int, wrong: set[str]):
    assert {matter.code for matter in of_replicas(log.client, log.keys, replicas)} == wrong


def test_the_registry_tells_its_operator(log: ValkeyLog, caplog: pytest.LogCaptureFixture):
    name_what_is_wanting(log, Registry(replicas=2))

    assert "Đặt min-replicas-to-write 2 trên mọi nút." in caplog.text
    assert "ISHC_REPLICAS wants 2: until then every report is answered 503." in caplog.text
