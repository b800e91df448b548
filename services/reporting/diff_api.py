"""Why a figure changed: `/v1/figures/diff`, and the facts of the page `/figures/why`."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import FastAPI, Query, Request
from pydantic import ValidationError
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from services.reporting.asking import Clocks
from services.reporting.diff import DiffAsked, Difference, difference, needs
from services.reporting.diff_saying import account_in_words, named, scope_name, share_in_words, sum_name
from services.reporting.figures import RULES
from services.reporting.parts import Parts
from shared.audit import reads_sums
from shared.faults import faults_of
from shared.problems import BadQuestion
from shared.texts import Language, day, moment, say
from shared.web import language

Shown = dict[str, Any]


def add_diff(app: FastAPI, parts: Parts) -> None:
    """`/v1/figures/diff`: the reasons for whoever may read figures, the single reports for who may read about clubs."""

    @app.get("/v1/figures/diff", tags=["figures"], summary="Vì sao số liệu thay đổi / why a figure changed")
    async def diff(request: Request, asked: Annotated[DiffAsked, Query()]) -> Shown:
        token = await parts.door.reader(request, needs(asked.scope))
        opened = parts.door.shows_every_club(token)
        reads_sums(request, only=not opened)
        return await run_in_threadpool(_answer, parts, asked, language(request), opened)


def why_facts(parts: Parts, asked: DiffAsked, lang: Language, opened: bool) -> Shown:
    """What the page shows: the answer in words, and how to ask it again; `opened`: single reports may be named."""
    with parts.asked(asked.to_known, asked.valid_at) as (connection, then):
        found = difference(parts, connection, asked, then)
        told = _told(connection, found, asked, lang, opened)
        scope = scope_name(lang, connection, then.position, asked.scope, asked.scheme)
    start, end = found.question.start, found.question.end
    again = asked.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"lang", "skip"})
    again |= {"to_known": then.position}  # So that the page is the same for ever.
    shown = asked.skip + asked.limit
    more = opened and any(shown < len(account.causes) for account in found.accounts)
    two = (("numerator", found.account), ("denominator", found.of)) if found.of else ()
    return told | {
        "indicator_text": say(lang, f"indicator.{asked.indicator}.name"),
        "scope_text": scope,
        "days": (None if start == date.min else day(lang, start), day(lang, end)),
        "is_flow": found.question.indicator.kind == "flow",
        "sides": (found.before, found.after),
        "known": [(clocks.position, _moment(lang, clocks)) for clocks in found.known],
        "accounts": [
            told[name] | {"heading": say(lang, f"diff.{name}", name=sum_name(lang, account.indicator.code))}
            for name, account in two
        ]
        or [told | {"heading": None}],
        "opened": opened,
        "following": f"?{urlencode(again)}&skip={shown}&lang={lang}" if more else None,
    }


def _answer(parts: Parts, asked: DiffAsked, lang: Language, opened: bool) -> Shown:
    with parts.asked(asked.to_known, asked.valid_at) as (connection, then):
        found = difference(parts, connection, asked, then)
        return _told(connection, found, asked, lang, opened)


def _told(connection: Connection, found: Difference, asked: DiffAsked, lang: Language, opened: bool) -> Shown:
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


def _moment(lang: Language, clocks: Clocks) -> str | None:
    return moment(lang, clocks.known_at) if clocks.known_at else None


def asked_of_page(query: Mapping[str, str]) -> DiffAsked:
    """The parameters of the page. Raises `BadQuestion`, which is a page too."""
    try:
        return DiffAsked.model_validate(dict(query))
    except ValidationError as error:
        raise BadQuestion(faults=faults_of(error, "/query")) from None
