"""Rows of a table as HTTP lists them: the newest first, page by page."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Path, Query
from sqlalchemy import ColumnElement, Engine, Table, select

from shared.clock import as_utc_text
from shared.database import reads
from shared.values import LARGEST

After = Annotated[
    int | None, Query(ge=1, le=LARGEST, description="Go on before this number: the newest come first.")
]
Limit = Annotated[int, Query(ge=1, le=1000)]
Province = Annotated[str | None, Query(pattern=r"^\d{2}$", description="Code on today's map.")]
Id = Annotated[int, Path(ge=1, le=LARGEST)]


def newest(
    engine: Engine,
    table: Table,
    wanted: Mapping[str, Any],
    before: int | None,
    limit: int,
    *more: ColumnElement[bool],
) -> list[dict[str, Any]]:
    """The newest rows with these values, where one is given."""
    query = select(table).where(*more).order_by(table.c.id.desc()).limit(limit)
    for name, value in wanted.items():
        if value is not None:
            query = query.where(table.c[name] == value)
    if before is not None:
        query = query.where(table.c.id < before)
    with reads(engine).connect() as connection:
        return [as_told(row._asdict()) for row in connection.execute(query)]


def as_told(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its moments as text."""
    return {name: as_utc_text(v) if hasattr(v, "tzinfo") else v for name, v in row.items()}


def page(rows: list[dict[str, Any]], limit: int, items: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """One page, and where the next begins."""
    return {
        "items": rows if items is None else items,
        "next": rows[-1]["id"] if len(rows) == limit else None,
    }
