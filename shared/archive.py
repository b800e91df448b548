"""The cold tier of the log: the same events in an SQL table, in the same order, for ever.

The registry's archive worker copies them here; then the stream may be trimmed. Every reader of the log falls
through to this table, it knows every identity that ever was, and it can refill an empty Valkey.
"""

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    func,
    select,
)

from shared.database import copy_in, reads, registry_metadata
from shared.log import START, Known, Mark
from shared.report import Identity, Recorded

archive = Table(
    "archive",
    registry_metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("epoch", Integer, nullable=False),
    Column("identity", String(32), nullable=False, unique=True),
    Column("subject", Text, nullable=False),
    Column("subject_version", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("envelope", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("salt", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("archive_by_subject", "subject", "subject_version", unique=True),
)
_EVENT = (
    archive.c.position,
    archive.c.epoch,
    archive.c.hash,
    archive.c.envelope,
    archive.c.data,
    archive.c.salt,
    archive.c.content_hash,
)
# Asked often, and therefore made once: to build a query takes longer than to answer it.
_BEHIND = (
    select(*_EVENT)
    .where(archive.c.position > bindparam("after"))
    .order_by(archive.c.position)
    .limit(bindparam("limit"))
)
_ABOUT = select(*_EVENT).where(archive.c.subject == bindparam("about")).order_by(archive.c.subject_version)
_ABOUT_WITHOUT = _ABOUT.where(
    archive.c.type.not_in(bindparam("without", expanding=True))
    | archive.c.identity.in_(bindparam("but", expanding=True))
)
T = TypeVar("T")
_AT_ONCE = 500  # Values in one IN: SQLite and PostgreSQL both take more, but plans stay simple.


class Archive:
    """Reads the archive; `copy` writes it and belongs to the archive worker alone."""

    def __init__(self, engine: Engine) -> None:
        self._reads = reads(engine)
        self._kept = threading.local()

    def close(self) -> None:
        """Close the connections to the database."""
        self._reads.dispose()

    def last(self) -> Mark:
        """The newest archived event; `START` while there is none."""
        newest = select(archive.c.epoch, archive.c.position, archive.c.hash).order_by(
            archive.c.position.desc()
        )
        with self._reads.connect() as connection:
            row = connection.execute(newest.limit(1)).first()
        return Mark(*row) if row else START

    def read(self, after: int, limit: int) -> list[Recorded]:
        """At most `limit` events behind `after`, in order."""
        with self._reads.connect() as connection:
            rows = connection.execute(_BEHIND, {"after": after, "limit": limit}).all()
        return [Recorded(*row) for row in rows]

    def at(self, positions: Iterable[int]) -> dict[int, Recorded]:
        """The archived ones among the events at these positions."""
        wanted: list[int] = list(positions)
        found: dict[int, Recorded] = {}
        if not wanted:
            return found
        with self._reads.connect() as connection:
            for some in _groups(wanted):
                for row in connection.execute(select(*_EVENT).where(archive.c.position.in_(some))):
                    found[row.position] = Recorded(*row)
        return found

    def of_types(self, types: Collection[str], until: int) -> Iterator[Recorded]:
        """The archived events of these types up to a position, in order."""
        of_them = (archive.c.type.in_(types), archive.c.position <= until)
        query = select(*_EVENT).where(*of_them).order_by(archive.c.position)
        with self._reads.connect() as connection:
            for row in connection.execute(query):
                yield Recorded(*row)

    def history(
        self, subject: str, without: Collection[str] = (), but: Collection[Identity] = ()
    ) -> list[Recorded]:
        """The archived events of one subject, in order; of the types `without` only those that `but` names."""
        asked = {"about": subject, "without": list(without), "but": [identity.key for identity in but]}
        with self._reads.connect() as connection:
            rows = connection.execute(_ABOUT_WITHOUT if without else _ABOUT, asked).all()
        return [Recorded(*row) for row in rows]

    def known(self, identities: Iterable[Identity]) -> dict[Identity, Known]:
        """Those of the identities that were ever archived."""
        wanted = {identity.key: identity for identity in identities}
        found: dict[Identity, Known] = {}
        for keys in _groups(list(wanted)):
            for key, position, content_hash in self._asked_often(keys):
                found[wanted[key]] = Known(position, content_hash)
        return found

    def _asked_often(self, keys: list[str]) -> Sequence[Any]:
        """Every group of reports asks this, so the connection stays open and the statement is the driver's own:
        building it anew each time costs far more than the query."""
        connection: Connection | None = getattr(self._kept, "connection", None)
        if connection is None or connection.closed or connection.invalidated:
            connection = self._kept.connection = self._reads.connect()
        columns = "SELECT identity, position, content_hash FROM archive WHERE identity"
        if connection.dialect.name == "postgresql":
            return connection.exec_driver_sql(f"{columns} = ANY(%s)", (keys,)).all()
        marks = ",".join("?" * len(keys))
        return connection.exec_driver_sql(f"{columns} IN ({marks})", tuple(keys)).all()

    def versions(self) -> dict[str, int]:
        """The newest archived version of every subject."""
        query = select(archive.c.subject, func.max(archive.c.subject_version).label("version")).group_by(
            archive.c.subject
        )
        with self._reads.connect() as connection:
            return {row.subject: row.version for row in connection.execute(query)}

    @staticmethod
    def copy(transaction: Connection, events: Sequence[Recorded]) -> None:
        """Write the events."""
        copy_in(transaction, archive, [_row(event) for event in events])


def _row(event: Recorded) -> tuple[int | str, ...]:
    return (
        event.position,
        event.epoch,
        event.identity.key,
        event.subject,
        event.subject_version,
        event.type,
        event.envelope_json,
        event.data_json,
        event.salt,
        event.content_hash,
        event.hash,
    )


def _groups(keys: list[T]) -> Iterable[list[T]]:
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))
