"""The page of one club: how it stands, its last twelve months, its funds, and everything that was reported."""

from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from services.reporting import lists
from services.reporting.asking import Clocks
from services.reporting.club_norms import club_norms
from services.reporting.club_saying import club_in_full
from services.reporting.completeness import of_club
from services.reporting.dashboard.headline import why_links
from services.reporting.dashboard.view import View
from services.reporting.ledger_api import ledger_in
from services.reporting.ledger_saying import ledger_in_words
from services.reporting.norms_saying import norms_in_words, norms_summary
from services.reporting.periods import periods_between
from services.reporting.saying import history_of, in_words, reports_in
from shared.calendar import GRACE, Expected, State
from shared.events import MeetingCancelled
from shared.ledger import Ledger
from shared.log import Log
from shared.problems import NotFound
from shared.texts import Language

ENTRIES: Final = 10
MONTHS: Final = 12
RECENT: Final = 40
CANCELLED: Final = MeetingCancelled.type

# Told apart without colour; the words beside them say what they mean.
SIGNS: Final = {
    State.HELD: "●",
    State.LATE: "◐",
    State.CANCELLED: "–",
    State.DUE: "…",
    State.PERHAPS: "≈",
    State.NOT_HELD: "○",
    State.NOT_RECEIVED: "✕",
    State.UNKNOWN: "?",
}


def club_facts(connection: Connection, clocks: Clocks, view: View, log: Log, id: str) -> dict[str, Any]:
    """Everything the page shows. Raises `NotFound` if nothing was ever reported under this id."""
    lang = view.lang
    found = lists.club(connection, clocks.position, id, clocks.valid_at)
    names = lists.family_of(connection, clocks.position, id)
    months = _months(connection, clocks, found["id"]) if found else {}
    into = lists.club(connection, clocks.position, found["merged_into"] or "") if found else None
    history = history_of(log, lang, names, clocks.position)
    if not history:
        raise NotFound
    called_off = {one["position"]: one["data"].get("reason") for one in history if one["type"] == CANCELLED}
    funds = _funds(lang, ledger_in(log, names, clocks))
    reports = reports_in(log, names, clocks.position)
    rows = club_norms(reports, clocks.valid_at)
    return {
        "months": {
            month: [(one.state, called_off.get(one.told.position) if one.told else None) for one in due]
            for month, due in months.items()
        },
        "grace_days": GRACE.days,
        "signs": SIGNS,
        "club": in_words(lang, found) if found else None,
        "into": into,
        "told": club_in_full(lang, found, [report.event for report in reports]) if found else None,
        "norms": norms_in_words(lang, rows),
        "norms_summary": norms_summary(lang, rows),
        "history": history,
        "recent": RECENT,
        "funds": funds,
        "id": id,
        "whys": _whys(clocks, view, found["id"]) if found else {},
        "crumbs": _crumbs(view, found, id),
    }


def _crumbs(view: View, found: dict[str, Any] | None, id: str) -> list[tuple[str, str | None]]:
    """The province and the commune the club lies in today, and its name."""
    if found is None:
        return [(id, None)]
    now, place = view.at(scheme="34"), found["place"]
    steps = [(place["province_now_name"], now.link(f"/provinces/{place['province_now']}"))]
    if place["commune_now"]:
        steps.append((place["commune_now_name"], now.link(f"/communes/{place['commune_now']}")))
    return [*steps, (found["name"], None)]


def _whys(clocks: Clocks, view: View, club: str) -> dict[str, str]:
    """Where it is told why its two figures changed; of the meetings, those from the first one on."""
    links = why_links(view, clocks, ("members", "meetings"), ever=True)
    return {indicator: f"{link}club:{club}" for indicator, link in links.items()}


def _months(connection: Connection, clocks: Clocks, club: str) -> dict[str, list[Expected]]:
    """The last twelve months, the newest first, each with what became of the meetings due in it."""
    today = clocks.valid_at
    months = periods_between(date(today.year - 1, today.month, 1), today, "month")[-MONTHS:]
    end = date(today.year + today.month // 12, today.month % 12 + 1, 1) - timedelta(days=1)
    found = of_club(connection, clocks, club, months[0].first, end)
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
