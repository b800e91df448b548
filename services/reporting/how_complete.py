"""How complete a figure is: of the meetings expected where and when it is asked for, how many were told of.

What waits in the registry, held or refused, changes from minute to minute: `GET /v1/completeness` tells it, live.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from services.reporting.amounts import total
from services.reporting.counting import counted
from services.reporting.expected import Whose, clubs_told_of, meetings_became
from services.reporting.figures import Sum
from services.reporting.indicators import INDICATORS
from services.reporting.memory import remembered
from services.reporting.periods import months_after
from services.reporting.question import Question
from shared.calendar import RECEIVED, Meetings, State

LONGEST: Final = 12  # Months that are looked at, the newest ones.
_ASKED: Final = {
    "expected": Meetings(frozenset(State)),
    "received": Meetings(frozenset(RECEIVED)),
    "late": Meetings(frozenset({State.LATE})),
}


@dataclass(slots=True)
class Became:
    """What became of the meetings of a place that were due in a month."""

    states: Counter[State] = field(default_factory=Counter)

    @property
    def expected(self) -> int:
        return self.states.total()

    @property
    def received(self) -> int:
        return sum(self.states[state] for state in RECEIVED)


def reported_of(connection: Connection, question: Question) -> dict[str, Any]:
    """Expected, received and late meetings of the question's scope: of a flow within its days, a year at the most; of
    a stock in the last month that was over on its day."""
    start, end = last_month(question.end)
    if question.indicator.kind == "flow":
        end = question.end
        start = max(question.start, months_after(end, -LONGEST) + timedelta(days=1))
    found = {name: _sum(connection, question, meetings, start, end) for name, meetings in _ASKED.items()}
    return {
        "of": "meetings",
        "from": start.isoformat(),
        "to": end.isoformat(),
        **{name: sum.as_json() for name, sum in found.items()},
    }


def by_province(connection: Connection, position: int, first: date, last: date) -> Mapping[str, Became]:
    """What became of the meetings due within these days, by province of today's map."""

    def became(at: int, some: frozenset[str] | None = None) -> Counter[tuple[str, State]]:
        of = meetings_became(connection, at, (first, last), Whose(some=some))
        return Counter((row.province_now, one.state) for row, expected in of for one in expected)

    def onward(known: list[tuple[tuple[str, State], int]], since: int) -> list[tuple[tuple[str, State], int]]:
        clubs = clubs_told_of(connection, since, position, last)
        if clubs is None:
            return list(became(position).items())
        now = Counter(dict(known))
        now.subtract(became(since, clubs))
        now.update(became(position, clubs))
        return [(key, number) for key, number in now.items() if number]

    asked = ("what became of meetings", first, last)
    counted = remembered(connection, asked, position, None, lambda: list(became(position).items()), onward)
    found: dict[str, Became] = {}
    for (province, state), number in counted:
        found.setdefault(province, Became()).states[state] = number
    return found


def last_month(day: date) -> tuple[date, date]:
    """The last month that is over on a day: its first and its last day."""
    if (day + timedelta(days=1)).day == 1:
        return day.replace(day=1), day
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def _sum(connection: Connection, question: Question, meetings: Meetings, start: date, end: date) -> Sum:
    meant = replace(INDICATORS["meetings_expected"], counted=meetings)
    asked = replace(question, indicator=meant, by=("nation",), start=start, end=end)
    return Sum(total(amounts for _, amounts in counted(connection, asked)))
