"""What is in the read models, and followers that have trouble writing them."""

from sqlalchemy import Engine, select

from services.reporting.projections import ReportingFollower
from services.reporting.tables import READ_MODELS, reading, summed
from shared.log import Histories


class Stumbles(ReportingFollower):
    """Fails once, before or after it has written the batch with the third event."""

    def __init__(self, database: Engine, log: Histories, written: bool) -> None:
        super().__init__(database, log)
        self._written, self._fails = written, True

    def write(self, transaction, difference):
        stumbles = self._fails and 3 in difference.positions
        if self._written or not stumbles:
            super().write(transaction, difference)
        if stumbles:
            self._fails = False
            raise ValueError("once")


class Poisoned(ReportingFollower):
    """Cannot digest the fifth event."""

    def apply(self, transaction, events):
        if any(event.position == 5 for event in events):
            raise ValueError("never")
        super().apply(transaction, events)


def parked_in(database: Engine) -> list[tuple[int, str]]:
    parked = reading.parked
    with database.connect() as connection:
        return [tuple(row) for row in connection.execute(select(parked.c.position, parked.c.reason))]


def rows(database: Engine) -> list[list[tuple]]:
    """All there is in the read models, but for the name that tells them from others."""
    tables = [table for table in READ_MODELS if table is not summed]
    with database.connect() as connection:
        return [sorted(map(tuple, connection.execute(select(table))), key=str) for table in tables]
