"""A second opinion on every figure: what the definitions say, counted report by report, as slowly as a clerk would.

DuckDB says which reports count (`tests/recount.sql`); from there on it is plain loops. Of the services it shares no
code, and of `shared/places` the tables.
"""

from typing import Final

from tests.second_opinion.catalogue import (
    ALL_COMMUNES,
    BALANCES,
    FLOWS,
    HEADS,
    OF_A_PERIOD,
    SHARES,
    WITH_CLUB,
)
from tests.second_opinion.clubs import RULES
from tests.second_opinion.country import Asked, Country
from tests.second_opinion.meetings import EXPECTED

CODES: Final = (
    *("clubs", "new_clubs", "members", "provinces", "provinces_with_club"),
    *(*ALL_COMMUNES, *WITH_CLUB, *EXPECTED),
    *(*OF_A_PERIOD, *HEADS, *FLOWS, *BALANCES, *RULES, *SHARES),
)

__all__ = ["CODES", "SHARES", "Asked", "Country"]
