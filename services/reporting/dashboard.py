"""The dashboard: one page of server-made HTML, phone first, Vietnamese and English, no JavaScript needed."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from services.reporting import lists
from services.reporting.asking import Clocks, read_question
from services.reporting.calendar import GRACE, Expected, State
from services.reporting.club_norms import club_norms
from services.reporting.club_saying import club_in_full
from services.reporting.completeness import of_club
from services.reporting.figures import Part, Sum, figures
from services.reporting.ledger import Ledger
from services.reporting.ledger_api import ledger_in
from services.reporting.ledger_saying import ledger_in_words
from services.reporting.norms_saying import norms_in_words, norms_summary
from services.reporting.parts import Parts
from services.reporting.periods import periods_between
from services.reporting.saying import (
    count_words,
    day_words,
    history_of,
    in_words,
    reports_in,
    told_sentence,
)
from shared.access import PublicRead
from shared.events import MeetingCancelled
from shared.places import province_name, provinces
from shared.problems import NotFound, Problem
from shared.texts import LANGUAGES, Language, moment, number, preferred, say, span
from shared.values import NOTHING, Range
from shared.web import PAGE_HEADERS

STATIC: Final = Path(__file__).parent / "static"
TRAININGS: Final = 12
EVENTS: Final = 12
PRINTED: Final = 6
ENTRIES: Final = 10
LAST_DAYS: Final = 30
MONTHS: Final = 12
CANCELLED: Final = MeetingCancelled.type
_COLUMNS: Final = ("clubs", "members", "meetings", "trainings")
_ADDED_UP: Final = (
    "clubs",
    "meetings",
    "trainings",
)  # Zero where others were reported; members may be uncounted.

# Told apart without colour; the words beside them say what they mean.
_SIGNS: Final = {
    State.HELD: "●",
    State.LATE: "◐",
    State.CANCELLED: "–",
    State.DUE: "…",
    State.PERHAPS: "≈",
    State.NOT_HELD: "○",
    State.NOT_RECEIVED: "✕",
    State.UNKNOWN: "?",
}

_pages = Environment(
    loader=PackageLoader("services.reporting", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)


def add_dashboard(app: FastAPI, parts: Parts, public: PublicRead) -> None:
    """`/`: headline figures, provinces, trainings, what was reported last. `/clubs/{id}`: one club's history."""

    @app.get("/", include_in_schema=False)
    async def dashboard(request: Request) -> HTMLResponse:
        async def facts(lang: Language) -> dict[str, Any]:
            token = await parts.door.reader(request, "aggregates")
            return await run_in_threadpool(_facts, parts, lang, public == "clubs" or token is not None)

        return await answer_page(request, "dashboard.html", facts)

    @app.get("/clubs/{id}", include_in_schema=False)
    async def club(request: Request, id: str) -> HTMLResponse:
        async def facts(lang: Language) -> dict[str, Any]:
            await parts.door.reader(request, "clubs")
            return await run_in_threadpool(_club_facts, parts, lang, id)

        return await answer_page(request, "club.html", facts)


async def answer_page(
    request: Request, page: str, facts: Callable[[Language], Awaitable[dict[str, Any]]]
) -> HTMLResponse:
    """A page in Vietnamese unless `?lang=en` asks otherwise; a problem is a page too."""
    lang = preferred(None, request.query_params.get("lang"))
    try:
        status, found = 200, await facts(lang)
    except Problem as problem:
        page, status = "problem.html", problem.status
        found = {"problem": problem.code(), "facts": problem.facts}
    html = _render(page, lang, found)
    return HTMLResponse(html, status, headers={**PAGE_HEADERS, "Content-Language": lang})


def _render(page: str, lang: Language, facts: dict[str, Any]) -> str:
    words = {
        "lang": lang,
        "languages": LANGUAGES,
        "say": lambda key, **values: say(lang, key, **values),
        "number": lambda value: number(lang, value),
        "day": lambda text: day_words(lang, text),
        "edges": lambda sum: span(lang, sum.range),
        "amount": lambda edges: span(lang, Range(**edges)),
    }
    return _pages.get_template(page).render(**words, **facts)


def _facts(parts: Parts, lang: Language, clubs_open: bool) -> dict[str, Any]:
    with parts.asked(None, None) as (connection, asked):
        position = asked.position
        trainings, trainings_total = lists.trainings_like(connection, position, "", None, TRAININGS, 0)
        printed = lists.published_figures(connection, position, "clubs", "programme", PRINTED)
        return {
            "headline": _headline(connection, asked),
            "table": _table(connection, asked),
            "columns": _COLUMNS,
            "trainings": [_training_line(lang, training) for training in trainings],
            "trainings_total": trainings_total,
            "events": _events(connection, position, lang) if clubs_open else [],
            "printed": [_printed_line(lang, figure) for figure in printed],
            "position": position,
            "known_at": moment(lang, asked.known_at) if asked.known_at else None,
            "year": asked.valid_at.year,
            "last_days": LAST_DAYS,
        }


