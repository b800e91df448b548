"""Figures as a long table: one row for each indicator, place and period."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from services.reporting.asking import Clocks, read_question
from services.reporting.figures import figures
from services.reporting.indicators import INDICATORS, Reports, by_periods
from services.reporting.odata.columns import AMOUNT, Row
from services.reporting.periods import Step, periods_between
from services.reporting.question import By

YEARS_BACK = 2  # Whole years before the present one, where no first day is asked for.


@dataclass(frozen=True, slots=True)
class Span:
    """The calendar step and the days asked for. Left out: months, from two whole years ago to `valid_at`."""

    by: Step = "month"
    start: date | None = None
    end: date | None = None


def series(
    connection: Connection,
    clocks: Clocks,
    span: Span,
    indicators: frozenset[str] | None,
    places: tuple[By, ...],
) -> Iterator[Row]:
    """The figures of each indicator by place and period, as `GET /v1/figures` counts them.

    `indicators` None: all that add up what reports tell; those counted club by club are told when asked for by name,
    and what cannot be split by periods is not in the table.
    What is dated more coarsely than the period has a row without one; those rows and the others add up to the whole.
    Raises `BadQuestion` for more periods than a question may have.
    """
    end = span.end or clocks.valid_at
    start = span.start or date(end.year - YEARS_BACK, 1, 1)
    for code, indicator in INDICATORS.items():
        wanted = isinstance(indicator.counted, Reports) if indicators is None else code in indicators
        if not wanted or not by_periods(indicator):
            continue
        question = read_question(code, (*places, span.by), start, end, "nation", "34", clocks)
        periods = {one.name: one for one in periods_between(start, end, span.by)}
        for part in figures(connection, question)[0]:
            keys, amounts = dict(part.keys), part.sum.as_json()
            period = periods.get(keys["period"] or "")
            place = keys.get("province") or "nation"
            yield {
                "id": f"{code}|{place}|{keys['period'] or f'in-no-{span.by}'}",
                "indicator": code,
                "unit": indicator.unit,
                "kind": indicator.kind,
                "period": keys["period"],
                "period_first": period.first if period else None,
                "period_last": period.last if period else None,
                **{name: keys[name] for name in places},
                **{name: amounts.get(name) for name in AMOUNT},
            }
