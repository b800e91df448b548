"""What all three HTTP services have in common: problems, languages, health and metrics."""

import asyncio
import json
import logging
from base64 import b64decode
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from shared.access import PublicRead, Role, Token, Tokens
from shared.audit import Audit
from shared.audited import Audited, reads_sums, who_asks
from shared.bounds import Bounded
from shared.database import is_away
from shared.edge import TRACE, Edge
from shared.faults import faults_in
from shared.headers import Headed
from shared.logs import told
from shared.observe import METRICS, Gauge, metrics
from shared.openapi import describe_problems
from shared.problems import (
    BadQuestion,
    DatabaseAway,
    Fault,
    FromAnotherSite,
    InternalFault,
    MethodNotAllowed,
    NotFound,
    Problem,
    TokenMissing,
    TokenUnknown,
    TooLarge,
)
from shared.rates import Rates
from shared.texts import Language, preferred, say

logger = logging.getLogger(__name__)

PROBLEM_JSON: Final = "application/problem+json"
PROBLEM_TYPES: Final = "https://ishc.example/problems/"
CHALLENGE: Final = 'Basic realm="ISHC Records", charset="UTF-8"'  # A browser asks for the token as password.
RETRY_SECONDS: Final = 5

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def make_app(
    title: str,
    description: str,
    lifespan: Lifespan,
    ready: Mapping[str, Callable[[], object]],
    gauges: Sequence[Gauge],
    audit: Audit,
) -> FastAPI:
    """An application that answers problems, `/health/live`, `/health/ready` and `/metrics` like the others.

    `ready` names what the service depends on and how to find out that it answers; `gauges` are in its metrics;
    acts and reads of clubs are noted in `audit`.
    """
    app = FastAPIOffline(
        title=title,
        description=description,
        version="1",
        lifespan=lifespan,
        redoc_url=None,
        favicon_url="data:,",
    )
    app.add_middleware(Audited, audit=audit)
    app.add_middleware(Bounded)
    app.add_middleware(Headed)
    app.add_middleware(Edge)
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_question)
    app.add_exception_handler(DBAPIError, answer_fault)
    app.add_exception_handler(Exception, answer_fault)

    describe_problems(app)

    @app.get("/health/live", tags=["operations"], summary="The process runs")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/health/ready", tags=["operations"], summary="Everything it depends on answers")
    async def health() -> JSONResponse:
        state = {name: await run_in_threadpool(_state, check) for name, check in ready.items()}
        return JSONResponse({"checks": state}, 200 if all(s == "ok" for s in state.values()) else 503)

    @app.get("/metrics", tags=["operations"], summary="Prometheus metrics", response_class=Response)
    async def prometheus() -> Response:
        return Response(await run_in_threadpool(metrics, gauges), media_type=METRICS)

    return app


def language(request: Request) -> Language:
    """Vietnamese unless `?lang=` or `Accept-Language` asks for English."""
    return preferred(request.headers.get("accept-language"), asked(request, "lang"))


def asked(request: Request, name: str) -> str | None:
    """One parameter of the query. Most requests have no query, and need not have it parsed."""
    return request.query_params.get(name) if request.scope["query_string"] else None


async def body_within(request: Request, limit: int) -> bytes:
    """The body of a request. Raises `TooLarge` as soon as it is longer than `limit` bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge
    return bytes(body)


def problem_body(problem: Problem, lang: Language) -> dict[str, Any]:
    """The problem as RFC 9457 JSON: what is wrong, where, and what to do next. Never a value that was sent."""
    code = problem.code()
    detail = say(lang, f"problem.{code}", **problem.facts)
    faults = problem.faults or (Fault(problem.pointer, code),)
    return {
        "type": PROBLEM_TYPES + code,
        "title": say(lang, f"problem.{code}.title"),
        "status": problem.status,
        "detail": detail,
        "code": code,
        "retryable": problem.retryable,
        "errors": [
            {
                "pointer": fault.pointer,
                "code": fault.code,
                "detail": say(lang, f"fault.{fault.code}") if problem.faults else detail,
            }
            for fault in faults
        ],
        **problem.facts,
    }


def problem_response(problem: Problem, request: Request) -> Response:
    """The problem as an answer, in the language of the request."""
    lang = language(request)
    headers = {"Content-Language": lang, "Vary": "Accept-Language"}
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    headers |= retry_after(problem)
    told_body = problem_body(problem, lang)
    if problem.status == 500:  # Whoever tells us finds us the line in our log.
        told_body["trace"] = request.scope.get(TRACE)
    body = json.dumps(told_body, ensure_ascii=False)
    return Response(body, problem.status, headers, media_type=PROBLEM_JSON)


def retry_after(problem: Problem) -> dict[str, str]:
    """The header that says when the same may be tried again; none where it would not help."""
    if not problem.retryable:
        return {}
    return {"Retry-After": str(problem.facts.get("seconds", RETRY_SECONDS))}


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
    return urlsplit(request.headers.get("origin", "")).netloc == request.headers.get("host")


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


def _state(check: Callable[[], object]) -> str:
    try:
        check()
    except Problem as problem:
        return problem.code()
    except DBAPIError:
        return DatabaseAway.code()
    return "ok"


async def _answer_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem_response(error, request)


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, Problem):  # The framework was reading the body meanwhile.
        return problem_response(error.__cause__, request)
    kinds: dict[int, type[Problem]] = {404: NotFound, 405: MethodNotAllowed}
    return problem_response(kinds.get(error.status_code, BadQuestion)(), request)


async def _answer_question(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return problem_response(BadQuestion(faults=faults_in(error.errors())), request)


async def answer_fault(request: Request, error: Exception) -> Response:
    """The answer to what nobody expected: a database that is away, or a fault of ours; this is logged, without anything
    that was sent."""
    if isinstance(error, DBAPIError) and is_away(error):
        return problem_response(DatabaseAway(), request)
    facts = told(trace=request.scope.get(TRACE))
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error, extra=facts)
    return problem_response(InternalFault(), request)