def _club_facts(parts: Parts, lang: Language, id: str) -> dict[str, Any]:
    with parts.asked(None, None) as (connection, asked):
        found = lists.club(connection, asked.position, id)
        names = lists.family_of(connection, asked.position, id)
        months = _months(connection, asked, found["id"]) if found else {}
        into = lists.club(connection, asked.position, found["merged_into"] or "") if found else None
    history = history_of(parts.log, lang, names, asked.position)
    if not history:
        raise NotFound
    called_off = {one["position"]: one["data"].get("reason") for one in history if one["type"] == CANCELLED}
    funds = _funds(lang, ledger_in(parts.log, names, asked))
    reports = reports_in(parts.log, names, asked.position)
    rows = club_norms(reports, asked.valid_at)
    return {
        "months": {
            month: [(one.state, called_off.get(one.told.position) if one.told else None) for one in due]
            for month, due in months.items()
        },
        "grace_days": GRACE.days,
        "signs": _SIGNS,
        "club": in_words(lang, found) if found else None,
        "into": into,
        "told": club_in_full(lang, found, [report.event for report in reports]) if found else None,
        "norms": norms_in_words(lang, rows),
        "norms_summary": norms_summary(lang, rows),
        "history": history,
        "funds": funds,
        "id": id,
    }


def _months(connection: Connection, asked: Clocks, club: str) -> dict[str, list[Expected]]:
    """The last twelve months, the newest first, each with what became of the meetings due in it."""
    today = asked.valid_at
    months = periods_between(date(today.year - 1, today.month, 1), today, "month")[-MONTHS:]
    end = date(today.year + today.month // 12, today.month % 12 + 1, 1) - timedelta(days=1)
    found = of_club(connection, asked, club, months[0].first, end)
    if found is None or not found.expectations:
        return {}
    due: dict[str, list[Expected]] = {month.name: [] for month in reversed(months)}
    for one in found.became(today):
        due[f"{one.of.due:%Y-%m}"].append(one)
    return due


def _funds(lang: Language, found: Ledger) -> dict[str, Any] | None:
    """Both funds, and the newest entries of both together; None before the first report about money."""
    funds = ledger_in_words(lang, found)["funds"]
    dated = [
        (entry.move.day.last, shown | {"fund": fund["fund_text"]})
        for fund, one in zip(funds, found.funds.values(), strict=True)
        for shown, entry in zip(fund["entries"], one.entries, strict=True)
    ]
    if not dated:
        return None
    newest = [shown for _, shown in sorted(dated, key=lambda pair: pair[0])[::-1]]
    return {"each": funds, "newest": newest[:ENTRIES]}


def _training_line(lang: Language, training: dict[str, Any]) -> dict[str, Any]:
    told = training["held"] or training["planned"]
    return {
        "title": training["title"] or say(lang, "type.training.held"),
        "day": day_words(lang, training["occurred_on"]),
        "province": training["place"]["province_name"],
        "state": training["state"],
        "delegates": count_words(lang, (told.get("delegates") or {}).get("total")),
        "planned_end": day_words(lang, told.get("planned_end")),
    }


def _events(connection: Connection, position: int, lang: Language) -> list[dict[str, Any]]:
    """The newest events, a line each: what happened, about whom, where, when; of a territory, what was told."""
    lines = []
    for event in lists.latest(connection, position, EVENTS):
        said = say(lang, f"type.{event['type']}")
        if event["told"] is not None:
            said = told_sentence(lang, event["type"], event["told"])
        kind, *where = event["subject"].split(":")
        place = province_name(*where) if kind == "province" else None
        lines.append(event | {"said": said, "place": place})
    return lines


def _printed_line(lang: Language, figure: dict[str, Any]) -> dict[str, Any]:
    citation = figure["citation"] or {}
    return {
        "value": count_words(lang, figure["value"]),
        "as_of": day_words(lang, figure["as_of"]),
        "note": figure["note"],
        "url": citation.get("url"),
        "title": citation.get("title") or say(lang, "page.source"),
    }


def _headline(connection: Connection, asked: Clocks) -> list[tuple[str, Sum]]:
    """The figures at the top: (text key, sum)."""
    today = asked.valid_at
    new_year, month_ago = date(today.year, 1, 1), today - timedelta(days=LAST_DAYS - 1)
    asking: tuple[tuple[str, str, date | None], ...] = (
        ("clubs", "clubs", None),
        ("new_clubs_this_year", "new_clubs", new_year),
        ("members", "members", None),
        ("meetings_last_days", "meetings", month_ago),
        ("trainings", "trainings", None),
        ("delegates", "delegates", None),
    )
    return [(key, _sum(connection, asked, indicator, start)) for key, indicator, start in asking]


def _sum(connection: Connection, asked: Clocks, indicator: str, start: date | None) -> Sum:
    question = read_question(indicator, ["nation"], start, None, "nation", "34", asked)
    return figures(connection, question)[1]


def _table(connection: Connection, asked: Clocks) -> list[dict[str, Any]]:
    """One line a province of today's map. What nobody reported is no figure, rather than a zero."""
    columns: dict[str, dict[str, Part]] = {}
    for indicator in _COLUMNS:
        question = read_question(indicator, ["province"], None, None, "nation", "34", asked)
        rows, _ = figures(connection, question)
        columns[indicator] = {row.keys["province"]: row for row in rows}
    lines = []
    for province in provinces("34"):
        found = {indicator: rows.get(province.code) for indicator, rows in columns.items()}
        for indicator in _ADDED_UP if any(found.values()) else ():
            found[indicator] = found[indicator] or Part({})
        if (members := found["members"]) is not None and members.sum.range == NOTHING:
            found["members"] = None  # Counted so long ago that nobody knows: that is no zero.
        lines.append({"code": province.code, "name": province.name, "figures": found})
    return lines
