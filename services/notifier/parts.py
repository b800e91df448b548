"""The notifier put together from its settings: the one place that wires it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import redis
from sqlalchemy import Engine

from services.notifier.composing import Letterhead
from services.notifier.delivery import Delivery
from services.notifier.following import NotifierFollower
from services.notifier.links import Links
from services.notifier.monthly import MonthlyReports
from services.notifier.operator_matters import OperatorMatters
from services.notifier.outbox import Outbox, count_by_state
from services.notifier.remembered import Remembered
from services.notifier.returned import ReturnedMail
from services.notifier.rules.catalogue import change_rules
from services.notifier.tables import reading
from shared.access import Tokens
from shared.archive import Archive
from shared.audit import Audit
from shared.clock import Clock
from shared.codes import add_codes
from shared.database import engine, reads
from shared.doorbell import Doorbell
from shared.observe import Gauge, gauges_of
from shared.settings import Notifier
from shared.valkey import connect
from shared.valkey_log import ValkeyLog


@dataclass(frozen=True)
class Parts:
    """What the notifier works with."""

    settings: Notifier
    log: ValkeyLog
    database: Engine
    tokens: Tokens
    follower: NotifierFollower
    outbox: Outbox
    links: Links
    delivery: Delivery
    returned: ReturnedMail
    monthly: MonthlyReports
    operator: OperatorMatters
    remembered: Remembered
    doorbell: Doorbell
    jobs: redis.Redis
    clock: Clock
    audit: Audit

    def close(self) -> None:
        """Close all connections."""
        self.database.dispose()
        self.doorbell.close()
        self.log.close()

    def ready(self) -> dict[str, Callable[[], object]]:
        """What must answer for the notifier to be of use."""
        return {"log": self.log.head, "database": self._ask}

    def gauges(self) -> list[Gauge]:
        """What an operator watches: its lag, and letters by state: `unknown` and `set_aside` want a look."""
        return [
            *gauges_of(self.log, self.follower),
            Gauge("ishc_letters", "Letters by state", "state", lambda: count_by_state(self.database)),
        ]

    def _ask(self) -> None:
        with reads(self.database).connect() as connection:
            connection.execute(reading.checkpoint.select())


def assemble(settings: Notifier, clock: Clock) -> Parts:
    """Make the parts. Opens nothing yet."""
    add_codes(settings.codes)
    change_rules(settings.rules)
    registry, database = engine(settings.registry_database), engine(settings.notifier_database)
    log = ValkeyLog(connect(settings.log), Archive(registry), settings.programme, replicas=settings.replicas)
    jobs = redis.Redis.from_url(settings.jobs)
    remembered = Remembered(log.client, settings.programme)
    outbox = Outbox(Letterhead(settings.mail_domain, timedelta(minutes=settings.urgent_gap_minutes)))
    doorbell = Doorbell(connect(settings.log), jobs, settings.programme)
    return Parts(
        settings,
        log,
        database,
        Tokens(registry, clock),
        NotifierFollower(database, log, clock, outbox, remembered),
        outbox,
        Links(settings, database, clock),
        Delivery(database, settings, clock, remembered, outbox),
        ReturnedMail(database, settings, clock, outbox),
        MonthlyReports(database, settings, clock),
        OperatorMatters(database, log, doorbell, settings, clock, outbox),
        remembered,
        doorbell,
        jobs,
        clock,
        Audit(registry, clock),
    )
