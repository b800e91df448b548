"""Signing in by mail: a link that works once within 15 minutes, and then a session of 12 hours in the browser.

Nothing is stored but that a link was used and a session ended. What a session may do is looked up at every request: who
is taken off an office is out at once.
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import redis
from fastapi import Request, Response
from itsdangerous import BadData, URLSafeSerializer
from starlette.concurrency import run_in_threadpool

from services.notifier.boards.reader import Reader
from services.notifier.links import Links
from services.notifier.offices import OLD_MAP, offices_on, readers_of
from services.notifier.parts import Parts
from shared.access import Role, Token
from shared.clock import day_in_viet_nam
from shared.database import reads
from shared.door import Door, sent_by_a_page_of_ours
from shared.places import PROVINCES
from shared.problems import FromAnotherSite, LinkNotOurs, LogAway, SignInLinkOver
from shared.texts import Language

COOKIE: Final = "ishc_session"
LINK_LASTS: Final = timedelta(minutes=15)
SESSION_LASTS: Final = timedelta(hours=12)
PAUSE: Final = timedelta(minutes=1)  # Between two letters to one address.


class Signed(NamedTuple):
    """What a link or a session says: until when it holds, in seconds since 1970, for whom, and which one it is.

    Its text does not tell which: other last letters of a signature stand for the same bytes.
    """

    until: int
    address: str
    nonce: str


class Invitation(NamedTuple):
    """A link that signs in, and to whom it is mailed in which language."""

    address: str
    language: Language
    link: str


@dataclass(frozen=True, slots=True)
class Sessions:
    """Makes and reads links and sessions, and lets readers of the pages in by them, or by a token as before."""

    parts: Parts
    door: Door

    async def reader(self, request: Request) -> Reader:
        """Who reads a page. Raises what the door raises where there is no session."""
        token = await self._session(request)
        return Reader(token or await self.door.reader(request, "clubs", own=True))

    async def known(self, request: Request) -> Reader:
        """Who reads a page that is never open to all."""
        return Reader(await self._session(request) or await self.door.signed_in(request))

    async def form(self, request: Request) -> Reader:
        """Who sent a form. Raises `FromAnotherSite`: browsers add cookies to what others make them send."""
        token = await self._session(request)
        if token is None:
            return Reader(await self.door.form(request))
        if not sent_by_a_page_of_ours(request):
            raise FromAnotherSite
        return Reader(token)

    def link_for(self, typed: str) -> Invitation | None:
        """A link that signs an address in; None for a stranger's, or right after another."""
        found = self._reader_at(typed)
        if found is None or not self._first("asked", found[0].lower(), PAUSE):
            return None
        address, language = found
        signed = self._signed("sign-in", self.parts.clock() + LINK_LASTS, address)
        return Invitation(address, language, f"{self.parts.settings.pages}/sign-in/{signed}?lang={language}")

    def check_link(self, signed: str) -> Signed:
        """What a link says. Raises `LinkNotOurs`, or `SignInLinkOver` after its time."""
        made = self._read("sign-in", signed)
        if self._over(made) or self._reader_at(made.address) is None:
            raise SignInLinkOver
        return made

    def use_link(self, signed: str) -> str:
        """The session a link begins, once. Raises `LinkNotOurs`, `SignInLinkOver`, or `LogAway` with Valkey."""
        link = self.check_link(signed)
        if not self._first("used", link.nonce, LINK_LASTS):
            raise SignInLinkOver
        return self._signed("session", self.parts.clock() + SESSION_LASTS, link.address)

    def end(self, session: str) -> None:
        """End a session everywhere: a copy of it is worth nothing either. Raises `LogAway` with Valkey."""
        with suppress(LinkNotOurs):
            self._first("ended", self._read("session", session).nonce, SESSION_LASTS)

    def remember(self, response: Response, session: str) -> None:
        """Give the session to the browser; no script of any page can read it."""
        lasts = int(SESSION_LASTS.total_seconds())
        response.set_cookie(
            COOKIE, session, lasts, httponly=True, samesite="lax", secure=self.parts.settings.cookies_secure
        )

    async def _session(self, request: Request) -> Token | None:
        """What a session may do; None if there is none that holds. A token that is shown comes first."""
        if "authorization" in request.headers or (kept := request.cookies.get(COOKIE)) is None:
            return None
        try:
            session = self._read("session", kept)
        except LinkNotOurs:
            return None
        token = None if self._over(session) else await run_in_threadpool(self._rights_of, session)
        if token is not None:
            await self.door.count(request, token)
        return token

    def _rights_of(self, session: Signed) -> Token | None:
        return None if self._happened("ended", session.nonce) else self._rights(session.address)

    def _rights(self, address: str) -> Token | None:
        """What the offices of an address may do: those of provinces there, the national office everywhere."""
        mine = self._offices_of(address)
        if not mine:
            return None
        role = Role.NATION if any(one["kind"] == "national_office" for one in mine) else Role.PROVINCE
        provinces = {_today(code) for one in mine for code in one["provinces"]}
        name = f"office:{mine[0]['id']}"
        return Token(name, role, "/offices", tuple(sorted(provinces)) if role is Role.PROVINCE else ())

    def _offices_of(self, address: str) -> list[Mapping[str, Any]]:
        with reads(self.parts.database).connect() as connection:
            today = offices_on(connection, day_in_viet_nam(self.parts.clock()))
        known = [one for one in today if one["kind"] not in ("technician", "operator")]
        return [one for one in known if address.lower() in {kept.lower() for kept in readers_of(one)}]

    def _reader_at(self, typed: str) -> tuple[str, Language] | None:
        """The address as its office wrote it, and its reader's language.

        Only there may a letter go: capitals of other scripts become the same small letters (K, the kelvin, is a k).
        """
        for office in self._offices_of(typed):
            for kept, language in readers_of(office).items():
                if kept.lower() == typed.lower():
                    return kept, language
        return None

    def _first(self, what: str, who: str, lasts: timedelta) -> bool:
        """Whether this is the first time within a while."""
        with _answering():
            return bool(self.parts.jobs.set(self._name(what, who), 1, nx=True, ex=lasts))

    def _happened(self, what: str, who: str) -> bool:
        with _answering():
            return bool(self.parts.jobs.exists(self._name(what, who)))

    def _name(self, what: str, who: str) -> str:
        key = hashlib.sha256(f"{what} {who}".encode()).hexdigest()[:32]
        return f"ishc:{{{self.parts.settings.programme}}}:sign-in:{key}"

    def _signed(self, purpose: str, until: datetime, address: str) -> str:
        made = Signed(int(until.timestamp()), address, secrets.token_urlsafe(16))
        signed: str | bytes = self._signer(purpose).dumps(made)
        return signed if isinstance(signed, str) else signed.decode()

    def _read(self, purpose: str, signed: str) -> Signed:
        try:
            return Signed(*self._signer(purpose).loads(signed))
        except (BadData, ValueError, TypeError):
            raise LinkNotOurs from None

    def _over(self, made: Signed) -> bool:
        return self.parts.clock().timestamp() >= made.until

    def _signer(self, purpose: str) -> URLSafeSerializer:
        links: Links = self.parts.links
        return URLSafeSerializer(links.key, salt=purpose)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except redis.RedisError:
        raise LogAway from None


def _today(code: str) -> str:
    """The code of a province on today's map."""
    old = code.startswith(OLD_MAP)
    return PROVINCES["pre-2025" if old else "2025-07", code.removeprefix(OLD_MAP)].now
