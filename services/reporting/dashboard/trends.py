"""How a figure went, month by month, each curve by one question to the read models."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, true

from services.reporting.asking import Clocks, read_question
from services.reporting.figures import figures
from services.reporting.indicators import INDICATORS, Reports
from services.reporting.periods import months_after, periods_between
from services.reporting.tables import effects
from shared.places import LIST_OF, Scheme

MONTHS: Final = 24


@dataclass(frozen=True, slots=True)
class Trend:
    """The last months, the oldest first. Of a flow the last month may not be over; of a stock it is the day asked."""

    months: Sequence[str]
    values: Sequence[int]

    @property
    def year_before(self) -> int | None:
        """The value twelve months before the last one."""
        return self.values[-13] if len(self.values) > 12 else None

    @property
    def change(self) -> int | None:
        """What was added since then."""
        return None if self.year_before is None else self.values[-1] - self.year_before

    def last(self, months: int) -> "Trend":
        return Trend(self.months[-months:], self.values[-months:])


def has_trend(indicator: str) -> bool:
    """Whether one question tells the whole curve: flows, and what is added up from reports."""
    return INDICATORS[indicator].kind == "flow" or isinstance(INDICATORS[indicator].counted, Reports)


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
    return _stood(connection, clocks, indicator, scope, scheme, MONTHS)


def _happened(
    connection: Connection, clocks: Clocks, indicator: str, scope: str, scheme: Scheme, months: int
) -> Trend:
    start = first_month(clocks.valid_at, months)
    question = read_question(indicator, ["month"], start, None, scope, scheme, clocks)
    rows = [row for row in figures(connection, question)[0] if row.keys["period"] is not None]
    return Trend([row.keys["period"] for row in rows], [row.sum.range.value for row in rows])


def _stood(
    connection: Connection, clocks: Clocks, indicator: str, scope: str, scheme: Scheme, months: int
) -> Trend:
    """Amounts by the month they entered in, added up. Figures ask month by month: the same, with many questions."""
    end, start = clocks.valid_at, first_month(clocks.valid_at, months)
    entered = case(
        (effects.c.last_day < start.isoformat(), ""), else_=func.substr(effects.c.last_day, 1, 7)
    ).label("month")
    query = (
        select(entered, func.sum(effects.c.value).label("value"))
        .where(
            effects.c.indicator == indicator,
            effects.c.position <= clocks.position,
            effects.c.last_day <= end.isoformat(),
            _within(scope, scheme),
        )
        .group_by(entered)
    )
    by_month = {row.month: int(row.value) for row in connection.execute(query)}
    names = [period.name for period in periods_between(start, end, "month")]
    values, so_far = [], by_month.get("", 0)
    for name in names:
        so_far += by_month.get(name, 0)
        values.append(so_far)
    return Trend(names, values)


def first_month(day: date, months: int) -> date:
    """The first day of the first of so many months, of which `day` lies in the last."""
    return months_after(day.replace(day=1), 1 - months)


def _within(scope: str, scheme: Scheme) -> ColumnElement[bool]:
    """What surely lies in the nation or a province of a map."""
    kind, _, rest = scope.partition(":")
    place_list, _, code = rest.rpartition(":")
    here = and_(effects.c.province == code, effects.c.list == (place_list or LIST_OF.get(scheme, "")))
    match kind, scheme:
        case "province", "34":
            return effects.c.province_now == code
        case "province", "63":
            return or_(effects.c.province_63 == code, and_(effects.c.province_63.is_(None), here))
        case "province", _:
            return here
        case "commune", "34":
            return effects.c.commune_now == rest
        case "commune", _:
            return and_(effects.c.commune == rest, effects.c.list == "pre-2025")
    return true()
