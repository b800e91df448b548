"""Tables as lines of files, in a form that says nothing of the database they were in: bytes as base64, moments as text.

A table is cut where its keys say so, not by counting: a row that comes or goes changes one part, and all other parts
are the files of the last backup.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from zlib import crc32

import orjson
from sqlalchemy import (
    JSON,
    Connection,
    Engine,
    LargeBinary,
    MetaData,
    Table,
    column,
    func,
    insert,
    inspect,
    select,
    table,
    text,
)

from services.backup.folder import Folder, Kept
from shared.database import snapshot

PART: Final = 2048  # Rows of a part, on average.
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Store:
    """A service's database. `kept` are the tables that cannot be drawn anew from the log, `drawn` all others."""

    service: str
    engine: Engine
    kept: tuple[str, ...]
    drawn: tuple[str, ...]


def keep(folder: Folder, store: Store) -> Kept:
    """Write the kept tables as they are at one moment. The service may go on writing."""
    with snapshot(store.engine).connect() as connection:
        version = connection.scalar(select(column("version_num")).select_from(_version_of(store)))
        tables = _reflected(connection, store.kept)
        return Kept(
            version=str(version),
            tables={
                name: [
                    folder.write(f"{store.service}/{name}", lines)
                    for lines in _parts(connection, tables[name])
                ]
                for name in store.kept
            },
        )


def fill(folder: Folder, transaction: Connection, store: Store, kept: Kept) -> None:
    """Put the rows back, in empty tables of the same version. Raises `Damaged`."""
    for name, made in _reflected(transaction, kept.tables).items():
        rows: list[dict[str, Any]] = []
        for file in kept.tables[name]:
            for line in folder.lines(file):
                rows.append(_read_row(made, line))
                if len(rows) == _BATCH:
                    transaction.execute(insert(made), rows)
                    rows = []
        if rows:
            transaction.execute(insert(made), rows)
        _count_on(transaction, made)


def is_empty(store: Store) -> bool:
    """Whether no table of the database holds anything."""
    with snapshot(store.engine).connect() as connection:
        made = set(inspect(connection).get_table_names()) & {*store.kept, *store.drawn}
        return not any(
            connection.execute(select(text("1")).select_from(table(name)).limit(1)).first() for name in made
        )


def _version_of(store: Store) -> Any:
    return table(f"{store.service}_version", column("version_num"))


def _reflected(connection: Connection, names: Iterable[str]) -> dict[str, Table]:
    """The tables as they are in the database: a backup may be older or newer than this program."""
    metadata = MetaData()
    metadata.reflect(connection, only=list(names))
    for made in metadata.tables.values():
        for one in made.columns:
            if isinstance(one.type, JSON):
                one.type = JSON(none_as_null=bool(one.nullable))
    return dict(metadata.tables)


def _parts(connection: Connection, made: Table) -> Iterator[Iterator[bytes]]:
    keys = list(made.primary_key.columns)
    rows = connection.execution_options(yield_per=_BATCH).execute(select(made).order_by(*keys))
    number = 0

    def part_of(row: Any) -> int:
        nonlocal number
        key = orjson.dumps([row._mapping[one] for one in keys])
        number += crc32(key) % PART == 0
        return number

    for _, some in groupby(rows, part_of):
        yield map(_line, some)


def _line(row: Any) -> bytes:
    values = {
        name: b64encode(value).decode() if isinstance(value, bytes) else value
        for name, value in row._mapping.items()
    }
    return orjson.dumps(values, option=orjson.OPT_NON_STR_KEYS)  # A name may be SQLAlchemy's kind of text.


def _read_row(made: Table, line: bytes) -> dict[str, Any]:
    row: dict[str, Any] = orjson.loads(line)
    for one in made.columns:
        if isinstance(one.type, LargeBinary) and row[one.name] is not None:
            row[one.name] = b64decode(row[one.name])
    return row


def _count_on(transaction: Connection, made: Table) -> None:
    """PostgreSQL numbers new rows from a sequence of its own, which has not seen these."""
    if transaction.dialect.name != "postgresql":
        return
    for one in made.primary_key.columns:
        sequence = transaction.scalar(select(func.pg_get_serial_sequence(made.name, one.name)))
        if sequence is not None:
            transaction.execute(
                select(func.setval(sequence, func.coalesce(func.max(one), 1), func.count() > 0))
            )
