"""The registry over HTTP: reports in, the change feed out."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from services.registry import answers, asyncapi, bodies, feed, schemas
from services.registry.audit_api import add_audit
from services.registry.desk import add_desk
from services.registry.devices import add_devices
from services.registry.forms import add_forms
from services.registry.parts import Parts, assemble
from services.registry.reading import read, read_binary, read_parsed
from services.registry.receipts import add_receipts
from services.registry.verdicts import Outcome, Pending, Sent, Verdict
from shared import clock as clocks
from shared import intake, tracing
from shared.access import Token
from shared.bounds import bounded
from shared.clock import Clock
from shared.edge import Edge
from shared.log import ATOMIC
from shared.problems import BadQuestion, Fault, NotAnEvent, Problem, TooLarge, UnknownMediaType, Unreadable
from shared.settings import Registry
from shared.web import answer_fault, asked, make_app, problem_response

PATH: Final = "/v1/events"
ATOMIC_BYTES: Final = 2 * 1024 * 1024
_BIG: Final = 256 * 1024  # Parsing more than this would keep others waiting: it is done in a thread.
_CHUNK: Final = 100
UNDER_WAY: Final = 10  # Chunks of one body between reading and disk.
_POSTED: Final = Route(PATH, lambda request: Response(), methods=["POST"])  # What the edge calls it.
_ONE: Final = ("", "application/json", "application/cloudevents+json")
_BATCH: Final = "application/cloudevents-batch+json"
_LINES: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl")


def create_app(settings: Registry | None = None, clock: Clock = clocks.now) -> ASGIApp:
    """The registry as an ASGI application."""
    settings = settings or Registry()
    parts = assemble(settings, clock)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        parts.commits.start()
        yield
        await parts.close()

    app = make_app(
        "ISHC Records – sổ ghi / registry",
        "Báo cáo vào, dòng sự kiện ra. Reports in, the change feed out.",
        lifespan,
        parts.ready(),
        parts.gauges(),
        parts.audit,
    )
    feed.add_feed(app, parts)
    add_desk(app, parts)
    add_devices(app, parts)
    add_receipts(app, parts)
    add_audit(app, parts)
    add_forms(app)
    schemas.add_schemas(app)
    asyncapi.add_asyncapi(app)

    async def post_events(request: Request) -> Response:
        return await take_in(parts, request)

    app.post(PATH, **schemas.intake_documentation())(post_events)
    return FirstInLine(app, post_events)


class FirstInLine:
    """Serves posted events before the framework's layers: nearly every request is one, and needs none of them."""

    def __init__(self, app: ASGIApp, post_events: Callable[[Request], Awaitable[Response]]) -> None:
        self.app, self._post_events = app, post_events
        self._edge = Edge(self._answer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        scope["route"] = _POSTED
        await self._edge(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, bounded(scope, receive, None))
        try:
            response = await self._post_events(request)
        except Problem as problem:
            response = problem_response(problem, request)
        except ClientDisconnect:
            return
        except Exception as error:
            response = await answer_fault(request, error)
        await response(scope, receive, send)


async def take_in(parts: Parts, request: Request) -> Response:
    """Judge and record what one request brings, in whatever form. Raises the `Problem` that turns it away."""
    token = await parts.door.bearer(request)
    dry_run, atomic = _flag(request, "dry_run"), _flag(request, "atomic")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if "ce-specversion" in request.headers:
        return await _one(parts, request, token, dry_run, binary=True)
    if media_type in _ONE:
        return await _one(parts, request, token, dry_run, binary=False)
    if media_type != _BATCH and media_type not in _LINES:
        raise UnknownMediaType("/headers/content-type")
    batches = _array(request) if media_type == _BATCH else _ndjson(request)
    if atomic:
        return await _atomic(parts, request, token, dry_run, batches)
    many = answers.Many(request)
    under_way: deque[asyncio.Task[tuple[list[Sent], list[Outcome]]]] = deque()
    async for sent in batches:  # The next are read while these are on their way to disk.
        await parts.door.check_still(request)  # The token may be revoked while a long body still comes in.
        under_way.append(asyncio.create_task(_recorded(parts, sent, token, dry_run)))
        while len(under_way) > UNDER_WAY:
            many.add(*await under_way.popleft())
    while under_way:
        many.add(*await under_way.popleft())
    return many.response()


async def _recorded(
    parts: Parts, sent: list[Sent], token: Token, dry_run: bool
) -> tuple[list[Sent], list[Outcome]]:
    return sent, await _record(parts, sent, token, dry_run)


async def _one(parts: Parts, request: Request, token: Token, dry_run: bool, binary: bool) -> Response:
    raw = await bodies.whole(request, intake.EVENT_LIMIT)
    sent = read_binary(request, raw) if binary else await parts.reading.read(raw)
    [outcome] = await _record(parts, [sent], token, dry_run)
    return answers.single(request, sent, outcome, dry_run)


async def _atomic(
    parts: Parts, request: Request, token: Token, dry_run: bool, batches: AsyncIterator[list[Sent]]
) -> Response:
    everything: list[Sent] = []
    async for sent in batches:
        everything += sent
        if len(everything) > ATOMIC or sum(len(one.raw) for one in everything) > ATOMIC_BYTES:
            raise TooLarge
    outcomes = await _record(parts, everything, token, dry_run, atomic=True)
    many = answers.Many(request)
    many.add(everything, outcomes)
    stored = all(outcome.verdict in (Verdict.ACCEPTED, Verdict.DUPLICATE) for outcome in outcomes)
    return many.response() if stored else many.refused()


async def _record(
    parts: Parts, sent: Sequence[Sent], token: Token, dry_run: bool, atomic: bool = False
) -> list[Outcome]:
    now = parts.clock()
    request = next(iter(tracing.current()), None)
    pending = [Pending(one, token, now, request=request) for one in sent]
    if dry_run:
        return await parts.commits.alone(lambda: parts.recorder.try_out(pending))
    if atomic:
        return await parts.commits.alone(lambda: parts.recorder.record(pending, atomic=True))
    return await parts.commits.record(pending)


async def _array(request: Request) -> AsyncIterator[list[Sent]]:
    raw = await bodies.whole(request, bodies.BODY_LIMIT)
    try:
        parsed = await run_in_threadpool(intake.parse, raw) if len(raw) > _BIG else intake.parse(raw)
        if not isinstance(parsed, list):
            raise NotAnEvent(faults=(Fault("", "not-a-list"),))
    except Unreadable as problem:
        yield [Sent(raw, problem=problem)]
        return
    for start in range(0, len(parsed), _CHUNK):
        yield [read_parsed(value) for value in parsed[start : start + _CHUNK]]


async def _ndjson(request: Request) -> AsyncIterator[list[Sent]]:
    async for lines in bodies.lines(request):
        yield [Sent(b"", problem=line) if isinstance(line, Problem) else read(line) for line in lines]


def _flag(request: Request, name: str) -> bool:
    match asked(request, name):
        case "true" | "1":
            return True
        case None | "false" | "0":
            return False
    raise BadQuestion(f"/query/{name}", faults=(Fault(f"/query/{name}", "not-yes-or-no"),))
