"""`GET /reports/provinces/{code}.pdf` and `/reports/nation.pdf`: reports to print and sign."""

from datetime import datetime, time
from functools import partial
from hashlib import sha256
from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from services.reporting.asking import Clocks
from services.reporting.parts import Parts
from services.reporting.printing.asking import ReportAsked, reported
from services.reporting.printing.nation import nation_report
from services.reporting.printing.province import province_report
from services.reporting.printing.typesetting import typeset
from shared.access import Token
from shared.audited import reads_sums
from shared.clock import VIET_NAM
from shared.places import PROVINCES
from shared.problems import BadQuestion, Fault
from shared.texts import Language
from shared.web import language


class PdfResponse(Response):
    """A PDF file."""

    media_type = "application/pdf"


def add_printing(app: FastAPI, parts: Parts) -> None:
    """The printed reports. Names of clubs stand on them for those who may read single clubs."""

    @app.head("/reports/provinces/{code}.pdf", include_in_schema=False)
    @app.get(
        "/reports/provinces/{code}.pdf",
        tags=["reports"],
        summary="Báo cáo một tỉnh để in và ký / a province's report, one page to print and sign",
        response_class=PdfResponse,
    )
    async def province(request: Request, code: str, asked: Annotated[ReportAsked, Query()]) -> Response:
        token = await parts.door.reader(request, "aggregates")
        if ("2025-07", code) not in PROVINCES:
            raise BadQuestion(faults=(Fault("/path/code", "not-in-the-list"),))
        reads_sums(request, only=not parts.door.shows_every_club(token))
        make = partial(_province, parts, asked, code, language(request), token)
        return _answer(request, asked, f"{code}.pdf", await run_in_threadpool(make))

    @app.head("/reports/nation.pdf", include_in_schema=False)
    @app.get(
        "/reports/nation.pdf",
        tags=["reports"],
        summary="Báo cáo cả nước để in / the report of the nation",
        response_class=PdfResponse,
    )
    async def nation(request: Request, asked: Annotated[ReportAsked, Query()]) -> Response:
        token = await parts.door.reader(request, "aggregates")
        make = partial(_nation, parts, asked, language(request), token)
        return _answer(request, asked, "nation.pdf", await run_in_threadpool(make))


def _province(parts: Parts, asked: ReportAsked, code: str, lang: Language, reader: Token | None) -> bytes:
    clubs_open = parts.door.shows_every_club(reader)
    with parts.asked(asked.known_at, asked.valid_at, reader) as (connection, clocks):
        of = reported(asked.period, clocks.valid_at)
        facts = province_report(connection, clocks, code, of, lang, clubs_open)
    return typeset("province", facts, _created(clocks))


def _nation(parts: Parts, asked: ReportAsked, lang: Language, reader: Token | None) -> bytes:
    with parts.asked(asked.known_at, asked.valid_at, reader) as (connection, clocks):
        facts = nation_report(connection, clocks, reported(asked.period, clocks.valid_at), lang)
    return typeset("nation", facts, _created(clocks))


def _created(clocks: Clocks) -> datetime:
    """The moment of the newest report that is counted: a day of printing would make every print another file."""
    return clocks.known_at or datetime.combine(clocks.valid_at, time(), VIET_NAM)


def _answer(request: Request, asked: ReportAsked, name: str, pdf: bytes) -> Response:
    headers = {
        "Content-Disposition": f'inline; filename="{name}"',
        "Content-Language": language(request),
        "Vary": "Accept-Language, Authorization",
        "Cache-Control": "private, no-cache",
    }
    if asked.known_at is not None:
        headers["ETag"] = f'"{sha256(pdf).hexdigest()}"'
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
    return PdfResponse(pdf, headers=headers)
