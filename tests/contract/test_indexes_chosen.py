"""Which clubs there are comes from an index alone, on SQLite, which has no statistics, and on PostgreSQL."""

from datetime import date

from sqlalchemy import Engine, select, text

from services.reporting.known import ANYWHERE, known
from services.reporting.tables import metadata
from shared.database import reads


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
        explain = "EXPLAIN QUERY PLAN"
        if connection.dialect.name == "postgresql":
            explain = "EXPLAIN"
            for other_way in ("enable_seqscan", "enable_bitmapscan"):  # A table without rows is soon read.
                connection.execute(text(f"SET {other_way} = off"))
        plan = "\n".join(str(row) for row in connection.exec_driver_sql(f"{explain} {asked}"))

    assert "COVERING INDEX effects_of_clubs" in plan or "Index Only Scan using effects_of_clubs" in plan
