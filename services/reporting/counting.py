"""What a figure is made of: amounts, each with the keys of the row it belongs to."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from services.reporting.amounts import NONE, Amounts
from services.reporting.calendar import Meetings
from services.reporting.club_by_club import ClubByClub, each_club
from services.reporting.each_club import EachClub
from services.reporting.expected import meetings_due
from services.reporting.indicators import INDICATORS, Communes
from services.reporting.periods import Step, period_of, periods_between
from services.reporting.placing import Keys, dimensions, keys_of, whose, within
from services.reporting.question import STEPS, Question
from services.reporting.sums import Happened, Stood, amounts_of, summed

Counted = Iterator[tuple[Keys, Amounts]]


def counted(connection: Connection, question: Question) -> Counted:
    """Every grouped amount with the keys of the row it belongs to; of anything but a share."""
    if isinstance(question.indicator.counted, Meetings):
        yield from _due(connection, question, question.indicator.counted)
    elif question.indicator.kind == "flow":
        yield from _flow(connection, question)
    elif question.step is None:
        yield from _stock(connection, question)
    else:
        for period in periods_between(question.start, question.end, question.step):
            for keys, amounts in _stock(connection, replace(question, end=period.last)):
                yield {**keys, "period": period.name}, amounts


def happened(question: Question) -> Happened:
    """The sum behind a flow."""
    days, by_month = (question.start, question.end), question.step is not None
    return Happened(question.indicator.code, days, dimensions(question), within(question), by_month)


def stood(question: Question) -> Stood:
    """The sum behind a stock."""
    return Stood(question.indicator.code, question.end, dimensions(question), within(question))


def club_by_club(question: Question, rule: EachClub) -> ClubByClub:
    """What is behind a stock that each club adds to by a rule of its own."""
    return ClubByClub(rule, question.end, dimensions(question), within(question))


def by_commune(question: Question) -> Question:
    """The question how many clubs each commune has."""
    by = tuple(dict.fromkeys((*(one for one in question.by if one not in STEPS), "commune")))
    return replace(question, indicator=INDICATORS["clubs"], by=by)


def once(keys: Mapping[str, Any], clubs: Amounts) -> Amounts:
    """A commune counts once, however many clubs it has; clubs whose commune is not known may be in others."""
    return clubs.at_most() if keys["commune"] is None else clubs.at_most_one()


def _flow(connection: Connection, question: Question) -> Counted:
    """What happened from `start` to `end`. What only may have happened then counts in `high` alone."""
    for row in summed(connection, happened(question), question.position):
        keys, placed = keys_of(question, row)
        if keys is None:
            continue
        if question.step is not None:
            first, last = (_period(month, question.step) for month in (row.first_month, row.last_month))
            keys["period"] = first if first == last and row.inside else None
        yield keys, amounts_of(row, placed)


def _due(connection: Connection, question: Question, meetings: Meetings) -> Counted:
    """Of the meetings due from `start` to `end`, those in the states asked for, where their club sits."""
    days = question.start, question.end
    for row, due in meetings_due(connection, question.position, days, whose(question), meetings):
        keys, placed = keys_of(question, row)
        for day, amount in due if keys is not None else ():
            amounts = Amounts.of(amount)
            period = {"period": period_of(day, question.step)} if question.step else {}
            yield {**(keys or {}), **period}, amounts if placed else amounts.at_most()


def _stock(connection: Connection, question: Question) -> Counted:
    """What was so at the end of the last day: what has surely entered and not left, and in `high` what may have."""
    match question.indicator.counted:
        case Communes():
            yield from _communes(connection, question)
            return
        case EachClub() as rule:
            rows = each_club(connection, club_by_club(question, rule), question.position)
        case _:
            rows = summed(connection, stood(question), question.position)
    for row in rows:
        keys, placed = keys_of(question, row)
        if keys is not None:
            yield keys, amounts_of(row, placed)


def _communes(connection: Connection, question: Question) -> Counted:
    """Each commune with a club once."""
    for keys, clubs in communes_of(connection, question).values():
        counts = once(keys, clubs)
        if "commune" not in question.by:
            keys = {name: key for name, key in keys.items() if name not in ("commune", "commune_name")}
        yield keys, counts


def communes_of(connection: Connection, question: Question) -> dict[str, tuple[Keys, Amounts]]:
    """By commune, told by its keys: the clubs it has."""
    found: dict[str, tuple[Keys, Amounts]] = {}
    for keys, clubs in counted(connection, by_commune(question)):
        before = found.get(repr(keys), (keys, NONE))[1]
        found[repr(keys)] = keys, before + clubs
    return found


def _period(month: str, step: Step) -> str:
    return period_of(date.fromisoformat(f"{month}-01"), step)
