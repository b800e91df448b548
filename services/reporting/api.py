"""The reporting service over HTTP: figures, clubs, trainings, and the dashboard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool

from services.reporting import lists
from services.reporting.asking import FiguresAsked, KnownAt
from services.reporting.club_norms import club_norms
from services.reporting.completeness_api import add_completeness
from services.reporting.dashboard import STATIC, add_dashboard
from services.reporting.diff_api import add_diff
from services.reporting.figures import RULES, figures
from services.reporting.indicators import INDICATORS
from services.reporting.ledger_api import add_ledger
from services.reporting.norms_api import add_norms
from services.reporting.norms_saying import norms_in_words, norms_summary
from services.reporting.parts import Parts, assemble
from services.reporting.preview import add_preview
from services.reporting.saying import count_words, day_words, history_of, in_words, reports_in
from services.reporting.signing_api import add_signing
from services.reporting.told_api import add_told
from shared import clock as clocks
from shared.clock import Clock
from shared.problems import NotFound
from shared.settings import Reporting
from shared.texts import say
from shared.web import language, make_app

Limit = Annotated[int, Query(ge=1, le=1000)]
Province = Annotated[str | None, Query(pattern=r"^\d{2}$", description="Code on today's map.")]


def create_app(settings: Reporting | None = None, clock: Clock = clocks.now) -> FastAPI:
    """The reporting service as an ASGI application."""
    settings = settings or Reporting()
    parts = assemble(settings, clock)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        parts.close()

    app = make_app(
        "ISHC Records – số liệu / reporting",
        "Mọi con số được đếm từ sự kiện. Every figure is counted from events.",
        lifespan,
        parts.ready(),
        parts.gauges(),
    )
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    _add_figures(app, parts)
    add_diff(app, parts)
    _add_lists(app, parts)
    add_norms(app, parts)
    add_ledger(app, parts)
    add_told(app, parts)
    add_signing(app, parts)
    add_preview(app, parts)
    add_completeness(app, parts, settings.registry)
    add_dashboard(app, parts, settings.public_read)
    return app


def _add_figures(app: FastAPI, parts: Parts) -> None:
    @app.get("/v1/indicators", tags=["figures"], summary="Các chỉ tiêu / the indicators")
    async def indicators(request: Request) -> list[dict[str, Any]]:
        await parts.door.reader(request, "aggregates")
        return [
            {
                "code": one.code,
                "unit": one.unit,
                "kind": one.kind,
                "formula": one.formula,
                "source": one.source,
                "age_limit_months": one.age_limit_months,
                **{
                    f"{part}_{lang}": say(lang, f"indicator.{one.code}.{part}")
                    for part in ("name", "definition")
                    for lang in ("vi", "en")
                },
            }
            for one in INDICATORS.values()
        ]

    @app.get(
        "/v1/figures", tags=["figures"], summary="Một con số / a figure, at two clocks and on three maps"
    )
    async def figure(request: Request, asked: Annotated[FiguresAsked, Query()]) -> dict[str, Any]:
        await parts.door.reader(request, "clubs" if "club" in asked.dimensions else "aggregates")

        def answer() -> dict[str, Any]:
            with parts.asked(asked.known_at, asked.valid_at) as (connection, clocks):
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
                "rows": [row.as_json() for row in rows],
                "total": total.as_json(),
            }

        return await run_in_threadpool(answer)


def _add_lists(app: FastAPI, parts: Parts) -> None:
    @app.get("/v1/clubs", tags=["lists"], summary="Câu lạc bộ / clubs; search ignores accents")
    async def clubs(
        request: Request,
        q: Annotated[str, Query(description="Words of the name.", max_length=200)] = "",
        province: Province = None,
        after: Annotated[str, Query(description="Go on behind this id.")] = "",
        limit: Limit = 100,
        known_at: KnownAt = None,
    ) -> dict[str, Any]:
        await parts.door.reader(request, "clubs")
        lang = language(request)

        def answer() -> dict[str, Any]:
            with parts.asked(known_at, None) as (connection, asked):
                rows, total = lists.clubs_like(connection, asked.position, q, province, after, limit)
            items = [in_words(lang, row) for row in rows]
            following = items[-1]["id"] if len(items) == limit else None
            return {"items": items, "total": total, "next": following, **asked.as_json()}

        return await run_in_threadpool(answer)

    @app.get("/v1/clubs/{id}", tags=["lists"], summary="Một câu lạc bộ / one club, with its history")
    async def club(request: Request, id: str, known_at: KnownAt = None) -> dict[str, Any]:
        await parts.door.reader(request, "clubs")
        lang = language(request)

        def answer() -> dict[str, Any]:
            with parts.asked(known_at, None) as (connection, asked):
                found = lists.club(connection, asked.position, id)
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
    async def trainings(
        request: Request,
        q: Annotated[str, Query(max_length=200)] = "",
        province: Province = None,
        skip: Annotated[int, Query(ge=0)] = 0,
        limit: Limit = 100,
        known_at: KnownAt = None,
    ) -> dict[str, Any]:
        await parts.door.reader(request, "aggregates")
        lang = language(request)

        def answer() -> dict[str, Any]:
            with parts.asked(known_at, None) as (connection, asked):
                rows, total = lists.trainings_like(connection, asked.position, q, province, limit, skip)
            return {"items": [in_words(lang, row) for row in rows], "total": total, **asked.as_json()}

        return await run_in_threadpool(answer)

    @app.get(
        "/v1/published", tags=["lists"], summary="Số liệu đã công bố / printed figures, never added to ours"
    )
    async def published(
        request: Request,
        indicator: str | None = None,
        subject: str | None = None,
        limit: Limit = 100,
        known_at: KnownAt = None,
    ) -> dict[str, Any]:
        await parts.door.reader(request, "aggregates")
        lang = language(request)

        def answer() -> dict[str, Any]:
            with parts.asked(known_at, None) as (connection, asked):
                rows = lists.published_figures(connection, asked.position, indicator, subject, limit)
            items = [
                row
                | {"value_text": count_words(lang, row["value"]), "as_of_text": day_words(lang, row["as_of"])}
                for row in rows
            ]
            return {"items": items, **asked.as_json()}

        return await run_in_threadpool(answer)
