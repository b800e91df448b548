"""Engines and migrations for the SQL databases: SQLite by default, PostgreSQL by setting a URL."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from functools import lru_cache
from importlib.resources import as_file, files
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Dialect,
    Engine,
    Index,
    MetaData,
    String,
    Table,
    TypeDecorator,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.exc import DBAPIError

from shared.clock import as_utc_text, from_utc_text
from shared.problems import DatabaseAway

# The registry's database. Two of its tables are shared by all services and therefore declared in `shared`:
# the archive of the log and the tokens. All others are the registry's own.
registry_metadata = MetaData()


class UtcMoment(TypeDecorator[datetime]):
    """A moment, kept as UTC text on both databases: SQLite would forget the time zone."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else as_utc_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_utc_text(value)


BUSY_SECONDS = 15.0  # SQLite has one writer; the next one waits this long for it.


def engine(url: str, *, durable: bool = True, patience: float = BUSY_SECONDS) -> Engine:
    """An engine for writing: `begin()` takes SQLite's write lock at once, so nothing can come in between.

    `durable` flushes each commit; a read model that can be rebuilt need not. `patience` is how many seconds to wait for
    another writer. For reading see `reads`.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=10)
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    made = create_engine(url, connect_args={"timeout": patience, "check_same_thread": False})

    @event.listens_for(made, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # The driver's own transactions begin too late; ours begin below.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-8192")  # 8 MiB: an index page is soon wanted again.

    @event.listens_for(made, "begin")
    def _begin(connection: Connection) -> None:
        if begin := connection.get_execution_options().get(_BEGIN, "BEGIN IMMEDIATE"):
            connection.exec_driver_sql(begin)

    return made


_BEGIN = "sqlite_begin"  # Ours alone: set as an isolation level, each connection taken would ask SQLite twice more.


def reads(engine: Engine) -> Engine:
    """The same database for single queries: each sees the newest state and takes no lock."""
    return engine.execution_options(**_transactions(engine, sqlite="", other="AUTOCOMMIT"))


def snapshot(engine: Engine) -> Engine:
    """The same database for several queries that must agree: a transaction sees one state and takes no lock."""
    return engine.execution_options(**_transactions(engine, sqlite="BEGIN", other="REPEATABLE READ"))


def _transactions(engine: Engine, sqlite: str, other: str) -> dict[str, str]:
    return {_BEGIN: sqlite} if engine.dialect.name == "sqlite" else {"isolation_level": other}


_ROWS = 100  # In one statement: beyond it nothing is gained, and SQLite takes some 30,000 values.


def copy_in(transaction: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    """Insert many rows, each in the order of the table's columns and of values as the database keeps them.

    By COPY on PostgreSQL, by statements of many rows on SQLite: there each statement costs more than storing a row.
    """
    driver: Any = transaction.connection.cursor()
    with closing(driver) as cursor:
        if transaction.dialect.name != "postgresql":
            for start in range(0, len(rows), _ROWS):
                some = rows[start : start + _ROWS]
                cursor.execute(_insertion(table, len(some)), list(chain.from_iterable(some)))
            return
        with cursor.copy(f"COPY {table.name} ({', '.join(table.columns.keys())}) FROM STDIN") as sink:
            for row in rows:
                sink.write_row(row)


@lru_cache(maxsize=256)
def _insertion(table: Table, rows: int) -> str:
    names = table.columns.keys()
    row = f"({', '.join('?' * len(names))})"
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES {', '.join([row] * rows)}"  # noqa: S608  # nosec B608


@contextmanager
def unindexed(transaction: Connection, indexes: Iterable[Index]) -> Iterator[None]:
    """Fill the tables first and sort their indexes afterwards, at once: far less work than row by row.

    On SQLite only, where readers see the old tables until the commit: on PostgreSQL they would have to wait.
    """
    dropped = list(indexes) if transaction.dialect.name == "sqlite" else []
    for index in dropped:
        index.drop(transaction)
    yield
    if dropped:
        transaction.exec_driver_sql("PRAGMA threads=2")  # A second one sorts while this one reads.
    for index in dropped:
        index.create(transaction)


def settle(engine: Engine, tables: Iterable[Table]) -> None:
    """After the tables were written anew, let PostgreSQL see at once what it would notice by and by: how much of what
    there is, and which pages an index alone can answer for.
    """
    if engine.dialect.name == "postgresql":
        with reads(engine).connect() as connection:
            connection.exec_driver_sql(f"VACUUM (ANALYZE) {', '.join(table.name for table in tables)}")


def scrub(engine: Engine) -> None:
    """Leave nothing in the database's files of what was deleted or written over. Writers wait meanwhile.

    PostgreSQL gives the room free, and writes over it as it needs it.
    """
    with reads(engine).connect() as connection:
        connection.exec_driver_sql("VACUUM")
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def is_away(error: DBAPIError) -> bool:
    """The database is busy, restarting or unreachable: the same work may succeed later."""
    return error.connection_invalidated or type(error).__name__ in {"OperationalError", "InterfaceError"}


def migrate(url: str, service: str, version: str = "head") -> None:
    """Bring a service's database to the newest version of its tables, or up or back to another one.

    Raises `DatabaseAway` if the database does not answer.
    """
    from alembic import command
    from alembic.config import Config

    with as_file(files(f"services.{service}") / "migrations") as scripts:
        config = Config()
        config.set_main_option("script_location", str(scripts))
        config.attributes.update(url=url, version_table=f"{service}_version")
        made = engine(url)
        try:
            current, known = revisions(made, service)
            back = version in known and current in known and known.index(version) < known.index(current)
            (command.downgrade if back else command.upgrade)(config, version)
        except DBAPIError as error:
            if is_away(error):
                raise DatabaseAway from error
            raise
        finally:
            made.dispose()


def revisions(engine: Engine | None, service: str) -> tuple[str | None, list[str]]:
    """The version of a database's tables, and all that this program knows, the newest last.

    None for a database that has no tables, or is not there.
    """
    from alembic.script import ScriptDirectory

    with as_file(files(f"services.{service}") / "migrations") as scripts:
        known = [script.revision for script in ScriptDirectory(str(scripts)).walk_revisions()]
    if engine is None:
        return None, known[::-1]
    table = f"{service}_version"
    with reads(engine).connect() as connection:
        exists = inspect(connection).has_table(table)
        current = connection.scalar(text(f"SELECT version_num FROM {table}")) if exists else None  # noqa: S608  # nosec B608
    return current, known[::-1]
