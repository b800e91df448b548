"""A second opinion: DuckDB counts the clubs, members, meetings and money of a file of reports (`recount.sql`).

It reads the lines as they were sent and shares with the services the table of provinces, and no code.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from shared import places

Answers = dict[
    tuple[str | None, ...], int
]  # What was asked, of which period, of what: how many. Nothing is left out.

_SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
_COLUMNS = dict.fromkeys(("source", "id", "type", "subject"), "VARCHAR") | {"data": "JSON"}
_PROVINCES = Path(places.__file__).with_name("provinces.csv")


def recounted(lines: Path, days: Sequence[date]) -> Answers:
    """What the reports of an NDJSON file amount to in all, and at the end of each of the days."""
    with _counted(lines, days) as database:
        rows = database.execute("FROM answer").fetchall()
    return {tuple(asked): int(number) for *asked, number in rows if number}


@contextmanager
def _counted(lines: Path, days: Sequence[date]) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 2}) as database:
        sent = database.read_json(str(lines), format="newline_delimited", columns=_COLUMNS)
        sent.project("row_number() OVER () AS arrived, *").create("line")
        database.read_csv(str(_PROVINCES), all_varchar=True).create("province")
        database.execute("CREATE TABLE day AS SELECT unnest(?::DATE[]) AS ends", [list(days)])
        database.execute(_SQL)
        yield database


def what_counts(lines: Path) -> dict[str, list[dict[str, Any]]]:
    """The reports of a file that count, under the name of their club, and the clubs they tell of: rows by table."""
    with _counted(lines, ()) as database:
        return {table: _rows(database, table) for table in ("club", "standing", "decision", "elsewhere")}


def _rows(database: duckdb.DuckDBPyConnection, table: str) -> list[dict[str, Any]]:
    found = database.execute(f"FROM {table}")
    names = [column[0] for column in found.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return [row | {name: json.loads(row[name]) for name in ("data", "place") if name in row} for row in rows]
