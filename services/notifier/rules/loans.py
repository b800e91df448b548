"""Which loans of a club are overdue: what was due by a day, beside all that has been paid back. Pure."""

from collections import defaultdict
from datetime import date
from typing import NamedTuple

from services.notifier.facts import Club
from services.notifier.rules.days import months_after


class Overdue(NamedTuple):
    """The first day by which more was due than is paid back, and how much more by then (đồng)."""

    due: date
    owed_vnd: int


def first_overdue(club: Club) -> Overdue | None:
    """The earliest such day of the two funds; None if none is known.

    A repayment names no loan: it settles what is due first. A loan without a due day has the term of the newest
    charter; without one nobody knows when it is due.
    """
    due: defaultdict[str, list[tuple[date, int]]] = defaultdict(list)
    for key, principal in club.lent.items():
        fund, lent_on, told = key.split("|")
        if (day := _due(club, lent_on, told)) is not None:
            due[fund].append((day, principal))
    found = [one for fund, loans in due.items() if (one := _first(loans, club.repaid.get(fund, 0)))]
    return min(found, default=None)


def _first(loans: list[tuple[date, int]], repaid: int) -> Overdue | None:
    owed = -repaid
    for day, principal in sorted(loans):
        owed += principal
        if owed > 0:
            same_day = sum(more for other, more in loans if other == day)
            earlier = sum(more for other, more in loans if other < day)
            return Overdue(day, earlier + same_day - repaid)
    return None


def _due(club: Club, lent_on: str, told: str) -> date | None:
    if told:
        return date.fromisoformat(told)
    charter = club.newest.get("charter")
    term = charter[3] if charter else None
    return months_after(date.fromisoformat(lent_on), term) if term else None
