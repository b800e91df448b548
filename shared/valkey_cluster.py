"""A Valkey Cluster behind the ordinary client: every connection goes to the primary that has the programme's keys.

All keys of a programme lie in one slot, so its log needs one node at a time. The cluster itself says which: any other
node answers MOVED. Then everything that was sent is sent again to the right one, never a part of it: `WAITAOF` speaks
only of what its own connection wrote (decision 0028).
"""

import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import redis
from redis.connection import Connection, SSLConnection, parse_url
from redis.exceptions import ClusterDownError, MovedError, ReadOnlyError

PORT: Final = 6379
# Taken apart by hand: newer Pythons refuse addresses of IPv6 behind others.
_URL: Final = re.compile(r"(rediss?)\+cluster://(?:([^/?]*)@)?([^/?]*)(.*)", re.DOTALL)
Address = tuple[str, int]


def is_cluster(url: str) -> bool:
    """Whether a URL names a cluster: `redis+cluster://user:password@host:port,host:port/`."""
    return _URL.fullmatch(url) is not None


def each_node(url: str) -> list[str]:
    """The URL of a cluster as one for each of its nodes; any other as it is."""
    found = _URL.fullmatch(url)
    if found is None:
        return [url]
    scheme, login, hosts, rest = found.groups()
    at = f"{login}@" if login else ""
    return [f"{scheme}://{at}{host}{rest}" for host in hosts.split(",")]


def cluster_pool(url: str, **options: Any) -> redis.ConnectionPool:
    """Connections to the programme's primary, found through whichever of the nodes in `url` answers."""
    nodes = each_node(url)
    addresses = [_address(node) for node in nodes]
    given: dict[str, Any] = parse_url(nodes[0])  # type: ignore[no-untyped-call]
    secured = given.pop("connection_class", None) is SSLConnection
    given |= {"host": addresses[0][0], "port": addresses[0][1], "nodes": Nodes(addresses)}
    return redis.ConnectionPool(
        connection_class=_SecuredToPrimary if secured else _ToPrimary, **given | options
    )


class Nodes:
    """Where to look for the primary: where it was last said to be, then the others in turn."""

    def __init__(self, addresses: Sequence[Address]) -> None:
        self._turn = list(addresses)  # Always replaced, never changed: threads share it.

    @property
    def next(self) -> Address:
        return self._turn[0]

    def is_at(self, address: Address) -> None:
        """Another node says that the primary is there."""
        self._turn = [address, *(other for other in self._turn if other != address)]

    def is_not_at(self, address: Address) -> None:
        """That node does not answer, or not for the cluster."""
        self._turn = [*(other for other in self._turn if other != address), address]


class _ToPrimary(Connection):
    def __init__(self, nodes: Nodes, **options: Any) -> None:
        self._nodes = nodes
        super().__init__(**options)  # type: ignore[no-untyped-call]

    def connect_check_health(self, check_health: bool = True, retry_socket_connect: bool = True) -> None:
        if self._sock:
            return
        self.host, self.port = self._nodes.next
        try:
            super().connect_check_health(check_health, retry_socket_connect=False)
        except (redis.ConnectionError, redis.TimeoutError):
            self._nodes.is_not_at((self.host, self.port))
            raise

    def read_response(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super().read_response(*arguments, **options)
        except MovedError as moved:
            self._nodes.is_at((moved.host or self.host, moved.port))
            error: redis.RedisError = moved
        except (ClusterDownError, ReadOnlyError, redis.ConnectionError, redis.TimeoutError) as away:
            self._nodes.is_not_at((self.host, self.port))
            error = away
        self.disconnect()  # type: ignore[no-untyped-call]
        raise redis.ConnectionError(f"{self.host}:{self.port} does not serve: {error}") from error


class _SecuredToPrimary(_ToPrimary, SSLConnection):
    pass


def _address(url: str) -> Address:
    one = urlsplit(url)
    if not one.hostname:
        raise ValueError("a node of the cluster has no name")
    return one.hostname, one.port or PORT
