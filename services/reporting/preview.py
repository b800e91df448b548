"""`POST /v1/preview`: the figures a report would move. Nothing is stored."""

from datetime import date
from typing import Any, Final

from fastapi import FastAPI, Request
from sqlalchemy import Connection, select
from starlette.concurrency import run_in_threadpool

from services.reporting.figures import RULES, Question, Sum, figures
from services.reporting.indicators import INDICATORS
from services.reporting.parts import Parts
from services.reporting.projections import ReportingFollower
from services.reporting.saying import indicator_name
from services.reporting.tables import effects
from shared.catch_up import checkpoint
from shared.clock import day_in_viet_nam
from shared.intake import EVENT_LIMIT
from shared.places import province_name
from shared.preview import on_trial, undone
from shared.texts import Language
from shared.web import body_within, language

_FROM_CLUBS: Final = ("communes_with_club",)  # Counted from the effects of another indicator.


def add_preview(app: FastAPI, parts: Parts) -> None:
    """What a correction, or any other report, would move."""

    @app.post(
        "/v1/preview",
        tags=["figures"],
        summary="Xem trước / the figures a report would move; nothing is stored",
        openapi_extra={"requestBody": {"content": {"application/cloudevents+json": {}}, "required": True}},
    )
    async def preview(request: Request) -> dict[str, Any]:
        await parts.door.bearer(request)
        body = await body_within(request, EVENT_LIMIT)
        return await run_in_threadpool(figures_moved, parts, body, language(request))


def figures_moved(parts: Parts, body: bytes, lang: Language) -> dict[str, Any]:
    """Every figure of the nation and of a province that the report would move, before and after, as of today."""
    now = parts.clock()
    day = day_in_viet_nam(now)
    reached = checkpoint(ReportingFollower(parts.database, parts.log))
    trial = on_trial(body, parts.log, reached, now)
    with undone(parts.database) as transaction:
        ReportingFollower(parts.database, trial).apply(transaction, [trial.event])
        moved = _moved(transaction, trial.event.position)
        rows = [
            {
                "indicator": code,
                "indicator_text": indicator_name(lang, code),
                "unit": INDICATORS[code].unit,
                "kind": INDICATORS[code].kind,
                "province": province,
                "name": province_name("2025-07", province) if province else None,
                "before": before.as_json(),
                "after": after.as_json(),
            }
            for code, province in moved
            for before, after in [_before_and_after(transaction, code, province, day, trial.event.position)]
            if before != after
        ]
    return {"items": rows, "position": reached.position, "valid_at": day.isoformat(), "rules": RULES}


def _moved(transaction: Connection, position: int) -> list[tuple[str, str | None]]:
    """The indicators and provinces whose effects the event changes, and the nation (None) for each indicator."""
    query = (
        select(effects.c.indicator, effects.c.province_now).where(effects.c.position == position).distinct()
    )
    found = {(row.indicator, row.province_now) for row in transaction.execute(query)}
    found |= {(code, province) for one, province in found if one == "clubs" for code in _FROM_CLUBS}
    nation = {(code, None) for code, _ in found}
    return sorted(found | nation, key=lambda one: (list(INDICATORS).index(one[0]), one[1] or ""))


def _before_and_after(
    transaction: Connection, code: str, province: str | None, day: date, position: int
) -> tuple[Sum, Sum]:
    scope = f"province:{province}" if province else "nation"
    before, after = (
        figures(transaction, Question(INDICATORS[code], ("nation",), date.min, day, scope, "34", at))[1]
        for at in (position - 1, position)
    )
    return before, after
