"""Valkey (or Redis 7 and later): the connection, and the names of the log's keys.

All keys share the hash tag `{programme}`, so a cluster keeps them together.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from shared.problems import LogAway
from shared.valkey_cluster import cluster_pool, is_cluster

logger = logging.getLogger(__name__)

BELL_SECONDS: Final = 10  # A worker that died leaves its bell armed this long; the tick rings again after it.


def connect(url: str) -> redis.Redis:
    """A client for the log. It answers or fails within seconds: field apps wait, and try again."""
    return client_of(url, decode_responses=True, socket_timeout=10, socket_connect_timeout=2)


def client_of(url: str, **options: Any) -> redis.Redis:
    """A client for one Valkey, or for the node of a cluster that has the keys it is asked for."""
    if is_cluster(url):
        retry = Retry(ConstantBackoff(0.05), 4)  # Nodes tell where to go.
        client = redis.Redis(connection_pool=cluster_pool(url, retry=retry, **options))
    else:
        client = redis.Redis.from_url(url, retry=Retry(ConstantBackoff(0.05), 2), **options)
    # Events are read by the hundred thousand: as they arrive, without a dict made for each.
    client.set_response_callback("XRANGE", lambda rows, **_: rows)
    return client


@contextmanager
def answering() -> Iterator[None]:
    """Turn whatever keeps the log from answering (away, loading, out of memory or disk) into `LogAway`."""
    try:
        yield
    except redis.exceptions.NoPermissionError as error:  # Waiting will not help: a person must mend it.
        logger.error("Valkey refuses its user what it needs, see deploy/valkey/log.conf: %s", error)
        raise LogAway from error
    except redis.RedisError as error:
        raise LogAway from error


class Keys:
    """The names of the log's keys."""

    def __init__(self, programme: str) -> None:
        self.programme = programme
        self.prefix = f"ishc:{{{programme}}}:"
        self.meta = self.prefix + "meta"  # hash: epoch, state, head, hash, recorded, received, duplicate
        self.log = self.prefix + "log"  # stream: the hot window
        self.touch = self.prefix + "touch"  # written by who waits for replicas
        self.versions = self.prefix + "versions"  # hash: subject -> version
        self.followers = self.prefix + "followers"  # hash: follower -> the position it said it was at
        self.states = self.prefix + "states"  # hash: follower -> what an operator must know of it

    def identity(self, key: str) -> str:
        return f"{self.prefix}id:{key}"

    def tail(self, subject: str) -> str:
        """Sorted set: the positions of the subject's events that are not archived yet."""
        return f"{self.prefix}tail:{subject}"

    def bell(self, follower: str) -> str:
        return f"{self.prefix}bell:{follower}"

    def lease(self, name: str) -> str:
        return f"{self.prefix}lease:{name}"
