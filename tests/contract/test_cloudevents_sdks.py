"""Clients nobody here wrote: the CloudEvents SDKs of PyPI and npm, unchanged."""

import json
import socket
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event, to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from tests.builders import club_founded
from tests.station import Station

WIRE = Path(__file__).parent.parent / "wire"


@pytest.fixture(autouse=True)
def a_club(station: Station) -> None:
    station.post(club_founded())


def event(id: str) -> CloudEvent:
    return CloudEvent(
        {
            "id": id,
            "source": "/devices/phone",
            "type": "meeting.held",
            "subject": "co-dien",
            "specversion": "1.0",
            "time": datetime(2026, 3, 21, 2, 40, tzinfo=UTC),
            "dataschema": "https://ishc.example/schemas/meeting.held/1",
            "deviceseq": 41,
        },
        {"occurred_on": "2026-03-21", "attendance": {"women": 31, "men": 17}, "note": "Buổi sinh hoạt"},
    )


@pytest.mark.parametrize("write", [to_binary_event, to_structured_event])
def test_the_python_sdk_is_understood(station: Station, write):
    message = write(event("from-python"))
    with station.client(station.registry) as client:
        answer = client.post("/v1/events", content=message.body, headers=message.headers)

    assert answer.status_code == 201, answer.text
    stored = station.get("registry/v1/events/2")
    assert (stored["id"], stored["deviceseq"], stored["data"]["note"]) == (
        "from-python",
        41,
        "Buổi sinh hoạt",
    )


@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_the_javascript_sdk_is_understood(station: Station, mode: str):
    """Its requests as they were on the wire (npm cloudevents 10.0.0): chunked, the time rewritten to UTC."""
    recorded = (WIRE / f"js-{mode}.http").read_bytes().replace(b"TOKEN", station.operator.encode())
    address = urlsplit(station.registry)
    with socket.create_connection((address.hostname, address.port), timeout=10) as line:
        line.sendall(recorded)
        answer = line.recv(65536)

    assert answer.startswith(b"HTTP/1.1 201"), answer
    assert station.get("registry/v1/events/2")["time"] == "2026-03-21T02:40:00.000Z"


def test_the_same_report_by_either_sdk_is_one_report(station: Station):
    binary, structured = to_binary_event(event("same")), to_structured_event(event("same"))
    with station.client(station.registry) as client:
        first = client.post("/v1/events", content=binary.body, headers=binary.headers)
        second = client.post("/v1/events", content=structured.body, headers=structured.headers)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["position"] == second.json()["position"]


def test_what_the_feed_gives_the_sdk_can_read(station: Station):
    for item in station.get("registry/v1/events")["items"]:
        headers = {"content-type": "application/cloudevents+json"}
        read = from_http_event(HTTPMessage(headers, json.dumps(item).encode()))
        assert read.get_id() == item["id"]
        assert read.get_extension("position") == item["position"]
        assert read.get_data() == item["data"]
