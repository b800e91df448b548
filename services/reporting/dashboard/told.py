"""What is told beside the count: targets, printed figures, trainings, the newest reports, in words."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import Connection

from services.reporting import beside, lists
from services.reporting.asking import Clocks
from services.reporting.dashboard.view import View
from services.reporting.reconciling import reconcile
from services.reporting.saying import count_words, day_words, indicator_name, range_words, told_sentence
from services.reporting.targets import Aim, Counted, as_set, progress, shipped, stretch
from shared.norms import TARGETS
from shared.places import Province, province_name
from shared.places.terrain import terrain_list
from shared.texts import Language, number, say
from shared.values import when as read_when

MOST_TOLD: Final = 5000
DECISIONS: Final = ("1533", "1336", "1648", "383")  # Of the Prime Minister, called by their number.
# Of the many targets those that are quick to count; all of them stand in /v1/targets.
AIMED_AT: Final = frozenset(("new_clubs", "clubs", "members", "provinces_with_club", "communes_with_club"))
# Of use only where somebody said which communes these are.
AIMED_AT_BY_TERRAIN: Final = frozenset(("lowland_communes_with_club", "mountain_communes_with_club"))

_FIRST: Final = ("clubs", "members", "communes_with_club")

Shown = dict[str, Any]


def targets(
    connection: Connection,
    clocks: Clocks,
    lang: Language,
    province: Province | None = None,
    every: bool = False,
) -> list[Shown]:
    """The targets of the decisions, or of a province, beside what is counted; `every`: also those slow to count."""
    aims = (
        [shipped(target) for target in TARGETS] if province is None else _set_by(connection, clocks, province)
    )
    begun = [aim for aim in aims if not aim.since or read_when(aim.since).first <= clocks.valid_at]
    told = AIMED_AT | AIMED_AT_BY_TERRAIN if terrain_list() else AIMED_AT
    wanted = [aim for aim in begun if every or aim.indicator in told]
    shown = progress(wanted, _counting(connection, clocks))
    return [_target(lang, one) for one in shown if one["counted"] is not None]


def _set_by(connection: Connection, clocks: Clocks, province: Province) -> list[Aim]:
    rows = lists.said(connection, clocks.position, ["target.set"], province.now, MOST_TOLD, 0)
    own = [row for row in rows if province.list == "2025-07" or row["subject"] == subject_of(province)]
    return [as_set({**row["data"], "subject": row["subject"], "position": row["position"]}) for row in own]


def subject_of(province: Province) -> str:
    """The subject of reports about a province."""
    return f"province:{province.list}:{province.code}"


def _counting(connection: Connection, clocks: Clocks) -> Callable[[Aim], Counted | None]:
    """What is counted towards an aim; two aims for the same figure are counted once."""
    known: dict[str, Counted | None] = {}

    def count(aim: Aim) -> Counted | None:
        key = repr((aim.indicator, aim.of, aim.scope, aim.since, aim.by, aim.place))
        if key not in known:
            known[key] = beside.towards(connection, clocks, aim)
        return known[key]

    return count


def _target(lang: Language, one: Shown) -> Shown:
    """A target as it is drawn: the share surely and possibly reached in tenths of a percent, at most the whole."""
    low, high = stretch(one)
    sure, possible = (1000 if share is None else min(1000, int(1000 * share)) for share in (low, high))
    needed = 10 * int(float(one["percent"])) if one["value"] is None else 1000
    return one | {
        "name": indicator_name(lang, one["indicator"]),
        "by_text": day_words(lang, one["by"]),
        "since_text": day_words(lang, one["since"]),
        "counted_text": range_words(lang, one["counted"]),
        "of_text": range_words(lang, one["counted_of"]),
        "aim_text": say(lang, "page.percent", n=number(lang, Decimal(one["percent"])))
        if one["value"] is None
        else count_words(lang, one["value"]),
        "sure": sure,
        "possible": possible,
        "reached_text": _reached(lang, low, high),
        "needed": needed,
        "document": say(lang, "target.document", scheme=one["scheme"])
        if one["scheme"] in DECISIONS
        else one["source"],
    }


def _reached(lang: Language, low: Fraction, high: Fraction | None) -> str:
    """The share that is reached, from the sure to the possible one, in words."""
    first, last = (
        number(lang, Decimal(int(1000 * share)) / 10) for share in (low, low if high is None else high)
    )
    key = "target.reached" if high is not None else "target.reached.at-least"
    return say(lang, key, percent=first if first == last else f"{first} – {last}")


def trainings(
    connection: Connection, clocks: Clocks, lang: Language, limit: int, province: Province | None = None
) -> tuple[list[Shown], int]:
    """The newest trainings, and how many there are; of an old province those that were reported of it."""
    at, day = clocks.position, clocks.valid_at
    if province is None or province.list == "2025-07":
        code = province.code if province else None
        found, total = lists.trainings_like(connection, at, "", code, limit, 0, day)
    else:
        all_now, _ = lists.trainings_like(connection, at, "", province.now, MOST_TOLD, 0, day)
        here = (province.list, province.code)
        found = [one for one in all_now if (one["place"]["list"], one["place"]["province"]) == here]
        total = len(found)
    return [training_line(lang, one) for one in found[:limit]], total


def training_line(lang: Language, training: Shown) -> Shown:
    """A training in one line: when, where, what, how many came."""
    told = training["held"] or training["planned"]
    return {
        "title": training["title"] or say(lang, "type.training.held"),
        "day": day_words(lang, training["occurred_on"]),
        "province": training["place"]["province_name"],
        "state": training["state"],
        "delegates": count_words(lang, (told.get("delegates") or {}).get("total")),
        "planned_end": day_words(lang, told.get("planned_end")),
    }


def printed(connection: Connection, clocks: Clocks, lang: Language, limit: int, **which: Any) -> list[Shown]:
    """Printed figures, the newest first, each beside what we count for its day, with what does not fit."""
    rows = lists.published_figures(
        connection,
        clocks.position,
        which.get("indicator"),
        which.get("subject"),
        MOST_TOLD,
        which.get("province"),
        clocks.valid_at,
    )
    first = sorted(rows, key=_asked_first)[:limit]  # Sorting keeps the newest first among equals.
    shown = {row["position"]: number for number, row in enumerate(first)}
    counted = {
        row["position"]: count
        for row in first
        if (count := beside.printed(connection, clocks, row)) is not None
    }
    found = [one for one in reconcile(rows, counted) if one.row["position"] in shown]
    found.sort(key=lambda one: shown[one.row["position"]])
    return [_printed(lang, one.as_json(lang)) for one in found]


def _asked_first(row: Shown) -> int:
    """Printed clubs, members and communes before all else that is printed."""
    code = row["indicator"]
    return _FIRST.index(code) if code in _FIRST else len(_FIRST)


def _printed(lang: Language, one: Shown) -> Shown:
    citation = one["citation"] or {}
    return one | {
        "name": indicator_name(lang, one["indicator"]),
        "value_text": count_words(lang, one["value"]),
        "counted_text": range_words(lang, one["counted"]),
        "as_of_text": day_words(lang, one["as_of"]),
        "url": citation.get("url"),
        "title": citation.get("title") or say(lang, "page.source"),
        "said": [defect["detail"] for defect in one["defects"]]
        + [warning["detail"] for warning in one["warnings"]],
    }


def newest(connection: Connection, clocks: Clocks, view: View, limit: int) -> list[Shown]:
    """The newest events, a line each: what happened, about whom, where, when; of a territory, what was told."""
    lines = []
    for event in lists.latest(connection, clocks.position, limit):
        said = say(view.lang, f"type.{event['type']}")
        if event["told"] is not None:
            said = told_sentence(view.lang, event["type"], event["told"])
        kind, *where = event["subject"].split(":")
        place = province_name(*where) if kind == "province" else None
        lines.append(event | {"said": said, "place": place})
    return lines
