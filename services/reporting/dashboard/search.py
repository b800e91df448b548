"""Search over everything that has a page or a name: clubs, places old and new, trainings, indicators."""

from typing import Any, Final

from sqlalchemy import Connection

from services.reporting import lists
from services.reporting.asking import Clocks
from services.reporting.dashboard.told import training_line
from services.reporting.dashboard.view import View
from services.reporting.indicators import INDICATORS
from services.reporting.saying import in_words
from shared.folding import folded
from shared.places import Found, look_up, search
from shared.texts import knows, say

MOST: Final = 10


def search_facts(
    connection: Connection, clocks: Clocks, view: View, words: str, clubs_open: bool
) -> dict[str, Any]:
    """What is found for the words of a reader, without regard to accents; nothing for no words."""
    words = words.strip()[:200]
    if not words:
        return {"q": "", "found": {}}
    places = search(words, limit=2 * MOST)
    trainings, _ = lists.trainings_like(connection, clocks.position, words, None, MOST, 0, clocks.valid_at)
    found: dict[str, list[dict[str, Any]]] = {
        "clubs": _clubs(connection, clocks, view, words) if clubs_open else [],
        "places": [_place(view, one) for one in places if one.kind != "district"],
        "trainings": [training_line(view.lang, one) for one in trainings],
        "indicators": _indicators(view, words),
    }
    return {"q": words, "found": {kind: rows for kind, rows in found.items() if rows}}


def _clubs(connection: Connection, clocks: Clocks, view: View, words: str) -> list[dict[str, Any]]:
    rows, _ = lists.clubs_like(connection, clocks.position, words, None, "", MOST, day=clocks.valid_at)
    return [in_words(view.lang, row) | {"link": view.link(f"/clubs/{row['id']}")} for row in rows]


def _place(view: View, one: Found) -> dict[str, Any]:
    """A place with its page; an old one with what it became."""
    at = view.at(scheme="63" if one.list == "pre-2025" else "34")
    now = [look_up("2025-07", successor.code) for successor in one.successors]
    return {
        "place": one,
        "link": at.link(f"/{one.kind}s/{one.code}"),
        "became": [
            {
                "name": f"{became.type} {became.name}",
                "link": view.at(scheme="34").link(f"/{became.kind}s/{became.code}"),
            }
            for became in now
            if became is not None
        ],
    }


def _indicators(view: View, words: str) -> list[dict[str, Any]]:
    asked = folded(words).split()
    named = {
        code: say(view.lang, f"indicator.{code}.name")
        for code in INDICATORS
        if knows(f"indicator.{code}.name")
    }
    return [
        {"code": code, "name": name, "link": view.link(f"/indicators/{code}")}
        for code, name in named.items()
        if all(word in folded(f"{name} {code}") for word in asked)
    ][:MOST]
