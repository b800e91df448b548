"""A Valkey Cluster with two installations loses primaries under load: nothing acknowledged is lost or doubled."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import pytest
import redis

from shared.catch_up import checkpoint
from shared.database import migrate
from shared.valkey import Keys
from tests.faults.field import some_clubs
from tests.faults.ground import ROUNDS, Ground, Round, Rounds, until
from tests.servers import Cluster, PostgreSQL, Valkey
from tests.station import Mailbox

pytestmark = pytest.mark.timeout(900)  # For those who ask for many rounds.

CLUBS = 2  # Of each installation, reporting at once.
LAG_S = 10  # As long a primary takes reports without hearing of its replica (`min-replicas-max-lag`).
SERVICES = ("registry", "reporting", "notifier")
HOW = ("replica lags", "is cut off", "hangs")
PROGRAMMES = ("vn", "bd")  # Their slots lie on two primaries.


@pytest.fixture
def dying_cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster whose nodes may be killed."""
    made = Cluster(tmp_path / "c")
    yield made
    made.stop()


@contextmanager
def an_installation(
    folder: Path, cluster: Cluster, queues: Valkey, programme: str, **settings: Any
) -> Iterator[Ground]:
    """Its log waits for a replica; it shares cluster, queues and nothing else."""
    folder.mkdir()
    mailbox = Mailbox()
    queue_url = f"{queues.url}?db=2"
    with closing(
        Ground(folder, cluster.url, programme, mailbox, jobs_url=queue_url, replicas=1, **settings)
    ) as made:
        yield made
    mailbox.stop()


@pytest.fixture
def installations(tmp_path: Path, dying_cluster: Cluster, valkey: Valkey) -> Iterator[dict[str, Ground]]:
    """Each with two registries; its archive follows all the time, as eager as it can be."""
    with ExitStack() as open_:
        made = {
            programme: open_.enter_context(
                an_installation(tmp_path / programme, dying_cluster, valkey, programme)
            )
            for programme in PROGRAMMES
        }
        for ground in made.values():
            for role in ("registry", "archive", "tick"):
                ground.act(role)
        yield made


def test_a_primary_is_lost_and_nothing_that_was_acknowledged(
    installations: dict[str, Ground], dying_cluster: Cluster, rounds: Rounds
):
    vn, bd = installations.values()
    fault = "Cluster: primary killed or hanging, its replica lagging or cut off"
    for round in rounds.of(fault, vn, fewer=len(HOW) * 2):
        hit, how = (vn, bd)[round.number % 2], HOW[round.number % 3]
        with reports_from(vn, round), reports_from(bd, round):
            until_some_more_are_answered(hit, round)
            takes_over(dying_cluster, hit, how)
        assert bd.what_is_wrong() == {}, f"{round.name}: {how}"
        # Nor was an archive ever ahead of its log: that would have had to be refilled, in a new epoch.
        assert [one.log.head().epoch for one in (vn, bd)] == [1, 1]


def test_two_of_each_work_at_once_on_one_log(
    tmp_path: Path, cluster: Cluster, valkey: Valkey, postgresql: PostgreSQL, programme: str
):
    """Registries, archive, reporting, notifier and letters workers and ticks; PostgreSQL has room for two writers."""
    databases = {f"{service}_database_url": postgresql.database() for service in SERVICES}
    for service, url in zip(SERVICES, databases.values(), strict=True):
        migrate(url, service)
    with an_installation(tmp_path / "both", cluster, valkey, programme, **databases) as both:
        for role in ("registry", "archive", "reporting", "notifier", "letters worker", "tick"):
            for _ in range(2 - (role == "registry")):  # The other one is served by this process.
                both.act(role)
        addresses = (both.address(), both.station.registry)
        for number in range(ROUNDS // 2):
            chance = Random(f"both {number}")
            clubs = some_clubs(f"{programme}-{number}", 4 * CLUBS)
            both.field.send(lambda c=chance: c.choice(addresses), *clubs)
        last = both.log.head().position
        for role in ("archive", "reporting", "notifier"):
            until(lambda role=role: checkpoint(both.follower(role)).position == last, 60)

        assert both.what_is_wrong() == {}


@contextmanager
def reports_from(ground: Ground, round: Round) -> Iterator[None]:
    """Field apps report without pause to either registry, and at last until everything is answered."""
    addresses, over = [ground.address(), ground.station.registry], Event()

    def report() -> None:
        for number in count():
            clubs = some_clubs(f"{round.name}-{number}", CLUBS)
            ground.field.send(lambda: round.chance.choice(addresses), *clubs)
            if over.is_set():
                return

    with ThreadPoolExecutor(1) as apps:
        sent = apps.submit(report)
        try:
            yield
        finally:
            over.set()
        sent.result()


def until_some_more_are_answered(ground: Ground, round: Round) -> None:
    some = len(ground.field.acknowledged) + round.chance.randrange(1, 15)
    until(lambda: len(ground.field.acknowledged) >= some, 60)


def takes_over(cluster: Cluster, ground: Ground, how: str) -> None:
    """The replica takes the primary's place; the primary comes back when it is too late."""
    programme = ground.station.settings.programme
    primary, replica = cluster.primary(programme), cluster.replica(programme)
    if how == "hangs":  # And goes on, when it wakes, with what it was sent before it slept.
        primary.pause()
    else:
        takes_reports_alone(primary, replica, ground, cut_off=how == "is cut off")
        primary.kill()
        replica.resume()
    until(lambda: cluster.primary(programme) is replica, 60)
    primary.resume() if how == "hangs" else primary.start()
    cluster.wait_until_whole(programme)


def takes_reports_alone(primary: Valkey, replica: Valkey, ground: Ground, *, cut_off: bool) -> None:
    """Until one is in the log that nobody was answered about. Cut off, the replica has not got it."""
    programme = ground.station.settings.programme
    with closing(redis.Redis.from_url(primary.url)) as alone:
        until(
            lambda: (
                is_left_behind(
                    replica, alone, cut_off, lambda: head(alone, programme) > last_answered(ground)
                )
                or is_followed_again(replica, ground)
            ),
            120,
        )
    if cut_off:
        ground.station.archive.follow()  # It sees what will be lost, and must leave it.


def is_left_behind(
    replica: Valkey, primary: redis.Redis, cut_off: bool, one_is_in: Callable[[], bool]
) -> bool:
    """Whether a report came in without the replica, while its primary still took any: else none ever will.

    What a replica that is not cut off is sent waits in its socket: it may have that after all.
    """
    if cut_off:
        primary.config_set("min-replicas-to-write", 0)
        primary.execute_command("CLIENT PAUSE", 5000, "WRITE")
    replica.pause()
    if cut_off:
        primary.execute_command("CLIENT KILL TYPE replica")
        primary.execute_command("CLIENT UNPAUSE")
    try:
        until(one_is_in, LAG_S / 2)
    except AssertionError:
        return False
    return True


def is_followed_again(replica: Valkey, ground: Ground) -> bool:
    """Not left behind: the registries were not sure of what is in the log, and wrote nothing. Once more, later."""
    replica.resume()
    answered = len(ground.field.acknowledged)
    until(lambda: len(ground.field.acknowledged) > answered, 60)
    return False


def head(client: redis.Redis, programme: str) -> int:
    return int(client.hget(Keys(programme).meta, "head"))


def last_answered(ground: Ground) -> int:
    return max(told.position for answers in list(ground.field.acknowledged.values()) for told in answers)
