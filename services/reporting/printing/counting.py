"""What a report counts: figures of places, with nothing where nobody ever reported."""

from collections import Counter
from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection

from services.reporting.asking import Clocks, read_question
from services.reporting.completeness import in_province
from services.reporting.figures import Sum, figures
from services.reporting.indicators import INDICATORS
from services.reporting.periods import Step
from services.reporting.printing.asking import Reported
from shared.calendar import State
from shared.values import NOTHING, Range

Counts = dict[str, Sum | None]  # By indicator or by province; None: nobody ever reported it. That is no zero.


def of_place(
    connection: Connection, clocks: Clocks, indicators: tuple[str, ...], scope: str, days: tuple[date, date]
) -> Counts:
    """Each indicator of the nation or of one province (`province:08`) from the first to the last of some days."""
    found: Counts = {}
    for indicator in indicators:
        ever, _, total = _asked(connection, clocks, indicator, scope, days)
        found[indicator] = total if ever else None
    return _without_too_old(found)


def of_provinces(
    connection: Connection, clocks: Clocks, indicators: tuple[str, ...], days: tuple[date, date]
) -> dict[str, Counts]:
    """The same of each province that anything was reported about, by its code on today's map."""
    found: dict[str, Counts] = {}
    for indicator in indicators:
        ever, counted, _ = _asked(connection, clocks, indicator, "nation", days)
        for province in ever:
            found.setdefault(province, {})[indicator] = counted.get(province, Sum())
    return {
        province: _without_too_old({indicator: counts.get(indicator) for indicator in indicators})
        for province, counts in found.items()
    }


def by_period(
    connection: Connection,
    clocks: Clocks,
    indicator: str,
    step: Step,
    scope: str,
    days: tuple[date, date],
) -> dict[str, int]:
    """The stated value of an indicator in each month, quarter or year between two days."""
    question = read_question(indicator, [step], *days, scope, "34", clocks)
    rows, _ = figures(connection, question)
    return {row.keys["period"]: row.sum.range.value for row in rows if row.keys["period"]}


def undated(
    connection: Connection, clocks: Clocks, indicator: str, scope: str, days: tuple[date, date]
) -> Range:
    """What may have happened between two days, in a month nobody knows."""
    question = read_question(indicator, ["month"], *days, scope, "34", clocks)
    rows, _ = figures(connection, question)
    return next((row.sum.range for row in rows if row.keys["period"] is None), NOTHING)


def expected_meetings(
    connection: Connection, clocks: Clocks, province: str, reported: Reported
) -> Counter[State]:
    """What became of the meetings that the clubs of a province were expected to hold in the period."""
    found = in_province(connection, clocks, province, reported.first, reported.last)
    return Counter(one.state for club in found for one in club.became(clocks.valid_at))


def share(connection: Connection, clocks: Clocks, indicator: str, scope: str, on: date) -> Sum:
    """A share at the end of a day; `of` is its whole."""
    return figures(connection, read_question(indicator, ["nation"], None, on, scope, "34", clocks))[1]


def _asked(
    connection: Connection, clocks: Clocks, indicator: str, scope: str, days: tuple[date, date]
) -> tuple[Collection[str], dict[str, Sum], Sum]:
    """The provinces that ever reported an indicator, what is counted in each of them, and in all."""

    def ask(first: date | None) -> tuple[dict[str, Sum], Sum]:
        question = read_question(indicator, ["province"], first, days[1], scope, "34", clocks)
        rows, total = figures(connection, question)
        return {row.keys["province"]: row.sum for row in rows}, total

    counted, total = ask(days[0])
    ever = counted if INDICATORS[indicator].kind == "stock" else ask(None)[0]
    return ever.keys(), counted, total


def _without_too_old(counts: Counts) -> Counts:
    """Members whose counts are all too old are not known; they are no zero unless there is no club either."""
    members, standing = counts.get("members"), counts.get("clubs")
    if members and standing and members.range == NOTHING != standing.range:
        counts["members"] = None
    return counts


def clubs_without_commune(connection: Connection, clocks: Clocks, scope: str, on: date) -> Range:
    """The clubs that stood at the end of a day and cannot be put into one of today's communes."""
    rows, _ = figures(connection, read_question("clubs", ["commune"], None, on, scope, "34", clocks))
    return next((row.sum.range for row in rows if row.keys["commune"] is None), NOTHING)


def clubs_uncounted(connection: Connection, clocks: Clocks, scope: str, on: date) -> int:
    """How many clubs stood at the end of a day without a head count that speaks for them."""
    standing, counted = (
        {
            row.keys["club"]
            for row in figures(connection, read_question(code, ["club"], None, on, scope, "34", clocks))[0]
            if row.sum.range.value
        }
        for code in ("clubs", "members")
    )
    return len(standing - counted)
