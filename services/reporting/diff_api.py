"""Why a figure changed: `/v1/figures/diff`, and the facts of the page `/figures/why`."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import FastAPI, Query, Request
from pydantic import ValidationError
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from services.reporting.amounts import Amounts
from services.reporting.asking import Clocks
from services.reporting.diff import DiffAsked, Difference, Total, difference
from services.reporting.diff_saying import (
    cause_in_words,
    change_in_words,
    kinds_in_words,
    named,
    scope_name,
)
from services.reporting.figures import RULES
from services.reporting.parts import Parts
from services.reporting.saying import range_words
from shared.faults import faults_of
from shared.problems import BadQuestion
from shared.texts import Language, day, moment, say
from shared.web import language

Shown = dict[str, Any]


def add_diff(app: FastAPI, parts: Parts) -> None:
    """`/v1/figures/diff` needs the right to read about clubs: causes name them."""

    @app.get("/v1/figures/diff", tags=["figures"], summary="Vì sao số liệu thay đổi / why a figure changed")
    async def diff(request: Request, asked: Annotated[DiffAsked, Query()]) -> Shown:
        await parts.door.reader(request, "clubs")
        return await run_in_threadpool(_answer, parts, asked, language(request))


def why_facts(parts: Parts, asked: DiffAsked, lang: Language) -> Shown:
    """What the page shows: the answer in words, and how to ask it again."""
    with parts.asked(asked.to_known, asked.valid_at) as (connection, then):
        found = difference(parts, connection, asked, then)
        told = _told(connection, found, asked, lang)
        scope = scope_name(lang, connection, then.position, asked.scope, asked.scheme)
    start, end = found.question.start, found.question.end
    again = asked.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"lang", "skip"})
    again |= {"to_known": then.position}  # So that the page is the same for ever.
    shown = asked.skip + len(told["causes"])
    return told | {
        "indicator_text": say(lang, f"indicator.{asked.indicator}.name"),
        "scope_text": scope,
        "days": (None if start == date.min else day(lang, start), day(lang, end)),
        "is_flow": found.question.indicator.kind == "flow",
        "before_text": range_words(lang, told["before"]),
        "after_text": range_words(lang, told["after"]),
        "known": [(clocks.position, _moment(lang, clocks)) for clocks in found.known],
        "following": f"?{urlencode(again)}&skip={shown}&lang={lang}" if shown < len(found.causes) else None,
    }


def _answer(parts: Parts, asked: DiffAsked, lang: Language) -> Shown:
    with parts.asked(asked.to_known, asked.valid_at) as (connection, then):
        found = difference(parts, connection, asked, then)
        return _told(connection, found, asked, lang)


def _told(connection: Connection, found: Difference, asked: DiffAsked, lang: Language) -> Shown:
    question = found.question
    shown, rest = found.page(asked.skip, asked.limit)
    known = named(connection, question.position, [cause.subject for cause in shown])
    first, then = found.known
    return {
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
        "before": found.before.as_json(),
        "after": found.after.as_json(),
        "difference": _change(lang, found.after - found.before),
        "kinds": kinds_in_words(lang, found),
        "causes": [cause_in_words(lang, cause, known) for cause in shown],
        "rest": _rest(lang, rest),
        "total_causes": len(found.causes),
    }


def _change(lang: Language, amounts: Amounts) -> Shown:
    return amounts.as_json() | change_in_words(lang, amounts)


def _rest(lang: Language, rest: Total) -> Shown:
    causes, amounts = rest
    return {"causes": causes} | _change(lang, amounts)


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
