"""Spans for OpenTelemetry, by OTLP over HTTP. Imported only if `ISHC_TELEMETRY_URL` is set (decision 0031)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from opentelemetry import trace as api
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator

from shared.tracing import Trace

_root: ContextVar[Trace | None] = ContextVar("root", default=None)


class OpenTelemetry:
    """Tells each span to a collector, a few seconds later, in a thread of its own."""

    def __init__(self, process: str, exporter: SpanExporter) -> None:
        resource = Resource.create({"service.name": f"ishc-{process}"})
        self._provider = TracerProvider(resource=resource, id_generator=_KnownIds(), shutdown_on_exit=True)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("ishc")

    def close(self) -> None:
        """Tell what is not told yet."""
        self._provider.shutdown()

    @contextmanager
    def span(
        self, name: str, traces: Sequence[Trace], begins: bool, facts: dict[str, Any]
    ) -> Iterator[Trace]:
        """A part of the first trace, or its beginning; linked to the others."""
        first, *others = traces
        parent = api.set_span_in_context(
            api.INVALID_SPAN if begins else api.NonRecordingSpan(_context(first))
        )
        token = _root.set(first if begins else None)
        try:
            links = [api.Link(_context(other)) for other in others]
            span = self._tracer.start_span(name, parent, attributes=facts, links=links)
        finally:
            _root.reset(token)
        with api.use_span(span, end_on_exit=True):
            yield Trace(first.id, f"{span.get_span_context().span_id:016x}")


def open_telemetry(url: str, process: str) -> OpenTelemetry:
    """Tell spans to the collector at `url`, such as `http://127.0.0.1:4318/v1/traces`."""
    return OpenTelemetry(process, OTLPSpanExporter(endpoint=url))


class _KnownIds(IdGenerator):
    """The beginning of a trace has the ids that everybody knows; all other spans are random."""

    def __init__(self) -> None:
        self._random: Final = RandomIdGenerator()

    def generate_trace_id(self) -> int:
        root = _root.get()
        return int(root.id, 16) if root else self._random.generate_trace_id()

    def generate_span_id(self) -> int:
        root = _root.get()
        return int(root.span, 16) if root else self._random.generate_span_id()


def _context(trace: Trace) -> api.SpanContext:
    sampled = api.TraceFlags(api.TraceFlags.SAMPLED)
    return api.SpanContext(int(trace.id, 16), int(trace.span, 16), is_remote=True, trace_flags=sampled)
