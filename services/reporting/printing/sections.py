"""Sections that both reports have: headline figures, meetings by month, meetings heard of, and what is not known."""

from collections import Counter
from typing import Final

from sqlalchemy import Connection

from services.reporting.asking import Clocks
from services.reporting.indicators import AGE_OF_A_COUNT_MONTHS
from services.reporting.printing import counting, drawn
from services.reporting.printing.asking import Reported, months_before
from services.reporting.printing.counting import Counts
from services.reporting.printing.wording import HEADLINE, Facts, figure_rows, listing, share_row
from shared.calendar import RECEIVED, State
from shared.places import communes
from shared.texts import Language, number, say, span
from shared.values import NOTHING

MONTHS: Final = 24
_COLUMNS: Final = ("indicator", "now", "before")


def communes_of(province: str | None) -> int:
    """How many communes a province has today; of the nation without one."""
    return sum(province in (None, one.province) for one in communes("2025-07").values())


def headline(
    connection: Connection, clocks: Clocks, province: str | None, reported: Reported, lang: Language
) -> tuple[Counts, Facts]:
    """The headline figures of the period beside those of the one before, in two tables."""
    scope = f"province:{province}" if province else "nation"
    now = counting.of_place(connection, clocks, HEADLINE, scope, (reported.first, reported.last))
    before = counting.of_place(connection, clocks, HEADLINE, scope, reported.before())
    rows = figure_rows(lang, now, before, communes_of(province))
    shares = [
        share_row(lang, name, counting.share(connection, clocks, f"{name}_share", scope, reported.last))
        for name in ("women", "older")
    ]
    half = HEADLINE.index("members") + 1
    return now, {
        "figures": listing(lang, "figures", _COLUMNS, rows[:half] + shares, len(rows)),
        "more_figures": listing(lang, "figures", _COLUMNS, rows[half:], len(rows)),
    }


def completeness(lang: Language, states: Counter[State]) -> Facts:
    """How many of the meetings expected were heard of, and what is known of the others."""
    expected, received = states.total(), sum(states[state] for state in RECEIVED)
    headline = (
        say(lang, "report.completeness.received", received=received, expected=expected)
        if expected
        else say(lang, "report.none.completeness")
    )
    rows = [[say(lang, f"expected.{state}"), number(lang, states[state])] for state in State if states[state]]
    return {"title": say(lang, "report.section.completeness"), "headline": headline, "rows": rows}


def unknown(
    connection: Connection,
    clocks: Clocks,
    scope: str,
    reported: Reported,
    lang: Language,
) -> Facts:
    """What the figures cannot say: clubs without a commune, clubs without a head count, and how to read the rest."""
    homeless = counting.clubs_without_commune(connection, clocks, scope, reported.last)
    uncounted = counting.clubs_uncounted(connection, clocks, scope, reported.last)
    lines = []
    if homeless != NOTHING:
        lines.append(say(lang, "report.unknown.commune", clubs=span(lang, homeless)))
    if uncounted:
        lines.append(say(lang, "report.unknown.members", clubs=uncounted, months=AGE_OF_A_COUNT_MONTHS))
    return {
        "title": say(lang, "report.section.unknown"),
        "lines": [*lines, say(lang, "report.unknown.edges"), say(lang, "report.unknown.no-report")],
    }


def trend(connection: Connection, clocks: Clocks, scope: str, reported: Reported, lang: Language) -> Facts:
    """The meetings of each month of two years as a line, and how many of them name no month."""
    days = (months_before(reported.last.replace(day=1), MONTHS - 1), reported.last)
    months = counting.by_period(connection, clocks, "meetings", "month", scope, days)
    undated = counting.undated(connection, clocks, "meetings", scope, days)
    note = say(lang, "report.trend.undated", meetings=span(lang, undated)) if undated != NOTHING else None
    return drawn.line(lang, say(lang, "report.section.trend"), months, note, 6)
