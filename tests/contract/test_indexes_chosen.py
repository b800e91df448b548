"""Which index answers, on SQLite, which has no statistics, and on PostgreSQL, which may have none yet."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, select

from services.reporting import lists
from services.reporting.expected import reports_read
from services.reporting.known import ANYWHERE, known
from services.reporting.tables import metadata
from shared.database import reads
from tests.builders import club_founded, meeting_held, members_counted
from tests.reporter import Reporter

EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}


def test_communes_with_a_club_are_counted_by_an_index_that_has_all_of_it(database: Engine):
    metadata.create_all(database)
    day = date.max.isoformat()
    with reads(database).connect() as connection:
        clubs = known(
            connection,
            "clubs",
            (0, 9),
            lambda first, _last: (first <= day,),
            ("list", "province", "commune_now"),
            ANYWHERE,
            cut=(),
            dated=False,
        )
        asked = select(clubs).compile(connection, compile_kwargs={"literal_binds": True})
        _only_by_index(connection)
        plan = "\n".join(str(row) for row in connection.exec_driver_sql(f"{EXPLAIN[database.name]} {asked}"))

    assert "COVERING INDEX effects_of_clubs" in plan or "Index Only Scan using effects_of_clubs" in plan


def test_a_report_about_a_club_finds_its_row_at_once_among_all_that_are_believed(database: Engine):
    reporter = Reporter(database).hears(club_founded("co-dien"), club_founded("na-lang"))

    with plans(database, "known_until IS NULL") as asked:
        reporter.hears(members_counted("co-dien", total=54))

    believed_before, no_longer_believed = (plan for plan in asked if "clubs" in plan)
    for plan in (believed_before, no_longer_believed):
        assert "clubs_believed (known_until=? AND subject=?)" in plan or "Index Cond: (subject = " in plan


@pytest.mark.parametrize("day", [date.max, date(2026, 6, 1)])
def test_the_meetings_of_a_club_are_found_among_those_of_all_clubs_by_its_name(database: Engine, day: date):
    reporter = Reporter(database).hears(club_founded("co-dien"), meeting_held("co-dien"))

    with plans(database, "FROM effects") as asked, reads(database).connect() as connection:
        held = lists.meetings_of(connection, 2, ["co-dien"], day)
        expected = list(reports_read(connection, (0, 2), (date.min, date.max), {"co-dien"}))
    assert held == {"co-dien": (1, "2026-03-21")}
    assert [row.number for row in expected] == [1]
    assert reporter.figure("meetings") == (1, 1, 1)

    assert len(asked) == 2
    if database.name == "sqlite":  # PostgreSQL has statistics, but none that tell two reports apart.
        assert all("effects_by_subject (subject=? AND indicator=?)" in plan for plan in asked)


def test_what_was_told_of_meetings_since_is_read_by_position(database: Engine):
    Reporter(database).hears(club_founded("co-dien"), meeting_held("co-dien"))
    many = {"co-dien", *map(str, range(300))}

    with plans(database, "FROM effects") as asked, reads(database).connect() as connection:
        told = list(reports_read(connection, (1, 2), (date.min, date.max), many, each=True))

    assert [row.position for row in told] == [2]
    assert "(position>? AND position<?)" in asked[0] or "effects_pkey" in asked[0]


@contextmanager
def plans(database: Engine, about: str) -> Iterator[list[str]]:
    """How the database finds what it is asked meanwhile, if the words are in the question."""
    found: list[str] = []

    def explain(connection: Connection, _cursor: Any, asked: str, values: Any, *_more: Any) -> None:
        if about in asked:
            _only_by_index(connection)
            with closing(connection.connection.cursor()) as cursor:
                cursor.execute(
                    f"{EXPLAIN[database.name]} {asked}", values[0] if isinstance(values, list) else values
                )
                found.append("".join(str(row) for row in cursor.fetchall()))

    event.listen(database, "before_cursor_execute", explain)
    yield found
    event.remove(database, "before_cursor_execute", explain)


def _only_by_index(connection: Connection) -> None:
    """A table of few rows is soon read; PostgreSQL shall say how it would read a large one."""
    if connection.dialect.name == "postgresql":
        with closing(connection.connection.cursor()) as cursor:
            for other_way in ("enable_seqscan", "enable_bitmapscan"):
                cursor.execute(f"SET {other_way} = off")
