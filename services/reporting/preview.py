"""`POST /v1/preview`: the figures a report would move. Nothing is stored."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from fastapi import FastAPI, Request
from sqlalchemy import Connection, select
from starlette.concurrency import run_in_threadpool

from services.reporting.figures import RULES, figures
from services.reporting.indicators import INDICATORS, by_periods, rests_on
from services.reporting.parts import Parts
from services.reporting.projections import ReportingFollower
from services.reporting.question import Question
from services.reporting.saying import indicator_name
from services.reporting.tables import effects
from shared.access import OFFICES
from shared.catch_up import checkpoint
from shared.clock import day_in_viet_nam
from shared.intake import EVENT_LIMIT
from shared.places import province_name
from shared.preview import on_trial, undone
from shared.texts import Language
from shared.web import body_within, language

# An indicator, its province (None: the nation), and the figure before and after.
_Moved = tuple[str, str | None, dict[str, Any], dict[str, Any]]


def add_preview(app: FastAPI, parts: Parts) -> None:
    """What a correction, or any other report, would move."""

    @app.post(
        "/v1/preview",
        tags=["figures"],
        summary="Xem trước / the figures a report would move; nothing is stored",
        openapi_extra={"requestBody": {"content": {"application/cloudevents+json": {}}, "required": True}},
    )
    async def preview(request: Request) -> dict[str, Any]:
        (await parts.door.bearer(request)).check_role(*OFFICES)
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
        rows = [
            {
                "indicator": code,
                "indicator_text": indicator_name(lang, code),
                "unit": INDICATORS[code].unit,
                "kind": INDICATORS[code].kind,
                "province": province,
                "name": province_name("2025-07", province) if province else None,
                "before": before,
                "after": after,
            }
            for code, province, before, after in _moved(transaction, day, trial.event.position)
        ]
    return {"items": rows, "position": reached.position, "valid_at": day.isoformat(), "rules": RULES}


def _moved(transaction: Connection, day: date, position: int) -> Iterator[_Moved]:
    """The figures of the nation and of provinces that the event changes, before and after."""
    at = effects.c.position == position
    query = select(effects.c.indicator, effects.c.subject, effects.c.province_now).where(at).distinct()
    added = transaction.execute(query).all()
    touched = {row.indicator for row in added}
    clubs = sorted({f"club:{row.subject}" for row in added})
    provinces = sorted({f"province:{row.province_now}" for row in added})
    # What became of clubs within a period says nothing more where no period is asked for.
    for code in (one.code for one in INDICATORS.values() if rests_on(one) & touched and by_periods(one)):
        # What moves nothing for its own club moves nothing for the nation, which is far longer to count.
        if any(_differs(*_before_and_after(transaction, code, club, day, position)) for club in clubs):
            for scope in ("nation", *provinces):
                before, after = _before_and_after(transaction, code, scope, day, position)
                if _differs(before, after):
                    yield code, scope.partition(":")[2] or None, before, after


def _before_and_after(
    transaction: Connection, code: str, scope: str, day: date, position: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    before, after = (
        figures(transaction, Question(INDICATORS[code], ("nation",), date.min, day, scope, "34", at))[1]
        for at in (position - 1, position)
    )
    return before.as_json(), after.as_json()


def _differs(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether a figure or its edges move. A share whose two numbers keep step does not: they are figures as well."""
    return any(before[name] != after[name] for name in ("value", "low", "high", "certain"))
