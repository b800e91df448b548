"""The reporting service put together from its settings: the one place that wires it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import Connection, Engine

from services.reporting.asking import Clocks, read_clocks
from services.reporting.memory import Memory
from services.reporting.projections import ReportingFollower
from services.reporting.tables import reading
from shared.access import Token, Tokens
from shared.archive import Archive
from shared.audit import Audit
from shared.clock import Clock
from shared.codes import add_codes
from shared.database import engine, snapshot
from shared.door import Door
from shared.observe import Gauge, gauges_of
from shared.places.terrain import add_terrain
from shared.rates import Rates
from shared.settings import Reporting
from shared.valkey import connect
from shared.valkey_log import ValkeyLog


@dataclass(frozen=True)
class Parts:
    """What the reporting service works with."""

    log: ValkeyLog
    database: Engine
    door: Door
    clock: Clock
    audit: Audit
    small_cells: int = 0
    memory: Memory = field(default_factory=Memory)

    def close(self) -> None:
        """Close all connections."""
        self.database.dispose()
        self.log.close()

    def ready(self) -> dict[str, Callable[[], object]]:
        """What must answer for the service to be of use."""
        return {"log": self.log.head, "database": self._ask}

    def gauges(self) -> list[Gauge]:
        """What an operator watches."""
        return gauges_of(self.log, ReportingFollower(self.database, self.log))

    @contextmanager
    def asked(
        self, known_at: str | None, valid_at: date | None, reader: Token | None = None
    ) -> Iterator[tuple[Connection, Clocks]]:
        """One state of the read models, and the clocks of a question about it; without a reader, a stranger's."""
        with snapshot(self.database).connect() as connection:
            clocks = read_clocks(connection, self.log, known_at, valid_at, self.clock())
            yield self.memory.serves(connection), replace(clocks, least=self.least(reader))

    def least(self, reader: Token | None) -> int:
        """The smallest number of people a reader is told; 0: any."""
        return 0 if self.door.shows_every_club(reader) else self.small_cells

    def _ask(self) -> None:
        with snapshot(self.database).connect() as connection:
            connection.execute(reading.checkpoint.select())


def assemble(settings: Reporting, clock: Clock) -> Parts:
    """Make the parts. Opens nothing yet."""
    add_codes(settings.codes)
    add_terrain(settings.terrain)
    registry = engine(settings.registry_database)
    log = ValkeyLog(connect(settings.log), Archive(registry), settings.programme, replicas=settings.replicas)
    tokens = Tokens(registry, clock)
    database = engine(settings.reporting_database, durable=False)
    door = Door(tokens, settings.public_read, Rates(settings))
    return Parts(log, database, door, clock, Audit(registry, clock), settings.small_cells)
