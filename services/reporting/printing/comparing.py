"""Targets and printed figures beside what is counted, as lines of a report."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from services.reporting import beside, lists
from services.reporting.asking import Clocks
from services.reporting.printing.wording import Facts, cut, listing
from services.reporting.reconciling import Reconciled, reconcile
from services.reporting.saying import count_words, day_words, indicator_name, range_words
from services.reporting.targets import Aim, as_set, progress, shipped
from shared.norms import TARGETS
from shared.places import province_name
from shared.texts import Language, number, say, span
from shared.values import Range
from shared.values import when as read_when

MOST_TOLD: Final = 5000  # More than any province ever printed.
LONGEST_NAMES: Final = 400
_DECISIONS: Final = {target.scheme for target in TARGETS}


def targets(
    connection: Connection, clocks: Clocks, province: str | None, on: date, lang: Language, most: int
) -> Facts:
    """The targets of a province, or those of the nation with the Prime Minister's, the earliest due day first."""
    told = lists.said(connection, clocks.position, ["target.set"], province, MOST_TOLD, 0)
    decided = [shipped(target) for target in TARGETS if province is None]
    aims = [
        as_set({**row["data"], "subject": row["subject"], "position": row["position"]})
        for row in told
        if province is not None or row["subject"] == "programme"
    ]
    known = {_substance(aim) for aim in decided}
    aims = decided + [aim for aim in aims if _substance(aim) not in known]
    found = progress(aims, partial(beside.towards, connection, replace(clocks, valid_at=on)))
    columns = ("target", "needed", "by", "counted", "reached", "met")
    rows = [_target(lang, one) for one in found if one["counted"]]
    uncounted = dict.fromkeys(_target_name(lang, one) for one in found if not one["counted"])
    names = cut("; ".join(uncounted), LONGEST_NAMES)
    return listing(lang, "targets", columns, rows, most) | {
        "uncounted": say(lang, "report.targets.uncounted", names=names) if names else None
    }


def printed(connection: Connection, clocks: Clocks, province: str | None, lang: Language, most: int) -> Facts:
    """Printed figures that are not what we count for the same day, the newest first. Never added to ours."""
    subject = "programme" if province is None else None
    rows = lists.published_figures(connection, clocks.position, None, subject, MOST_TOLD, province)
    counted = {
        row["position"]: count
        for row in rows
        if (count := beside.printed(connection, clocks, row)) is not None
    }
    found = reconcile(rows, counted)
    differ = [one for one in found if one.counted and not fits(one.printed, one.counted)]
    differ.sort(key=lambda one: (one.row["as_of"], one.row["position"]), reverse=True)
    columns = ("printed-what", "as-of", "printed", "counted", "source")
    return listing(lang, "printed", columns, [_printed(lang, one) for one in differ], most)


def fits(printed: Range, counted: Range) -> bool:
    """Whether what is counted may be what was printed: 158 is *hơn 150*. *Khoảng 80* has no edges: only 80 fits."""
    if printed.low == 0 and printed.high is None:
        return counted.value == printed.value
    return printed.low <= counted.value and (printed.high is None or counted.value <= printed.high)


def _substance(aim: Aim) -> tuple[object, ...]:
    """What a target asks for: a report that repeats a decision is no second target."""
    return aim.scheme, aim.indicator, aim.value, aim.percent, aim.by and read_when(aim.by).last


def _target(lang: Language, one: dict[str, Any]) -> list[str]:
    reached, percent = one["reached"], one["percent"]
    share = (
        100 * reached["numerator"] // reached["denominator"] if reached and reached["denominator"] else None
    )
    return [
        _target_name(lang, one),
        count_words(lang, one["value"]) or _percent(lang, Decimal(percent)),
        day_words(lang, one["by"]) or "–",
        range_words(lang, one["counted"]) or "–",
        "–" if share is None else _percent(lang, share),
        say(lang, f"report.met.{one['met']}"),
    ]


def _target_name(lang: Language, one: dict[str, Any]) -> str:
    name = _capital(indicator_name(lang, one["indicator"]))
    if one["scheme"] not in _DECISIONS:
        return name
    return say(lang, "report.target.of", scheme=one["scheme"], indicator=name)


def _percent(lang: Language, share: int | Decimal) -> str:
    return say(lang, "report.percent", percent=number(lang, share))


def _printed(lang: Language, one: Reconciled) -> list[str]:
    row, where = one.row, _where(one.row)
    name = _capital(indicator_name(lang, row["indicator"]))
    return [
        cut(say(lang, "report.printed.of", indicator=name, place=where) if where else name),
        day_words(lang, row["as_of"]) or "",
        span(lang, one.printed),
        span(lang, one.counted or Range(0, 0, None)),
        cut((row["citation"] or {}).get("title") or "", 44),
    ]


def _where(row: Any) -> str:
    """The place a printed figure is about, as narrow as it says."""
    place = row["place"] or {}
    _, place_list, code = row["subject"].split(":") if ":" in row["subject"] else ("", "", "")
    return str(place.get("as_written") or (province_name(place_list, code) if code else ""))


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
