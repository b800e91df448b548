"""Who is let in: by a bearer token, a password in its place, or without where everybody may read."""

import asyncio
from base64 import b64decode
from collections.abc import Collection

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from shared.access import PublicRead, Role, Token, Tokens
from shared.audited import reads_sums, who_asks
from shared.problems import FromAnotherSite, TokenMissing, TokenUnknown
from shared.rates import Rates


class Door:
    """Lets requests in by their token. One look-up at a time for each token, however many requests carry it.

    Every way in raises `TooManyRequests` for a token, or an address without a valid one, that asks too often.
    """

    def __init__(self, tokens: Tokens, public: PublicRead, rates: Rates) -> None:
        self._tokens, self._public, self._rates = tokens, public, rates
        self._asking: dict[str, asyncio.Task[Token]] = {}

    async def bearer(self, request: Request) -> Token:
        """The token of the request. Raises `TokenMissing` or `TokenUnknown`."""
        return await self._let_in(request, _bearer(request))

    async def count(self, request: Request, token: Token) -> None:
        """Count and note somebody who was let in, in whatever way. Raises `TooManyRequests`."""
        who_asks(request, token.name)
        await self._rates.count_token(token)

    async def stranger(self, request: Request) -> None:
        """Somebody without a token. Raises `TooManyRequests`."""
        await self._rates.count_address(request)

    async def check_still(self, request: Request) -> None:
        """Whether a long request may go on: a stream ends with its token. Raises `TokenUnknown`."""
        bare = bare_token(request)
        if bare is not None:
            await self._token(bare)

    async def reader(self, request: Request, needs: PublicRead, *, own: bool = False) -> Token | None:
        """Let a reader in: with a token, or without where `ISHC_PUBLIC_READ` opens what is asked for.

        Phones and clubs read about single clubs only where `own` says that the answer is narrowed to theirs. Raises
        `TokenMissing`, `TokenUnknown` or `OutsideYourScope`.
        """
        opened = self._public == "clubs" or (self._public == "aggregates" and needs == "aggregates")
        if opened and "authorization" not in request.headers:
            await self.stranger(request)
            return None
        # Excel, Power BI and other readers' tools can often send a password only. Whoever writes sends a bearer token:
        # browsers add a password they remember to requests that other sites made.
        token = await self.signed_in(request)
        reads_sums(request, only=needs == "aggregates")
        if needs == "clubs" and not own:
            self.check_reads(token)
        return token

    def shows_every_club(self, reader: Token | None) -> bool:
        """Whether a reader who was let in may see any club."""
        return self._public == "clubs" or (reader is not None and reader.reads_every_club)

    def narrows(self, reader: Token | None) -> bool:
        """Whether a reader who was let in sees its own clubs only."""
        return reader is not None and not self.shows_every_club(reader)

    def check_reads(
        self, reader: Token | None, club: str | None = None, provinces: Collection[str] = ()
    ) -> None:
        """Raises `OutsideYourScope` if a phone or a club asks about what is not its own and not open to all."""
        if reader is not None and self.narrows(reader):
            reader.check_reads(club, provinces)

    async def signed_in(self, request: Request) -> Token:
        """The token of a reader, as bearer or as password. Raises `TokenMissing` or `TokenUnknown`."""
        return await self._let_in(request, bare_token(request))

    async def form(self, request: Request) -> Token:
        """The token behind a form of one of our pages. Raises `FromAnotherSite`, `TokenMissing` or `TokenUnknown`.

        Browsers add a remembered password to whatever another site makes them send, but say which site it was.
        """
        if _password(request) is not None and not sent_by_a_page_of_ours(request):
            raise FromAnotherSite
        return await self.signed_in(request)

    async def operator(self, request: Request) -> Token:
        """Let in who runs or oversees the system. Raises `RoleNotEnough` for all others."""
        token = await self.bearer(request)
        token.check_role(Role.NATION, Role.OPERATOR)
        return token

    async def _let_in(self, request: Request, bare: str | None) -> Token:
        try:
            if bare is None:
                raise TokenMissing
            token = await self._token(bare)
        except (TokenMissing, TokenUnknown):
            await self.stranger(request)
            raise
        await self.count(request, token)
        return token

    async def _token(self, bare: str) -> Token:
        known = self._tokens.remembered(bare)
        return known if known is not None else await self._ask(bare)

    async def _ask(self, bare: str) -> Token:
        asking = self._asking.get(bare)
        if asking is None:
            asking = asyncio.create_task(run_in_threadpool(self._tokens.find, bare))
            self._asking[bare] = asking
            asking.add_done_callback(lambda _done: self._asking.pop(bare))
        return await asyncio.shield(asking)


def bare_token(request: Request) -> str | None:
    """What a reader signed in with, as password or as bearer; it is not checked here. None if there is nothing."""
    return _password(request) or _bearer(request)


def sent_by_a_page_of_ours(request: Request) -> bool:
    """Told by Sec-Fetch-Site, or by Origin where a browser is old or the address is plain HTTP on a network."""
    if (site := request.headers.get("sec-fetch-site")) is not None:
        return site == "same-origin"
    return request.headers.get("origin", "").partition("://")[2] == request.headers.get("host")


def _bearer(request: Request) -> str | None:
    """The bearer token (RFC 6750); None if there is none."""
    scheme, _, bare = request.headers.get("authorization", "").strip().partition(" ")
    return bare if scheme.lower() == "bearer" and bare else None


def _password(request: Request) -> str | None:
    """The password of Basic authentication (RFC 7617); the name beside it may be anything. None if there is none."""
    scheme, _, encoded = request.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        _name, colon, password = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return None
    return password if colon and password else None
