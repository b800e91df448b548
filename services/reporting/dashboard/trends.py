"""How a figure went, month by month, each curve by one question to the read models."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate
from typing import Final

from sqlalchemy import Connection

from services.reporting.asking import Clocks, read_question
from services.reporting.counting import happened
from services.reporting.figures import figures
from services.reporting.indicators import INDICATORS, Reports, by_periods, counts_people
from services.reporting.memory import remembered
from services.reporting.periods import months_after, periods_between
from services.reporting.placing import keys_of
from services.reporting.sums import summed
from shared.places import Scheme

MONTHS: Final = 24


@dataclass(frozen=True, slots=True)
class Trend:
    """The last months, the oldest first. Of a flow the last month may be `running`; of a stock it is the day asked."""

    months: tuple[str, ...]
    values: tuple[int, ...]
    running: bool = False

    @property
    def year_before(self) -> int | None:
        """The value twelve months before the last one."""
        return self.values[-13] if len(self.values) > 12 else None

    @property
    def change(self) -> int | None:
        """What was added since then."""
        return None if self.year_before is None else self.values[-1] - self.year_before

    def from_least(self, least: int) -> "Trend":
        """The same, where fewer than `least` are drawn as so many."""
        return Trend(self.months, tuple(max(value, least) if value else 0 for value in self.values))

    def last(self, months: int) -> "Trend":
        return Trend(self.months[-months:], self.values[-months:], self.running)


def has_trend(indicator: str) -> bool:
    """Whether one question tells the whole curve: flows, and what is added up from reports."""
    known = INDICATORS[indicator]
    return by_periods(known) if known.kind == "flow" else isinstance(known.counted, Reports)


def trend(
    connection: Connection,
    clocks: Clocks,
    indicator: str,
    scope: str = "nation",
    scheme: Scheme = "34",
) -> Trend:
    """What happened in each month, with a year more to compare with; or what was so at the end of each."""
    if INDICATORS[indicator].kind == "flow":
        return _happened(connection, clocks, indicator, scope, scheme, MONTHS + 12)
    curve = _stood(connection, clocks, indicator, scope, scheme, MONTHS)
    return curve.from_least(clocks.least) if counts_people(INDICATORS[indicator]) else curve


def _happened(
    connection: Connection, clocks: Clocks, indicator: str, scope: str, scheme: Scheme, months: int
) -> Trend:
    start = first_month(clocks.valid_at, months)
    question = read_question(indicator, ["month"], start, None, scope, scheme, clocks)
    rows = [row for row in figures(connection, question)[0] if row.keys["period"] is not None]
    running = (clocks.valid_at + timedelta(days=1)).day > 1
    names, values = (row.keys["period"] for row in rows), (row.sum.range.value for row in rows)
    return Trend(tuple(names), tuple(values), running)


def _stood(
    connection: Connection, clocks: Clocks, indicator: str, scope: str, scheme: Scheme, months: int
) -> Trend:
    """Amounts by the month they entered in, added up. Figures ask month by month: the same, with many questions."""
    end, start = clocks.valid_at, first_month(clocks.valid_at, months)
    question = read_question(indicator, ["nation"], date.min, None, scope, scheme, clocks)
    entered = replace(happened(question), by_month=True)
    if scope == "nation":
        entered = replace(entered, groups=())  # Wherever it was.

    def anew() -> list[Trend]:
        by_month: Counter[str] = Counter()
        for row in summed(connection, entered, question.position):
            keys, placed = keys_of(question, row) if entered.groups else ({}, True)
            if keys is not None and placed and row.inside:
                by_month[max(row.last_month, f"{start:%Y-%m}")] += int(row.value)
        names = tuple(period.name for period in periods_between(start, end, "month"))
        return [Trend(names, tuple(accumulate(by_month[name] for name in names)))]

    asked = ("curve", replace(question, position=0, least=0), months)
    (curve,) = remembered(connection, asked, question.position, {indicator}, anew)
    return curve


def first_month(day: date, months: int) -> date:
    """The first day of the first of so many months, of which `day` lies in the last."""
    return months_after(day.replace(day=1), 1 - months)
