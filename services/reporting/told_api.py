"""What is said about provinces and the nation beside what we count: targets, print, plans, visits."""

from typing import Annotated, Any, Final

from fastapi import FastAPI, Query, Request, Response
from sqlalchemy import Connection

from services.reporting import lists
from services.reporting.answering import answered
from services.reporting.asking import Clocks
from services.reporting.figures import RULES
from services.reporting.parts import Parts
from services.reporting.saying import count_words, day_words, indicator_name, said_in_words
from services.reporting.told import (
    Paged,
    PrintedAsked,
    SaidAsked,
    TargetsAsked,
    ToldAsked,
    printed_beside_ours,
    targets_beside_ours,
)
from shared.texts import Language
from shared.web import language

_LISTS: Final = {
    "/v1/plans": ("plan.adopted", "Kế hoạch / plans adopted or intended"),
    "/v1/visits": ("visit.made", "Các đoàn thăm, giám sát / visits to clubs"),
}


class ToldPage(ToldAsked, Paged):
    """A page of a list of what was said."""


class SaidPage(SaidAsked, Paged):
    """A page of a list of what was said of a day."""


class TargetsPage(TargetsAsked, Paged):
    """A page of the targets."""


class PrintedPage(PrintedAsked, Paged):
    """A page of the printed figures."""


def add_told(app: FastAPI, parts: Parts) -> None:
    """`/v1/targets`, `/v1/reconciliation`, and the lists of what was said."""

    @app.get("/v1/targets", tags=["figures"], summary="Mục tiêu / targets, beside what is counted")
    async def targets(request: Request, asked: Annotated[TargetsPage, Query()]) -> Response:
        reader = await parts.door.reader(request, "aggregates")
        asked.check()
        lang = language(request)

        def answer(connection: Connection, clocks: Clocks) -> dict[str, Any]:
            found = targets_beside_ours(connection, clocks, asked, asked.part)
            return {"items": [_target(lang, one) for one in found], **clocks.as_json(), "rules": RULES}

        return await answered(request, parts, asked, reader, answer)

    @app.get(
        "/v1/reconciliation",
        tags=["figures"],
        summary="Đối chiếu số công bố / printed figures beside ours, and what does not fit",
    )
    async def reconciliation(request: Request, asked: Annotated[PrintedPage, Query()]) -> Response:
        reader = await parts.door.reader(request, "aggregates")
        asked.check()
        lang = language(request)

        def answer(connection: Connection, clocks: Clocks) -> dict[str, Any]:
            found, total = printed_beside_ours(connection, clocks, asked, asked.part)
            items = [_printed(lang, one.as_json(lang)) for one in found]
            return {"items": items, "total": total, **clocks.as_json(), "rules": RULES}

        return await answered(request, parts, asked, reader, answer)

    for path, (types, summary) in _LISTS.items():
        _add_list(app, parts, path, types.split(), summary)


def _add_list(app: FastAPI, parts: Parts, path: str, types: list[str], summary: str) -> None:
    @app.get(path, tags=["lists"], summary=summary, name=path)
    async def listed(request: Request, asked: Annotated[SaidPage, Query()]) -> Response:
        reader = await parts.door.reader(request, "clubs" if "visit.made" in types else "aggregates")
        asked.check()
        lang = language(request)

        def answer(connection: Connection, clocks: Clocks) -> dict[str, Any]:
            at, part = clocks.position, (asked.limit, asked.skip)
            rows = lists.said(connection, at, types, asked.province, *part, day=clocks.valid_at)
            return {"items": [said_in_words(lang, row) for row in rows], **clocks.as_json()}

        return await answered(request, parts, asked, reader, answer)


def _target(lang: Language, one: dict[str, Any]) -> dict[str, Any]:
    return one | {
        "indicator_text": indicator_name(lang, one["indicator"]),
        "by_text": day_words(lang, one["by"]),
    }


def _printed(lang: Language, one: dict[str, Any]) -> dict[str, Any]:
    return one | {
        "indicator_text": indicator_name(lang, one["indicator"]),
        "value_text": count_words(lang, one["value"]),
        "as_of_text": day_words(lang, one["as_of"]),
    }
