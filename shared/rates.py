"""How often a token, or an address without one, may ask: counted in Valkey, in memory while that is away."""

import ipaddress
import time
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError
from redis.asyncio import ConnectionPool
from starlette.requests import Request

from shared.access import Role, Token
from shared.problems import TooManyRequests
from shared.settings import Common

_PATIENCE: Final = 0.25  # Seconds: counting must not keep a report waiting.
_AWAY: Final = 5.0  # Seconds until a store that did not answer is asked again.


class Rates:
    """Counts requests by the minute. An office with many phones has one address: who shows a token is counted by it.

    A limit of 0 is none, and operators have none: they load years of reports.
    """

    def __init__(self, settings: Common) -> None:
        self._url, self._programme = settings.jobs, settings.programme
        self._a_token, self._an_address = settings.token_rate, settings.address_rate
        self._proxies = [ipaddress.ip_network(one) for one in settings.proxies.split()]
        self._memory = FixedWindowRateLimiter(MemoryStorage())
        self._store: FixedWindowRateLimiter | None = None
        self._away_until = 0.0

    async def count_token(self, token: Token) -> None:
        """Raises `TooManyRequests`."""
        if self._a_token and token.role is not Role.OPERATOR:
            await self._count(RateLimitItemPerMinute(self._a_token), "token", token.name)

    async def count_address(self, request: Request) -> None:
        """Raises `TooManyRequests`."""
        if self._an_address:
            await self._count(RateLimitItemPerMinute(self._an_address), "address", self.address(request))

    def address(self, request: Request) -> str:
        """Who asks: the other end of the line, or whom a proxy of ours names there."""
        near = request.client.host if request.client else ""
        if not self._is_proxy(near):
            return near
        named = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        return named[:64] or near

    def _is_proxy(self, host: str) -> bool:
        if not self._proxies:
            return False
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._proxies)

    async def _count(self, limit: RateLimitItem, *who: str) -> None:
        counter = self._counter()
        try:
            within = await counter.hit(limit, *who)
            ends_at = 0.0 if within else (await counter.get_window_stats(limit, *who)).reset_time
        except StorageError:
            self._away_until = time.monotonic() + _AWAY
            within = await self._memory.hit(limit, *who)
            ends_at = 0.0 if within else (await self._memory.get_window_stats(limit, *who)).reset_time
        if not within:
            raise TooManyRequests(seconds=max(1, round(ends_at - time.time())))

    def _counter(self) -> FixedWindowRateLimiter:
        """Made by the first request: its connections belong to the loop that runs then."""
        if time.monotonic() < self._away_until:
            return self._memory
        if self._store is None:
            self._store = FixedWindowRateLimiter(_storage(self._url, self._programme))
        return self._store


def _storage(url: str, programme: str) -> Storage:
    patience = {"socket_timeout": _PATIENCE, "socket_connect_timeout": _PATIENCE}
    return RedisStorage(
        "async+redis://",
        wrap_exceptions=True,
        implementation="redispy",
        key_prefix=f"ishc:{{{programme}}}:rate",
        connection_pool=ConnectionPool.from_url(url, **patience),  # type: ignore[arg-type]
    )
