"""The reporting worker: follows the log into the read models, and rebuilds them."""

from functools import cache, partial

import redis

from services.reporting.exports import Exports
from services.reporting.projections import ReportingFollower
from services.reporting.rebuilding import rebuild
from shared import clock
from shared.archive import Archive
from shared.database import engine, scrub
from shared.doorbell import Doorbell
from shared.settings import Reporting
from shared.valkey import connect
from shared.valkey_log import ValkeyLog
from shared.work import follow_log, replay_parked, run_worker, tell_well


class ReportingDesk:
    """What the reporting worker works with."""

    def __init__(self, settings: Reporting) -> None:
        self.settings = settings
        self.log = _log(settings)
        self.follower = ReportingFollower(engine(settings.reporting_database, durable=False), self.log)
        self.doorbell = Doorbell(
            connect(settings.log), redis.Redis.from_url(settings.jobs), settings.programme
        )

    def follow(self) -> None:
        follow_log(self.log, self.doorbell, self.follower)

    def rebuild(self) -> int:
        return rebuild(self.log, self.follower, open_log=partial(_log, self.settings))


def _log(settings: Reporting) -> ValkeyLog:
    return ValkeyLog(
        connect(settings.log),
        Archive(engine(settings.registry_database)),
        settings.programme,
        replicas=settings.replicas,
    )


@cache
def _desk() -> ReportingDesk:
    return ReportingDesk(Reporting())


def follow() -> None:
    """Answer the reporting bell."""
    _desk().follow()


def rebuild_now() -> int:
    """`ishc reporting rebuild`."""
    position = _desk().rebuild()
    tell_well(_desk().doorbell, _desk().follower)
    return position


def forget_now() -> None:
    """After a redaction: read models anew, nothing of the old ones in their files. Exports are to be asked again."""
    rebuild_now()
    database = _desk().follower.engine
    Exports(database, _desk().settings.exports_folder, clock.now).forget()
    scrub(database)


def replay_now() -> int:
    """`ishc replay reporting`: how many events are still parked."""
    return replay_parked(_desk().log, _desk().doorbell, _desk().follower)


def main() -> None:
    """Run the reporting worker."""
    run_worker("reporting", _desk().settings, follow)
