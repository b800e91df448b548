"""The reporting service over HTTP: figures, clubs, trainings, and the dashboard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated, Any

import redis
from fastapi import FastAPI, Query, Request, Response
from fastapi.staticfiles import StaticFiles
from pydantic import Field
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from services.reporting import lists
from services.reporting.answering import answered
from services.reporting.asking import Clocks, ClubsAsked, FiguresAsked, KnownAt, TrainingsAsked, ValidAt
from services.reporting.breaks import breaks
from services.reporting.catalogue import catalogue
from services.reporting.club_norms import club_norms
from services.reporting.completeness_api import add_completeness
from services.reporting.dashboard import STATIC, add_dashboard
from services.reporting.diff_api import add_diff
from services.reporting.exports_api import add_exports
from services.reporting.figures import RULES, figures
from services.reporting.how_complete import reported_of
from services.reporting.indicators import by_terrain
from services.reporting.ledger_api import add_ledger
from services.reporting.norms_api import add_norms
from services.reporting.norms_saying import norms_in_words, norms_summary
from services.reporting.odata.api import add_odata
from services.reporting.parts import Parts, assemble
from services.reporting.preview import add_preview
from services.reporting.printing_api import add_printing
from services.reporting.saying import count_words, day_words, history_of, in_words, reports_in
from services.reporting.sheets_api import accepted, add_sheets, sheet_answer
from services.reporting.signing_api import add_signing
from services.reporting.told_api import add_told
from shared import clock as clocks
from shared.clock import Clock
from shared.doorbell import Doorbell
from shared.looks import add_looks
from shared.places.terrain import terrain_list
from shared.problems import NotFound
from shared.settings import Reporting
from shared.valkey import connect
from shared.web import language, make_app

Limit = Annotated[int, Query(ge=1, le=1000)]


class ClubsPage(ClubsAsked):
    """The parameters of `GET /v1/clubs`."""

    after: Annotated[str, Field(description="Go on behind this id.")] = ""
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class TrainingsPage(TrainingsAsked):
    """The parameters of `GET /v1/trainings`."""

    skip: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


def create_app(settings: Reporting | None = None, clock: Clock = clocks.now) -> FastAPI:
    """The reporting service as an ASGI application."""
    settings = settings or Reporting()
    parts = assemble(settings, clock)
    doorbell = Doorbell(connect(settings.log), redis.Redis.from_url(settings.jobs), settings.programme)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        doorbell.close()
        parts.close()

    app = make_app(
        "ISHC Records – số liệu / reporting",
        "Mọi con số được đếm từ sự kiện. Every figure is counted from events.",
        lifespan,
        parts.ready(),
        parts.gauges(),
        parts.audit,
    )
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    add_looks(app)
    _add_figures(app, parts)
    add_diff(app, parts)
    _add_lists(app, parts)
    add_sheets(app, parts)
    add_exports(app, parts, settings.exports_folder, doorbell)
    add_norms(app, parts)
    add_ledger(app, parts)
    add_told(app, parts)
    add_signing(app, parts)
    add_preview(app, parts)
    add_completeness(app, parts, settings.registry)
    add_odata(app, parts)
    add_printing(app, parts)
    add_dashboard(app, parts, settings.registry)
    return app


def _add_figures(app: FastAPI, parts: Parts) -> None:
    @app.get("/v1/indicators", tags=["figures"], summary="Các chỉ tiêu / the indicators")
    async def indicators(request: Request) -> list[dict[str, Any]]:
        await parts.door.reader(request, "aggregates")
        return catalogue()

    @app.get(
        "/v1/figures", tags=["figures"], summary="Một con số / a figure, at two clocks and on three maps"
    )
    async def figure(request: Request, asked: Annotated[FiguresAsked, Query()]) -> Response:
        if (format := accepted(request)) is not None:
            return await sheet_answer(request, parts, "figures", asked, format)
        reader = await parts.door.reader(request, asked.needs)

        def answer(connection: Connection, clocks: Clocks) -> dict[str, Any]:
            question = asked.question(clocks)
            rows, total = figures(connection, question)
            begins = None if question.start == date.min else question.start.isoformat()
            return {
                "indicator": asked.indicator,
                "unit": question.indicator.unit,
                "kind": question.indicator.kind,
                "by": list(question.by),
                "from": begins,
                "to": question.end.isoformat(),
                "scope": asked.scope,
                "scheme": asked.scheme,
                **clocks.as_json(),
                "rules": RULES,
                "breaks": [one.as_json() for one in breaks(question)],
                "rows": [row.as_json() for row in rows],
                "total": total.as_json(),
                **({"terrain": terrain_list()} if by_terrain(question.indicator) else {}),
                **({"completeness": reported_of(connection, question)} if asked.completeness else {}),
            }

        return await answered(request, parts, asked, reader, answer)


def _add_lists(app: FastAPI, parts: Parts) -> None:
    @app.get("/v1/clubs", tags=["lists"], summary="Câu lạc bộ / clubs; search ignores accents")
    async def clubs(request: Request, asked: Annotated[ClubsPage, Query()]) -> Response:
        reader = await parts.door.reader(request, "clubs", own=True)
        asked.check()
        parts.door.check_reads(reader, provinces=[asked.province] if asked.province else [])
        lang = language(request)

        def answer(connection: Connection, clocks: Clocks) -> dict[str, Any]:
            after, limit = asked.after, asked.limit
            rows, total = lists.clubs_like(
                connection, clocks.position, asked.q, asked.province, after, limit, day=clocks.valid_at
            )
            items = [in_words(lang, row) for row in rows]
            following = items[-1]["id"] if len(items) == limit else None
            return {"items": items, "total": total, "next": following, **clocks.as_json()}

        return await answered(request, parts, asked, reader, answer)

    @app.get("/v1/clubs/{id}", tags=["lists"], summary="Một câu lạc bộ / one club, with its history")
    async def club(
        request: Request, id: str, known_at: KnownAt = None, valid_at: ValidAt = None
    ) -> dict[str, Any]:
        reader = await parts.door.reader(request, "clubs", own=True)
        lang = language(request)

        def answer() -> dict[str, Any]:
            with parts.asked(known_at, valid_at) as (connection, asked):
                parts.door.check_reads(reader, id, lists.provinces_of(connection, asked.position, id))
                found = lists.club(connection, asked.position, id, asked.valid_at)
                names = lists.family_of(connection, asked.position, id)
            history = history_of(parts.log, lang, names, asked.position)
            if not history:
                raise NotFound
            rows = club_norms(reports_in(parts.log, names, asked.position), asked.valid_at)
            shown = in_words(lang, found) | {"registered_as": names} if found else None
            return {
                "club": shown,
                "norms": norms_in_words(lang, rows),
                "norms_summary": norms_summary(lang, rows),
                "history": history,
                **asked.as_json(),
            }

        return await run_in_threadpool(answer)

    @app.get("/v1/trainings", tags=["lists"], summary="Tập huấn / trainings, planned, held and cancelled")
    async def trainings(request: Request, asked: Annotated[TrainingsPage, Query()]) -> Response:
        reader = await parts.door.reader(request, "aggregates")
        asked.check()
        lang = language(request)

        def answer(connection: Connection, clocks: Clocks) -> dict[str, Any]:
            skip, limit = asked.skip, asked.limit
            rows, total = lists.trainings_like(
                connection, clocks.position, asked.q, asked.province, limit, skip, clocks.valid_at
            )
            return {"items": [in_words(lang, row) for row in rows], "total": total, **clocks.as_json()}

        return await answered(request, parts, asked, reader, answer)

    @app.get(
        "/v1/published", tags=["lists"], summary="Số liệu đã công bố / printed figures, never added to ours"
    )
    async def published(
        request: Request,
        indicator: str | None = None,
        subject: str | None = None,
        limit: Limit = 100,
        known_at: KnownAt = None,
        valid_at: ValidAt = None,
    ) -> dict[str, Any]:
        await parts.door.reader(request, "aggregates")
        lang = language(request)

        def answer() -> dict[str, Any]:
            with parts.asked(known_at, valid_at) as (connection, asked):
                at, day = asked.position, asked.valid_at
                rows = lists.published_figures(connection, at, indicator, subject, limit, day=day)
            items = [
                row
                | {"value_text": count_words(lang, row["value"]), "as_of_text": day_words(lang, row["as_of"])}
                for row in rows
            ]
            return {"items": items, **asked.as_json()}

        return await run_in_threadpool(answer)
