"""What the links in letters open: a page with one button, which acts when pressed; and why one got the letter.

A mail program's one click (RFC 8058) is the same press, without the page.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from services.notifier.boards import letters, saying
from services.notifier.boards.forms import fields_of, one
from services.notifier.boards.reader import Reader
from services.notifier.boards.rendering import page
from services.notifier.boards.sessions import Sessions
from services.notifier.boards.view import View
from services.notifier.life import acknowledge
from services.notifier.listing import Id
from services.notifier.offices import readers_of
from services.notifier.parts import Parts
from services.notifier.tables import alerts, offices
from services.notifier.unsubscribing import unsubscribe
from shared.database import snapshot
from shared.door import Door
from shared.texts import say

Answered = Callable[[Request, Callable[[View], Awaitable[Response]]], Awaitable[Response]]
NOBODY = Reader(None)


def add_linked(app: FastAPI, parts: Parts, door: Door, sessions: Sessions, answered: Answered) -> None:
    """`/links/acknowledge/…`, `/links/unsubscribe/…` and `/letters/{id}/why`."""

    @app.get("/links/acknowledge/{signed}", include_in_schema=False)
    async def known(request: Request, signed: str) -> Response:
        async def answer(view: View) -> Response:
            await door.stranger(request)
            facts = await run_in_threadpool(_to_acknowledge, parts, view, signed)
            return page("link_acknowledge.html", view, NOBODY, facts | {"done": False})

        return await answered(request, answer)

    @app.post("/links/acknowledge/{signed}", include_in_schema=False)
    async def now_known(request: Request, signed: str) -> Response:
        async def answer(view: View) -> Response:
            await door.stranger(request)
            note = one(await fields_of(request), "note")
            await run_in_threadpool(_acknowledge, parts, signed, note)
            facts = await run_in_threadpool(_to_acknowledge, parts, view, signed)
            return page("link_acknowledge.html", view, NOBODY, facts | {"done": True})

        return await answered(request, answer)

    @app.get("/links/unsubscribe/{signed}", include_in_schema=False)
    async def leaving(request: Request, signed: str) -> Response:
        async def answer(view: View) -> Response:
            await door.stranger(request)
            facts = await run_in_threadpool(_to_unsubscribe, parts, signed)
            return page("link_unsubscribe.html", view, NOBODY, facts | {"done": False})

        return await answered(request, answer)

    @app.post("/links/unsubscribe/{signed}", include_in_schema=False)
    async def left(request: Request, signed: str) -> Response:
        async def answer(view: View) -> Response:
            await door.stranger(request)
            fields = await fields_of(request)
            facts = await run_in_threadpool(_unsubscribe, parts, signed)
            if one(fields, "List-Unsubscribe") == "One-Click":
                return PlainTextResponse(say(view.lang, "link.unsubscribe.done", office=facts["office_name"]))
            return page("link_unsubscribe.html", view, NOBODY, facts | {"done": True})

        return await answered(request, answer)

    @app.get("/letters/{id}/why", include_in_schema=False)
    async def why(request: Request, id: Id) -> Response:
        async def answer(view: View) -> Response:
            signed = view.own.get("link")
            if signed:
                await door.stranger(request)
            reader = NOBODY if signed else await sessions.known(request)
            facts = await run_in_threadpool(_why, parts, view, reader, id, signed)
            return page("why.html", view, reader, facts)

        return await answered(request, answer)


def _to_acknowledge(parts: Parts, view: View, signed: str) -> dict[str, Any]:
    letter_key, alert_key = parts.links.read("acknowledge", signed)
    with snapshot(parts.database).connect() as connection:
        letter = letters.letter_by_key(connection, letter_key)
        keys = [alert_key] if alert_key else letters.alerts_of(connection, letter)
        rows = connection.execute(select(alerts).where(alerts.c.key.in_(keys)).order_by(alerts.c.id))
        items = [row._asdict() | {"words": saying.sentence(view.lang, row._asdict())} for row in rows]
    waiting = any(one["state"] == "firing" for one in items)
    return {"items": items, "waiting": waiting, "office_name": letter.office_name}


def _acknowledge(parts: Parts, signed: str, note: str) -> None:
    letter_key, alert_key = parts.links.read("acknowledge", signed)
    with parts.database.begin() as transaction:
        letter = letters.letter_by_key(transaction, letter_key)
        keys = [alert_key] if alert_key else letters.alerts_of(transaction, letter)
        acknowledge(transaction, keys, f"office:{letter.office}", note[:500] or None, parts.clock())


def _to_unsubscribe(parts: Parts, signed: str) -> dict[str, Any]:
    office, address = parts.links.read("unsubscribe", signed)
    with snapshot(parts.database).connect() as connection:
        row = connection.execute(select(offices).where(offices.c.id == office)).first()
    subscribed = row is not None and address in readers_of(row._asdict())
    return {"address": address, "office_name": row.name if row else office, "subscribed": subscribed}


def _unsubscribe(parts: Parts, signed: str) -> dict[str, Any]:
    office, address = parts.links.read("unsubscribe", signed)
    with parts.database.begin() as transaction:
        unsubscribe(transaction, parts.outbox, office, address, parts.clock())
    return _to_unsubscribe(parts, signed)


def _why(parts: Parts, view: View, reader: Reader, id: int, signed: str | None) -> dict[str, Any]:
    with snapshot(parts.database).connect() as connection:
        if signed:
            [key] = parts.links.read("why", signed)
            letter = letters.letter_by_key(connection, key)
        else:
            letter = letters.letter_of(connection, reader, id)
        return letters.why_facts(connection, view, letter, parts.settings.dashboard)
