"""Spans of real processes, as a collector of OpenTelemetry gets them."""

import gzip
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from shared.report import Identity
from tests.builders import TUYEN_QUANG, club_founded
from tests.system import System

REQUEST, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
OFFICE = {
    "name": "x",
    "kind": "provincial_association",
    "provinces": ["08"],
    "addresses": ["board@ishc.test"],
}


class Collector:
    """Takes OTLP over HTTP and keeps the spans."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, Any]] = []  # Who told it, and the span.
        kept = self.spans

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                for told in ExportTraceServiceRequest.FromString(body).resource_spans:
                    [name] = [
                        a.value.string_value for a in told.resource.attributes if a.key == "service.name"
                    ]
                    kept.extend((name, span) for scope in told.scope_spans for span in scope.spans)
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1/traces"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def of(self, trace: str) -> dict[str, Any]:
        """The spans of a trace by process and name."""
        return {f"{who} {span.name}": span for who, span in list(self.spans) if span.trace_id.hex() == trace}

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.stop()


def test_a_report_is_one_trace_from_its_append_to_its_letter(tmp_path: Path, collector: Collector):
    settings = {"ISHC_TELEMETRY_URL": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    with System(tmp_path, **settings) as system:
        bearer = {"Authorization": f"Bearer {system.token()}"}
        system.client.put(f"{system.url('notifier')}/v1/offices/board", json=OFFICE, headers=bearer)
        sent = club_founded("mot-1", place=TUYEN_QUANG)
        header = {"traceparent": f"00-{REQUEST}-{CALLER}-01"}
        url = f"{system.url('registry')}/v1/events"
        assert system.client.post(url, json=sent, headers=bearer | header).status_code == 201
        own = Identity(sent["source"], sent["id"]).key
        system.wait_until(lambda: "ishc-letters-worker letter" in collector.of(own), 60)
        system.wait_until(lambda: len(collector.of(own)) == 5 and collector.of(REQUEST), 60)

    spans = collector.of(own)
    append = spans.pop("ishc-registry append")
    assert set(spans) == {
        "ishc-archive-worker archive follows",
        "ishc-reporting-worker reporting follows",
        "ishc-notifier-worker notifier follows",
        "ishc-letters-worker letter",
    }
    assert append.parent_span_id == b"" and append.span_id.hex() == own[:16]
    assert {span.parent_span_id.hex() for span in spans.values()} == {own[:16]}
    request = collector.of(REQUEST)["ishc-registry POST /v1/events"]
    assert request.parent_span_id.hex() == CALLER
    [link] = append.links
    assert (link.trace_id.hex(), link.span_id) == (REQUEST, request.span_id)
    assert append.start_time_unix_nano < append.end_time_unix_nano


def test_nobody_pays_for_telemetry_that_is_off():
    """FastAPI looks at OpenTelemetry's interface by itself; what does the work is not there."""
    modules = (
        "services.registry.api, services.reporting.api, services.notifier.work, shared.work, shared.tick"
    )
    heavy = (
        "shared.telemetry",
        "opentelemetry.sdk.trace.export",
        "opentelemetry.exporter",
        "google.protobuf",
    )
    script = f"import sys, {modules}; print([name for name in {heavy} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
