"""What is said about provinces and the nation beside what we count: targets, print, plans, visits."""

from functools import partial
from typing import Annotated, Any, Final

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from services.reporting import beside, lists
from services.reporting.asking import KnownAt, ValidAt
from services.reporting.figures import RULES
from services.reporting.parts import Parts
from services.reporting.reconciling import reconcile
from services.reporting.saying import count_words, day_words, indicator_name, said_in_words
from services.reporting.targets import as_set, progress, shipped
from shared.norms import TARGETS
from shared.places import PROVINCES
from shared.problems import BadQuestion, Fault
from shared.texts import Language
from shared.web import language

MOST_TOLD: Final = 5000  # Of one question: more figures than any province ever printed.
_LISTS: Final = {
    "/v1/plans": ("plan.adopted", "Kế hoạch / plans adopted or intended"),
    "/v1/visits": ("visit.made", "Các đoàn thăm, giám sát / visits to clubs"),
}


class ToldAsked(BaseModel):
    """The parameters of a list of what was said. An unknown one is refused."""

    model_config = ConfigDict(extra="forbid")

    province: Annotated[str | None, Field(pattern=r"^\d{2}$", description="Code on today's map.")] = None
    known_at: KnownAt = None
    skip: Annotated[int, Field(ge=0, le=MOST_TOLD)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    lang: Annotated[str | None, Field(description="vi or en")] = None

    def check(self) -> None:
        """Raises `BadQuestion` for a province that today's map does not have."""
        if self.province is not None and ("2025-07", self.province) not in PROVINCES:
            raise BadQuestion(faults=(Fault("/query/province", "not-in-the-list"),))


class TargetsAsked(ToldAsked):
    """The parameters of `GET /v1/targets`."""

    scheme: str | None = None
    valid_at: ValidAt = None


class PrintedAsked(ToldAsked):
    """The parameters of `GET /v1/reconciliation`."""

    indicator: str | None = None
    subject: Annotated[str | None, Field(description="programme, or province:2025-07:08.")] = None


def add_told(app: FastAPI, parts: Parts) -> None:
    """`/v1/targets`, `/v1/reconciliation`, and the lists of what was said."""

    @app.get("/v1/targets", tags=["figures"], summary="Mục tiêu / targets, beside what is counted")
    async def targets(request: Request, asked: Annotated[TargetsAsked, Query()]) -> dict[str, Any]:
        await parts.door.reader(request, "aggregates")
        asked.check()
        return await run_in_threadpool(_targets, parts, asked, language(request))

    @app.get(
        "/v1/reconciliation",
        tags=["figures"],
        summary="Đối chiếu số công bố / printed figures beside ours, and what does not fit",
    )
    async def reconciliation(request: Request, asked: Annotated[PrintedAsked, Query()]) -> dict[str, Any]:
        await parts.door.reader(request, "aggregates")
        asked.check()
        return await run_in_threadpool(_reconciliation, parts, asked, language(request))

    for path, (types, summary) in _LISTS.items():
        _add_list(app, parts, path, types.split(), summary)


def _add_list(app: FastAPI, parts: Parts, path: str, types: list[str], summary: str) -> None:
    @app.get(path, tags=["lists"], summary=summary, name=path)
    async def listed(request: Request, asked: Annotated[ToldAsked, Query()]) -> dict[str, Any]:
        await parts.door.reader(request, "clubs" if "visit.made" in types else "aggregates")
        asked.check()
        lang = language(request)

        def answer() -> dict[str, Any]:
            with parts.asked(asked.known_at, None) as (connection, clocks):
                rows = lists.said(connection, clocks.position, types, asked.province, asked.limit, asked.skip)
            return {"items": [said_in_words(lang, row) for row in rows], **clocks.as_json()}

        return await run_in_threadpool(answer)


def _targets(parts: Parts, asked: TargetsAsked, lang: Language) -> dict[str, Any]:
    with parts.asked(asked.known_at, asked.valid_at) as (connection, clocks):
        rows = lists.said(connection, clocks.position, ["target.set"], asked.province, MOST_TOLD, 0)
        aims = [shipped(target) for target in TARGETS if asked.province is None] + [
            as_set({**row["data"], "subject": row["subject"], "position": row["position"]}) for row in rows
        ]
        count = partial(beside.towards, connection, clocks.position, clocks.valid_at)
        found = progress(aims, count, asked.scheme)[asked.skip : asked.skip + asked.limit]
    items = [
        one
        | {"indicator_text": indicator_name(lang, one["indicator"]), "by_text": day_words(lang, one["by"])}
        for one in found
    ]
    return {"items": items, **clocks.as_json(), "rules": RULES}


def _reconciliation(parts: Parts, asked: PrintedAsked, lang: Language) -> dict[str, Any]:
    with parts.asked(asked.known_at, None) as (connection, clocks):
        rows = lists.published_figures(
            connection, clocks.position, None, asked.subject, MOST_TOLD, asked.province
        )
        wanted = [row for row in rows if asked.indicator in (None, row["indicator"])]
        page = {row["position"] for row in wanted[asked.skip : asked.skip + asked.limit]}
        counted = {
            row["position"]: count
            for row in rows
            if row["position"] in page
            and (count := beside.printed(connection, clocks.position, row)) is not None
        }
    # Defects show between figures, so all are held against each other, also those that are not on the page.
    found = [one for one in reconcile(rows, counted) if one.row["position"] in page]
    items = [
        one.as_json(lang)
        | {
            "indicator_text": indicator_name(lang, one.row["indicator"]),
            "value_text": count_words(lang, one.row["value"]),
            "as_of_text": day_words(lang, one.row["as_of"]),
        }
        for one in found
    ]
    return {"items": items, "total": len(wanted), **clocks.as_json(), "rules": RULES}
