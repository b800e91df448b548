"""Which index answers, on SQLite, which has no statistics, and on PostgreSQL, which may have none yet."""

from contextlib import closing
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, event, select

from services.reporting.known import ANYWHERE, known
from services.reporting.tables import metadata
from shared.database import reads
from tests.builders import club_founded, members_counted
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
    plans: list[str] = []

    @event.listens_for(database, "before_cursor_execute")
    def _explain(connection: Connection, _cursor: Any, asked: str, values: Any, *_more: Any) -> None:
        if "known_until IS NULL" in asked and asked.startswith(("SELECT clubs", "UPDATE clubs")):
            _only_by_index(connection)
            with closing(connection.connection.cursor()) as cursor:
                one = values[0] if isinstance(values, list) else values
                cursor.execute(f"{EXPLAIN[database.name]} {asked}", one)
                plans.append("".join(str(row) for row in cursor.fetchall()))

    reporter.hears(members_counted("co-dien", total=54))

    believed_before, no_longer_believed = plans
    for plan in (believed_before, no_longer_believed):
        assert "clubs_believed (known_until=? AND subject=?)" in plan or "Index Cond: (subject = " in plan


def _only_by_index(connection: Connection) -> None:
    """A table of few rows is soon read; PostgreSQL shall say how it would read a large one."""
    if connection.dialect.name == "postgresql":
        with closing(connection.connection.cursor()) as cursor:
            for other_way in ("enable_seqscan", "enable_bitmapscan"):
                cursor.execute(f"SET LOCAL {other_way} = off")
