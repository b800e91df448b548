"""What belongs together: the trace of a request, of a report, of a letter. W3C trace context (decision 0031).

A report that brings no `traceparent` is its own trace: its id is the hash of its identity. So every process knows it
without being told, a report sent again has the same, and the log keeps nothing that the report did not say.
"""

import random
import re
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Any, Final, NamedTuple, Protocol

from shared.report import Identity, Recorded

MOST: Final = 20  # Traces named for one batch: who looks for one finds it by the position else.
_TRACEPARENT: Final = re.compile(r"^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$")


class Trace(NamedTuple):
    """A trace, and the span of it that what happens now is a part of."""

    id: str
    span: str


class Telemetry(Protocol):
    """Whoever is told of spans; nobody unless a setting says so (`shared/telemetry.py`)."""

    def span(
        self, name: str, traces: Sequence[Trace], begins: bool, facts: dict[str, Any]
    ) -> AbstractContextManager[Trace]: ...


_current: ContextVar[tuple[Trace, ...]] = ContextVar("traces", default=())
_telemetry: Telemetry | None = None


def tell(telemetry: Telemetry | None) -> None:
    """From now on spans are told to `telemetry`."""
    global _telemetry  # One for the process, set when it starts.
    _telemetry = telemetry


def current() -> tuple[Trace, ...]:
    """What is going on belongs to these."""
    return _current.get()


def read(traceparent: str | None) -> Trace | None:
    """The trace that a `traceparent` names; None if it names none."""
    found = _TRACEPARENT.match(traceparent or "")
    if found is None or not int(found[1], 16) or not int(found[2], 16):
        return None
    return Trace(found[1], found[2])


def new() -> Trace:
    """A trace of its own."""
    made = f"{random.getrandbits(192):048x}"
    return Trace(made[:32], made[32:])


def of_report(identity: Identity, traceparent: str | None) -> Trace:
    """The trace of a report: its own, or the one it says."""
    return read(traceparent) or Trace(identity.key, identity.key[:16])


def of_events(events: Iterable[Recorded]) -> list[Trace]:
    """The traces of recorded reports."""
    return [of_report(event.identity, event.envelope.get("traceparent")) for event in events]


def span(
    name: str, traces: Sequence[Trace], *, begins: bool = False, **facts: Any
) -> AbstractContextManager[None]:
    """Something that is done for these traces: what is logged meanwhile names them, telemetry hears how long it took.

    `begins`: it is the first that is done in a trace of its own. `facts` are numbers and names of ours.
    """
    told = _telemetry.span(name, traces, begins, facts) if _telemetry is not None and traces else None
    return _Span(tuple(traces), told)


class _Span(AbstractContextManager[None]):
    """Written out, as every request has one: a generator takes three times as long."""

    __slots__ = ("_before", "_told", "_traces")

    def __init__(self, traces: tuple[Trace, ...], told: AbstractContextManager[Trace] | None) -> None:
        self._traces, self._told = traces, told

    def __enter__(self) -> None:
        traces = self._traces if self._told is None else (self._told.__enter__(), *self._traces[1:])
        self._before = _current.set(traces)

    def __exit__(self, *failed: Any) -> bool | None:
        _current.reset(self._before)
        return None if self._told is None else self._told.__exit__(*failed)
