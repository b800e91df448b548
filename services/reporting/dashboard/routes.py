"""The addresses of the dashboard. Thin: who may read, which facts, which page."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool

from services.reporting.asking import Clocks
from services.reporting.dashboard.clocks import clock_facts
from services.reporting.dashboard.club import club_facts
from services.reporting.dashboard.commune import commune_facts
from services.reporting.dashboard.completeness import completeness_facts
from services.reporting.dashboard.indicator import indicator_facts, list_facts
from services.reporting.dashboard.live import add_live
from services.reporting.dashboard.nation import nation_facts
from services.reporting.dashboard.province import province_facts, province_of
from services.reporting.dashboard.rendering import render
from services.reporting.dashboard.reports import reports_facts
from services.reporting.dashboard.search import search_facts
from services.reporting.dashboard.sheet import sheet_facts
from services.reporting.dashboard.told import targets
from services.reporting.dashboard.view import View, read_view
from services.reporting.dashboard.waiting import Reader, waiting_facts
from services.reporting.dashboard.why import asked_of_page, why_facts
from services.reporting.diff import needs
from services.reporting.parts import Parts
from shared.access import PublicRead
from shared.audited import reads_sums
from shared.database import is_away
from shared.door import bare_token
from shared.problems import DatabaseAway, Problem
from shared.web import CHALLENGE, RETRY_SECONDS, language, retry_after

Facts = Callable[[Connection, Clocks, View, Reader], dict[str, Any]]
Beside = Callable[[Reader, View], dict[str, Any]]


def add_dashboard(app: FastAPI, parts: Parts, registry: str) -> None:
    """The nation, a province, a commune, a club, search, the indicators; and the live figures."""

    async def page(
        request: Request,
        template: str,
        facts: Facts,
        needs: PublicRead = "aggregates",
        beside: Beside = lambda reader, view: {},
    ) -> HTMLResponse:
        view = View(request.url.path, "vi", "34", None, None, {})
        try:
            view = read_view(request.url.path, request.query_params)
            token = await parts.door.reader(request, needs)
            reader = Reader(token, bare_token(request), parts.door.shows_every_club(token))
            reads_sums(request, only=not reader.clubs)
            return _html(await run_in_threadpool(_shown, parts, template, view, facts, reader, beside), view)
        except Problem as problem:
            return _refusal(problem, view, request)
        except DBAPIError as error:
            if not is_away(error):
                raise
            return _refusal(DatabaseAway(), view, request)

    @app.get("/", include_in_schema=False)
    async def nation(request: Request) -> HTMLResponse:
        return await page(
            request,
            "nation.html",
            lambda connection, clocks, view, reader: nation_facts(connection, clocks, view, reader.clubs),
        )

    @app.get("/sign-in", include_in_schema=False)
    async def sign_in(request: Request, next: str = "/") -> Response:
        """Where pages are open to all, no page asks who reads it; after this one a browser sends its token to each."""
        try:
            await parts.door.signed_in(request)
        except Problem as problem:
            return _refusal(problem, View("/", language(request), "34", None, None, {}), request)
        return RedirectResponse(next if _ours(next) else "/", 303)

    @app.get("/provinces/{code}", include_in_schema=False)
    async def province(request: Request, code: str) -> HTMLResponse:
        return await page(
            request,
            "province.html",
            lambda connection, clocks, view, reader: province_facts(
                connection, clocks, view, code, reader.clubs
            ),
        )

    @app.get("/completeness", include_in_schema=False)
    async def completeness(request: Request) -> HTMLResponse:
        return await page(
            request,
            "completeness.html",
            lambda connection, clocks, view, reader: completeness_facts(connection, clocks, view),
            beside=lambda reader, view: waiting_facts(registry, reader, view, None, parts.clock()),
        )

    @app.get("/provinces/{code}/sheets/{of:path}", include_in_schema=False)
    async def sheet(request: Request, code: str, of: str) -> HTMLResponse:
        return await page(
            request,
            "sheet.html",
            lambda connection, clocks, view, reader: sheet_facts(connection, clocks, view, code, of),
        )

    @app.get("/targets", include_in_schema=False)
    async def every_target(request: Request) -> HTMLResponse:
        return await page(
            request,
            "targets.html",
            lambda connection, clocks, view, reader: {
                "targets": targets(connection, clocks, view.lang, every=True)
            },
        )

    @app.get("/provinces/{code}/reports", include_in_schema=False)
    async def reports(request: Request, code: str) -> HTMLResponse:
        return await page(
            request,
            "reports.html",
            lambda connection, clocks, view, reader: reports_facts(connection, clocks, view, code),
            beside=lambda reader, view: waiting_facts(
                registry, reader, view, province_of(view, code).now, parts.clock()
            ),
        )

    @app.get("/communes/{code}", include_in_schema=False)
    async def commune(request: Request, code: str) -> HTMLResponse:
        return await page(
            request,
            "commune.html",
            lambda connection, clocks, view, reader: commune_facts(
                connection, clocks, view, code, reader.clubs
            ),
        )

    @app.get("/clubs/{id}", include_in_schema=False)
    async def club(request: Request, id: str) -> HTMLResponse:
        return await page(
            request,
            "club.html",
            lambda connection, clocks, view, reader: club_facts(connection, clocks, view, parts.log, id),
            needs="clubs",
        )

    @app.get("/search", include_in_schema=False)
    async def search(request: Request, q: str = "") -> HTMLResponse:
        return await page(
            request,
            "search.html",
            lambda connection, clocks, view, reader: search_facts(connection, clocks, view, q, reader.clubs),
        )

    @app.get("/indicators", include_in_schema=False)
    async def indicators(request: Request) -> HTMLResponse:
        return await page(request, "indicators.html", lambda *_: list_facts())

    @app.get("/indicators/{code}", include_in_schema=False)
    async def indicator(request: Request, code: str) -> HTMLResponse:
        return await page(
            request,
            "indicator.html",
            lambda connection, clocks, view, reader: indicator_facts(connection, clocks, view, code),
        )

    @app.get("/figures/why", include_in_schema=False)
    async def why(request: Request) -> HTMLResponse:
        return await page(
            request,
            "why.html",
            lambda _connection, _clocks, view, reader: why_facts(
                parts, asked_of_page(request.query_params), view.lang, reader.clubs
            ),
            needs=needs(
                request.query_params.get("scope", ""),
                request.query_params.get("indicator", ""),
                parts.small_cells,
            ),
        )

    add_live(app, parts)


def _shown(parts: Parts, template: str, view: View, facts: Facts, reader: Reader, beside: Beside) -> str:
    extra = beside(reader, view)  # Before a connection is taken: it may wait for another service.
    with parts.asked(*view.clocks(parts.clock()), reader.token) as (connection, clocks):
        found = facts(connection, clocks, view, reader) | extra
        found |= clock_facts(connection, clocks, view, parts.clock())
    return render(template, view, found)


def _ours(address: str) -> bool:
    """A page of this service: browsers read // and /\\ as the beginning of another host."""
    return address.startswith("/") and not address.startswith(("//", "/\\"))


def _html(html: str, view: View, status: int = 200, headers: dict[str, str] | None = None) -> HTMLResponse:
    # Offices see more than strangers do: what one was shown is kept for nobody else.
    kept = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
    said = {"Content-Language": view.lang, **kept, **(headers or {})}
    return HTMLResponse(html, status, headers=said)


def _refusal(problem: Problem, view: View, request: Request) -> HTMLResponse:
    """A problem is a page too: what is wrong and what to do now."""
    again = retry_after(problem)
    if problem.status == 401:
        again["WWW-Authenticate"] = CHALLENGE
    address = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    found = {"problem": problem, "address": address, "clock": None, "retry_seconds": RETRY_SECONDS}
    return _html(
        render("problem.html", view.at(known_at=None, valid_at=None, own={}), found),
        view,
        problem.status,
        again,
    )
