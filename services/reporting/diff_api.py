"""Why a figure changed: `/v1/figures/diff`, and the facts of the page `/figures/why`."""

from datetime import date
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from services.reporting.asking import Clocks
from services.reporting.diff import DiffAsked, Difference, difference, needs
from services.reporting.diff_saying import (
    account_in_words,
    named,
    share_in_words,
)
from services.reporting.figures import RULES
from services.reporting.parts import Parts
from shared.audited import reads_sums
from shared.texts import Language
from shared.web import language

Shown = dict[str, Any]


def add_diff(app: FastAPI, parts: Parts) -> None:
    """`/v1/figures/diff`: the reasons for whoever may read figures, the single reports for who may read about clubs."""

    @app.get("/v1/figures/diff", tags=["figures"], summary="Vì sao số liệu thay đổi / why a figure changed")
    async def diff(request: Request, asked: Annotated[DiffAsked, Query()]) -> Shown:
        token = await parts.door.reader(request, needs(asked.scope, asked.indicator, parts.small_cells))
        opened = parts.door.shows_every_club(token)
        reads_sums(request, only=not opened)
        return await run_in_threadpool(_answer, parts, asked, language(request), opened)


def _answer(parts: Parts, asked: DiffAsked, lang: Language, opened: bool) -> Shown:
    with parts.asked(asked.to_known, asked.valid_at) as (connection, then):
        found = difference(parts, connection, asked, then)
        return told_of(connection, found, asked, lang, opened)


def told_of(
    connection: Connection, found: Difference, asked: DiffAsked, lang: Language, opened: bool
) -> Shown:
    """The answer in words; `opened`: single reports may be named."""
    question = found.question
    limit = asked.limit if opened else 0  # Whoever may not read about clubs sees the sum of all reports.
    pages = [account.page(asked.skip, limit) for account in found.accounts]
    known = named(connection, question.position, [cause.subject for shown, _ in pages for cause in shown])
    accounts = [
        account_in_words(lang, account, page, known)
        for account, page in zip(found.accounts, pages, strict=True)
    ]
    first, then = found.known
    of_a_share = share_in_words(lang, found) | dict(zip(("numerator", "denominator"), accounts, strict=False))
    return (accounts[0] if found.of is None else of_a_share) | {
        "indicator": asked.indicator,
        "unit": question.indicator.unit,
        "kind": question.indicator.kind,
        "scope": asked.scope,
        "scheme": asked.scheme,
        "from": None if question.start == date.min else question.start.isoformat(),
        "to": question.end.isoformat(),
        "from_valid": (asked.from_valid or question.end).isoformat(),
        "from_known": _known(first),
        "to_known": _known(then),
        "rules": RULES,
    }


def _known(clocks: Clocks) -> Shown:
    told = clocks.as_json()
    return {"position": told["position"], "known_at": told["known_at"]}
