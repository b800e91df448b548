"""What all three HTTP services have in common: problems, languages, health and metrics."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from shared.audit import Audit
from shared.audited import Audited
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
    InternalFault,
    MethodNotAllowed,
    NotFound,
    Problem,
    TooLarge,
)
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
