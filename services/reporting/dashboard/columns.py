"""The figures the tables and the maps show: which, over which days, and in what order."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from sqlalchemy import Connection

from services.reporting.asking import Clocks, read_question
from services.reporting.figures import Part, Sum, figures
from services.reporting.indicators import INDICATORS
from services.reporting.periods import months_after
from shared.places import Scheme

Since = Literal["ever", "new-year", "a-year"]


@dataclass(frozen=True, slots=True)
class Column:
    """An indicator as it is shown. A flow is counted from `since`; `added_up`: nobody's report is a zero, where
    others reported, while members nobody counted are not known.
    """

    indicator: str
    since: Since = "ever"
    added_up: bool = True

    def start(self, day: date) -> date | None:
        """The first day it is counted from; None: from the first report on."""
        match self.since:
            case "new-year":
                return date(day.year, 1, 1)
            case "a-year":
                return a_year_before(day)
        return None


COLUMNS: Final = (
    Column("clubs"),
    Column("members", added_up=False),
    Column("communes_with_club"),
    Column("new_clubs", "new-year"),
    Column("meetings", "a-year"),
    Column("trainings"),
    Column("delegates"),
)
COLUMN: Final = {column.indicator: column for column in COLUMNS}


def column_of(indicator: str) -> Column:
    """The indicator as pages show it: a flow that no table has is counted over a year."""
    return COLUMN.get(indicator) or Column(indicator, _usual(indicator))


def _usual(indicator: str) -> Since:
    return "a-year" if INDICATORS[indicator].kind == "flow" else "ever"


def counted(
    connection: Connection, clocks: Clocks, column: Column, by: str, scope: str, scheme: Scheme
) -> tuple[list[Part], Sum]:
    """The figure of a column by place or club, and its total."""
    start = column.start(clocks.valid_at)
    return figures(connection, read_question(column.indicator, [by], start, None, scope, scheme, clocks))


def a_year_before(day: date) -> date:
    """The day from which to `day` it is one year."""
    return months_after(day, -12) + timedelta(days=1)
