"""The meetings expected in a month as a sheet: a row for each, as the accepted reports show it at a position."""

from typing import Final

from sqlalchemy import Connection

from services.reporting.asking import Clocks
from services.reporting.completeness import in_province
from services.reporting.completeness_asked import CompletenessAsked
from services.reporting.sheets.sheet import Column, Sheet
from shared.periods import period
from shared.texts import Language, say

COMPLETENESS: Final = (
    Column("club"),
    Column("club_name"),
    Column("expected_state"),
    Column("expected_from", "date"),
    Column("expected_to", "date"),
    Column("due_on", "date"),
    Column("report", "number"),
    Column("newest_report", "number"),
)


def completeness_sheet(
    connection: Connection, clocks: Clocks, asked: CompletenessAsked, lang: Language
) -> Sheet:
    """Every meeting expected in the month; what devices are doing now is not in it."""
    month = period(asked.month)
    found = in_province(connection, clocks, asked.province or "", month.first, month.last)
    rows = (
        [
            club.club,
            club.name,
            say(lang, f"expected.{one.state}"),
            one.of.first,
            one.of.last,
            one.of.due,
            one.told.position if one.told else None,
            club.newest.position if club.newest else None,
        ]
        for club in found
        for one in club.became(clocks.valid_at)
    )
    return Sheet("completeness", COMPLETENESS, rows)
