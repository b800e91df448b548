"""What the reporting service answers to the questions of `tests/recount.py`, as it is asked over HTTP."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import get_args

from sqlalchemy import Connection, Engine, select

from services.reporting.figures import figures
from services.reporting.indicators import INDICATORS
from services.reporting.question import By, Question
from services.reporting.tables import aliases, clubs, heard
from shared.database import snapshot
from shared.ledger import Ledger, ledger
from shared.log import Log
from shared.money import FUNDS
from shared.same_club import family, reports_of
from tests.recount import Answers

STOCKS = ("clubs", "members", "fund_vnd", "loans_outstanding_vnd")


def figures_told(database: Engine, days: Sequence[date]) -> Answers:
    """The figures, from the read models."""
    with snapshot(database).connect() as connection:
        position = connection.scalar(select(heard.c.position).order_by(heard.c.position.desc()).limit(1)) or 0
        found: Answers = {}
        for code, by in (
            ("new_clubs", ("year",)),
            ("loans_vnd", ("year",)),
            ("meetings", ("province", "month")),
        ):
            for row in _rows(connection, code, by, days[-1], position):
                found[code, row["period"], row.get("province")] = row["value"]
        for code in STOCKS:
            for day in days:
                [row] = _rows(connection, code, (), day, position)
                found[code, day.isoformat(), None] = row["value"]
    return {asked: number for asked, number in found.items() if number}


def ledgers_told(database: Engine, log: Log) -> Answers:
    """What the ledgers of all clubs add up to, from their histories."""
    received: dict[str, int] = {}
    found: Answers = {}
    differ = 0
    for club, books in _ledgers(database, log):
        for source, amount in books.totals.received.items():
            received[source] = received.get(source, 0) + amount.value
        for fund in FUNDS:
            found["cash", None, f"{club} {fund}"] = books.funds[fund].balance.cash.value
            differ += sum(not check.agrees for check in books.funds[fund].checks)
    found |= {("received", None, source): amount for source, amount in received.items()}
    found["counts that differ", None, None] = differ
    return {asked: number for asked, number in found.items() if number}


def _rows(connection: Connection, code: str, by: tuple[By, ...], end: date, position: int) -> list[dict]:
    assert set(by) <= set(get_args(By))
    question = Question(INDICATORS[code], by, date.min, end, "nation", "34", position)
    return [row.as_json() for row in figures(connection, question)[0]]


def _ledgers(database: Engine, log: Log) -> Iterator[tuple[str, Ledger]]:
    with snapshot(database).connect() as connection:
        same = select(aliases.c.subject, aliases.c.into).where(aliases.c.known_until.is_(None))
        names = {row.subject: row.into for row in connection.execute(same)}
        roots: Iterable[str] = connection.scalars(
            select(clubs.c.subject).where(clubs.c.known_until.is_(None))
        ).all()
    for root in roots:
        yield root, ledger(reports_of([log.history(name) for name in family(root, names)]))
