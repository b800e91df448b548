"""Writing rows once: a row whose key is there already stays as it is."""

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(transaction: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert the rows whose key is not there yet."""
    if rows:
        dialect = postgresql if transaction.dialect.name == "postgresql" else sqlite
        transaction.execute(dialect.insert(table).on_conflict_do_nothing(index_elements=["key"]), rows)
