"""The report of the nation: figures beside the Prime Minister's targets, all 34 provinces, and what is not known."""

from collections import Counter
from typing import Final

from sqlalchemy import Connection

from services.reporting.asking import Clocks
from services.reporting.printing import comparing, counting, drawn
from services.reporting.printing.asking import Reported, months_before
from services.reporting.printing.counting import Counts
from services.reporting.printing.sections import communes_of, completeness, headline, trend, unknown
from services.reporting.printing.wording import (
    HEADLINE,
    Facts,
    figure_words,
    letterhead,
    listing,
    provenance,
)
from shared.calendar import RECEIVED, State
from shared.places import provinces
from shared.texts import Language, number, say

COLUMNS: Final = (
    *("clubs", "new_clubs", "communes_with_club", "members"),
    *("meetings", "trainings", "delegates", "fund_vnd"),
)
TARGETS: Final = 24
PRINTED: Final = 10
QUARTERS: Final = 20
PATH: Final = "/reports/nation.pdf"


def nation_report(connection: Connection, clocks: Clocks, reported: Reported, lang: Language) -> Facts:
    """What the pages of the nation say."""
    now, figures = headline(connection, clocks, None, reported, lang)
    each = counting.of_provinces(connection, clocks, COLUMNS, (reported.first, reported.last))
    expected = {
        province.code: counting.expected_meetings(connection, clocks, province.code, reported)
        for province in provinces("34")
    }
    return {
        **letterhead(
            lang,
            say(lang, "report.centre"),
            say(lang, "report.capital"),
            say(lang, "report.title.nation"),
            reported,
        ),
        "about": say(lang, "report.nation.about", provinces=len(expected), communes=communes_of(None)),
        **figures,
        "trend": trend(connection, clocks, "nation", reported, lang),
        "growth": _growth(connection, clocks, reported, lang),
        "completeness": completeness(lang, sum(expected.values(), start=Counter())),
        "targets": comparing.targets(connection, clocks, None, reported.last, lang, TARGETS),
        "printed": comparing.printed(connection, clocks, None, lang, PRINTED),
        "tiles": {
            "title": say(lang, "report.section.tiles"),
            **drawn.tiles(lang, {code: counts["clubs"] for code, counts in each.items()}),
        },
        "provinces": _provinces(lang, each, expected),
        "unknown": unknown(connection, clocks, "nation", reported, lang),
        "definitions": {
            "title": say(lang, "report.section.definitions"),
            "rows": [
                [say(lang, f"indicator.{code}.name"), say(lang, f"indicator.{code}.definition")]
                for code in dict.fromkeys((*HEADLINE, *COLUMNS))
            ],
        },
        "provenance": provenance(lang, PATH, reported, clocks, {"nation": now, **each}),
    }


def _growth(connection: Connection, clocks: Clocks, reported: Reported, lang: Language) -> Facts:
    """Clubs at the end of each quarter of five years."""
    quarter = reported.last.replace(month=(reported.last.month - 1) // 3 * 3 + 1, day=1)
    first = months_before(quarter, 3 * (QUARTERS - 1))
    values = counting.by_period(connection, clocks, "clubs", "quarter", "nation", (first, reported.last))
    return drawn.line(lang, say(lang, "report.section.growth"), values, None, 4)


def _provinces(lang: Language, each: dict[str, Counts], expected: dict[str, Counter[State]]) -> Facts:
    """One line a province; a dash where nobody ever reported."""
    rows = []
    for province in provinces("34"):
        counts = each.get(province.code, {})
        states = expected[province.code]
        received = sum(states[state] for state in RECEIVED)
        rows.append(
            [
                province.code,
                province.name,
                *("–" if counts.get(code) is None else figure_words(lang, counts[code]) for code in COLUMNS),
                f"{number(lang, received)} / {number(lang, states.total())}" if states else "–",
            ]
        )
    columns = ("code", "province", *COLUMNS, "received")
    return listing(lang, "provinces", columns, rows, len(rows))
