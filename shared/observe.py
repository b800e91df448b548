"""What Prometheus may ask of a service besides its counters: numbers read from the stores at that moment."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import DBAPIError

from shared.catch_up import Follower, checkpoint, parked_count
from shared.clock import Clock
from shared.doorbell import Doorbell
from shared.log import Log
from shared.matters import free_space
from shared.problems import Away
from shared.settings import Common

METRICS: Final = CONTENT_TYPE_LATEST  # The media type.


class Gauge(NamedTuple):
    """A number for each value of one label."""

    name: str
    help: str
    label: str
    read: Callable[[], Mapping[str, float]]


def gauges_of(log: Log, follower: Follower) -> list[Gauge]:
    """Where a follower is, how far behind the log, and what it could not digest: the last two are 0 in health."""

    def position() -> dict[str, float]:
        return {follower.name: checkpoint(follower).position}

    def lag() -> dict[str, float]:
        return {follower.name: log.head().position - checkpoint(follower).position}

    def parked() -> dict[str, float]:
        return {follower.name: parked_count(follower)}

    return [
        Gauge("ishc_position", "Position a follower has reached; its rate is how fast", "follower", position),
        Gauge("ishc_lag_events", "Events in the log that a follower has not taken yet", "follower", lag),
        Gauge(
            "ishc_parked_events", "Events a follower could not digest: fix, then replay", "follower", parked
        ),
    ]


def gauges_of_machine(settings: Common, doorbell: Doorbell, clock: Clock) -> list[Gauge]:
    """Room on the disk where data lies, and how old the last good backup is; absent if there is none."""

    def free() -> dict[str, float]:
        return {"data": free_space(settings.data_dir)}

    def age() -> dict[str, float]:
        backup = doorbell.last_backup()
        if backup is None or backup.finished_at is None:
            return {}
        return {"log": (clock() - backup.finished_at).total_seconds()}

    return [
        Gauge("ishc_disk_free_bytes", "Bytes free on the disk of the data folder", "folder", free),
        Gauge("ishc_backup_age_seconds", "Seconds since the last good backup was finished", "of", age),
    ]


def gauges_of_followers(doorbell: Doorbell) -> list[Gauge]:
    """Which followers go no further by themselves: 1 for those that halted or forked."""

    def stopped() -> dict[str, float]:
        return {name: float(bool(state.stopped)) for name, state in doorbell.states().items()}

    return [
        Gauge("ishc_stopped", "Followers that go no further: 1 if it halted or forked", "follower", stopped)
    ]


def metrics(gauges: Sequence[Gauge]) -> bytes:
    """What `GET /metrics` answers: the counters of this process, and the gauges as they are now."""
    registry = CollectorRegistry()
    registry.register(_Gauges(gauges))
    return generate_latest() + generate_latest(registry)


class _Gauges(Collector):
    def __init__(self, gauges: Sequence[Gauge]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for gauge in self._gauges:
            family = GaugeMetricFamily(gauge.name, gauge.help, labels=[gauge.label])
            try:
                numbers = gauge.read()
            except (Away, DBAPIError):
                continue  # A number that cannot be read is absent: 0 would be a lie.
            for value, number in numbers.items():
                family.add_metric([value], number)
            yield family
