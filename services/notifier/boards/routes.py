"""The addresses of the boards' pages. Thin: who may read or act, which facts, which page."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool

from services.notifier.boards import alerts, letters, offices, silencing
from services.notifier.boards.acting import Act, acknowledged, lifted, office_written, silenced
from services.notifier.boards.forms import Fields, Mistaken, Wrong, fields_of, one
from services.notifier.boards.linked import add_linked
from services.notifier.boards.reader import Reader
from services.notifier.boards.rendering import page, refusal
from services.notifier.boards.sessions import Sessions
from services.notifier.boards.signing_in import add_signing_in
from services.notifier.boards.view import View, read_view
from services.notifier.listing import Id
from services.notifier.parts import Parts
from shared.database import is_away, snapshot
from shared.door import Door
from shared.looks import add_looks
from shared.problems import DatabaseAway, Problem

STATIC: Final = Path(__file__).parent.parent / "static"

Facts = Callable[[Connection, View, Reader], dict[str, Any]]
Answer = Callable[[View], Awaitable[Response]]


def add_boards(app: FastAPI, parts: Parts, door: Door) -> None:
    """Alerts, letters, silences, offices; signing in; and the links in letters."""
    add_looks(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    dashboard = parts.settings.dashboard
    sessions = Sessions(parts, door)

    async def answered(request: Request, answer: Answer) -> Response:
        view = read_view(request.url.path, request.query_params)
        try:
            return await answer(view)
        except Problem as problem:
            return refusal(problem, view)
        except DBAPIError as error:
            if not is_away(error):
                raise
            return refusal(DatabaseAway(), view)

    async def shown(request: Request, template: str, facts: Facts) -> Response:
        async def answer(view: View) -> Response:
            reader = await sessions.reader(request)
            return await run_in_threadpool(_page, parts, template, view, reader, facts)

        return await answered(request, answer)

    async def acted(request: Request, act: Act, template: str | None = None, facts: Any = None) -> Response:
        """Do what a form asks for and go on from there; a form that is mistaken is shown again as it was typed."""

        async def answer(view: View) -> Response:
            reader = await sessions.form(request)
            fields = await fields_of(request)
            try:
                path = await run_in_threadpool(act, parts, reader, fields)
            except Mistaken as mistaken:
                again = _again(facts, fields, mistaken.wrong)
                return await run_in_threadpool(_page, parts, str(template), view, reader, again, 422)
            return RedirectResponse(view.link(path), 303)

        return await answered(request, answer)

    @app.get("/", include_in_schema=False)
    @app.get("/alerts", include_in_schema=False)
    async def open_alerts(request: Request) -> Response:
        return await shown(
            request, "alerts.html", lambda c, view, reader: alerts.list_facts(c, view, reader, parts.clock())
        )

    @app.get("/alerts/{id}", include_in_schema=False)
    async def one_alert(request: Request, id: Id) -> Response:
        return await shown(
            request, "alert.html", lambda c, view, reader: alerts.one_facts(c, view, reader, id, dashboard)
        )

    @app.post("/alerts/{id}/acknowledge", include_in_schema=False)
    async def acknowledge(request: Request, id: Id) -> Response:
        return await acted(request, partial(acknowledged, id=id))

    @app.get("/letters", include_in_schema=False)
    async def all_letters(request: Request) -> Response:
        return await shown(
            request, "letters.html", lambda c, view, reader: letters.list_facts(c, view, reader, parts)
        )

    @app.get("/letters/{id}", include_in_schema=False)
    async def one_letter(request: Request, id: Id) -> Response:
        return await shown(
            request, "letter.html", lambda c, view, reader: letters.one_facts(c, view, reader, id, parts)
        )

    @app.get("/silences", include_in_schema=False)
    async def silences(request: Request) -> Response:
        def facts(connection: Connection, view: View, reader: Reader) -> dict[str, Any]:
            return silencing.page_facts(connection, view, reader, parts.clock(), view.own, {})

        return await shown(request, "silences.html", facts)

    @app.post("/silences", include_in_schema=False)
    async def silence(request: Request) -> Response:
        def facts(
            connection: Connection, view: View, reader: Reader, fields: Fields, wrong: Wrong
        ) -> dict[str, Any]:
            typed = {name: one(fields, name) for name in silencing.NAMES}
            return silencing.page_facts(connection, view, reader, parts.clock(), typed, wrong)

        return await acted(request, silenced, "silences.html", facts)

    @app.post("/silences/{id}/lift", include_in_schema=False)
    async def lift(request: Request, id: Id) -> Response:
        return await acted(request, partial(lifted, id=id))

    @app.get("/offices", include_in_schema=False)
    async def all_offices(request: Request) -> Response:
        return await shown(request, "offices.html", lambda c, view, reader: offices.list_facts(c, reader))

    def form_of(id: str | None) -> Any:
        def facts(
            connection: Connection,
            view: View,
            reader: Reader,
            fields: Fields | None = None,
            wrong: Wrong | None = None,
        ) -> dict[str, Any]:
            reader.check_reads_letters()
            return offices.one_facts(connection, view, reader, id, fields, wrong or {})

        return facts

    @app.get("/offices/new", include_in_schema=False)
    async def new_office(request: Request) -> Response:
        return await shown(request, "office.html", form_of(None))

    @app.post("/offices/new", include_in_schema=False)
    async def make_office(request: Request) -> Response:
        return await acted(request, partial(office_written, id=None), "office.html", form_of(None))

    @app.get("/offices/{id}", include_in_schema=False)
    async def one_office(request: Request, id: str) -> Response:
        return await shown(request, "office.html", form_of(id))

    @app.post("/offices/{id}", include_in_schema=False)
    async def change_office(request: Request, id: str) -> Response:
        return await acted(request, partial(office_written, id=id), "office.html", form_of(id))

    add_signing_in(app, parts, door, sessions, answered)
    add_linked(app, parts, door, sessions, answered)


def _page(
    parts: Parts, template: str, view: View, reader: Reader, facts: Facts, status: int = 200
) -> Response:
    with snapshot(parts.database).connect() as connection:
        found = facts(connection, view, reader)
    return page(template, view, reader, found, status)


def _again(facts: Any, fields: Fields, wrong: Wrong) -> Facts:
    return lambda connection, view, reader: facts(connection, view, reader, fields, wrong)
