"""What Prometheus may ask of a service besides its counters: numbers read from the stores at that moment."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import DBAPIError
from starlette.responses import Response

from shared.catch_up import Follower, checkpoint, parked_count
from shared.log import Log
from shared.problems import Away


class Gauge(NamedTuple):
    """A number for each value of one label."""

    name: str
    help: str
    label: str
    read: Callable[[], Mapping[str, float]]


def gauges_of(log: Log, follower: Follower) -> list[Gauge]:
    """How far a follower is behind the log, and what it could not digest: both are 0 in a healthy system."""

    def lag() -> dict[str, float]:
        return {follower.name: log.head().position - checkpoint(follower).position}

    def parked() -> dict[str, float]:
        return {follower.name: parked_count(follower)}

    return [
        Gauge("ishc_lag_events", "Events in the log that a follower has not taken yet", "follower", lag),
        Gauge(
            "ishc_parked_events", "Events a follower could not digest: fix, then replay", "follower", parked
        ),
    ]


def metrics(gauges: Sequence[Gauge]) -> Response:
    """The answer to `GET /metrics`: the counters of this process, and the gauges as they are now."""
    registry = CollectorRegistry()
    registry.register(_Gauges(gauges))
    return Response(generate_latest() + generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


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
