"""Who asks too often, sends too much, or never finishes is turned away; nobody else is."""

import gzip
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from services import serving
from shared import bounds
from tests.builders import club_founded
from tests.servers import Valkey
from tests.station import Mailbox, Station, problem


@pytest.fixture
def strict(tmp_path: Path, valkey: Valkey, programme: str, mailbox: Mailbox) -> Iterator[Station]:
    """Five requests a minute for a token, three for an address without one."""
    made = Station(tmp_path, valkey.url, programme, token_rate=5, address_rate=3, public_read="aggregates")
    yield made
    made.stop()


def asked(station: Station, token: str, times: int, service: str = "registry", **headers: str) -> list[int]:
    with station.client(getattr(station, service), token) as client:
        return [client.get("/v1/tally", headers=headers).status_code for _ in range(times)]


def test_a_token_that_asks_too_often_is_told_when_to_come_back(strict: Station):
    phone, other = (strict.token(name=name, provinces=("08",)) for name in ("phone", "other"))

    assert asked(strict, phone, 7) == [200] * 5 + [429] * 2
    refused = strict.post(club_founded(), token=phone)

    assert problem(refused)[:2] == (429, "too-many-requests")
    assert refused.json()["retryable"] and 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["retry-after"] == str(refused.json()["seconds"])
    assert asked(strict, other, 5) == [200] * 5
    assert asked(strict, strict.operator, 20) == [200] * 20


def test_an_address_is_counted_only_without_a_valid_token(strict: Station):
    phones = [strict.token(name=f"phone-{n}", provinces=("08",)) for n in range(4)]

    assert asked(strict, "", 2) + asked(strict, "ishc_guess", 3) == [200, 200, 401, 429, 429]
    assert asked(strict, "", 1) == [429]

    assert [asked(strict, phone, 1) for phone in phones] == [[200]] * 4


def test_requests_are_counted_together_however_many_processes_answer(strict: Station):
    phone = strict.token(provinces=("08",))

    first = asked(strict, phone, 3)
    strict.restart_registry()

    assert first + asked(strict, phone, 3) == [200] * 5 + [429]


def test_while_valkey_is_away_each_process_counts_for_itself(tmp_path: Path, valkey: Valkey, programme: str):
    nowhere = f"redis://127.0.0.1:{_closed_port()}"
    station = Station(tmp_path, valkey.url, programme, token_rate=5, jobs_url=nowhere)
    try:
        phone = station.token(provinces=("08",))
        assert asked(station, phone, 7) == [200] * 5 + [429] * 2
    finally:
        station.stop()


def test_a_proxy_of_ours_names_who_asks(tmp_path: Path, valkey: Valkey, programme: str):
    station = Station(
        tmp_path, valkey.url, programme, address_rate=1, public_read="aggregates", proxies="127.0.0.0/8 ::1"
    )
    try:
        first = asked(station, "", 2, **{"X-Forwarded-For": "forged, 198.51.100.1"})
        second = asked(station, "", 1, **{"X-Forwarded-For": "forged, 198.51.100.2"})
        assert (first, second) == ([200, 429], [200])
    finally:
        station.stop()


def test_whoever_claims_another_address_is_counted_by_the_true_one(strict: Station):
    answers = [asked(strict, "", 1, **{"X-Forwarded-For": f"198.51.100.{n}"}) for n in range(4)]

    assert answers == [[200], [200], [200], [429]]


def test_counting_leaves_nothing_behind_for_ever(strict: Station, valkey: Valkey):
    asked(strict, strict.token(provinces=("08",)), 1)

    jobs = redis.Redis.from_url(strict.settings.jobs, decode_responses=True)
    counted = list(jobs.scan_iter(f"*{{{strict.settings.programme}}}:rate*"))

    assert counted and all(0 < jobs.ttl(key) <= 60 for key in counted)


@pytest.mark.parametrize("service", ["reporting", "notifier"])
def test_a_body_larger_than_any_of_ours_is_not_read(station: Station, service: str):
    path = {"reporting": "/v1/exports", "notifier": "/v1/silences"}[service]
    with station.client(getattr(station, service)) as client:
        answer = client.post(path, content=b" " * (bounds.BODY_LIMIT + 1), headers=_JSON)

    assert problem(answer)[:2] == (413, "too-large")


@pytest.mark.parametrize("service", ["registry", "reporting", "notifier"])
def test_json_nested_beyond_sense_is_a_problem(station: Station, service: str):
    path = {"registry": "/v1/events", "reporting": "/v1/exports", "notifier": "/v1/silences"}[service]
    with station.client(getattr(station, service)) as client:
        answer = client.post(path, content=b"[" * 100_000, headers=_JSON)

    assert problem(answer)[0] == 400


def test_a_small_body_that_unpacks_to_a_huge_one_is_turned_away(station: Station):
    packed = gzip.compress(b" " * (64 * 1024 * 1024))
    for kind in ("application/json", "application/cloudevents-batch+json"):
        headers = {"Content-Type": kind, "Content-Encoding": "gzip"}
        with station.client(station.registry) as client:
            assert problem(client.post("/v1/events", content=packed, headers=headers))[:2] == (
                413,
                "too-large",
            )


@pytest.mark.parametrize("path", ["/v1/events", "/v1/preview"])
def test_a_body_that_stops_coming_is_not_waited_for(
    station: Station, monkeypatch: pytest.MonkeyPatch, path: str
):
    monkeypatch.setattr(bounds, "IDLE_SECONDS", 0.05)
    url = station.registry if path == "/v1/events" else station.reporting
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {station.operator}\r\n"

    answer = _raw(url, head + "Content-Type: application/json\r\nContent-Length: 900\r\n\r\n{")

    assert answer.startswith(b"HTTP/1.1 408") and b"too-slow" in answer


def test_a_head_longer_than_any_of_ours_is_not_read(station: Station):
    endless = "GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + "x" * (serving.HEAD_LIMIT + 300_000)

    assert _raw(station.registry, endless).startswith(b"HTTP/1.1 431")


def test_a_head_that_does_not_come_is_not_waited_for(station: Station, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(serving, "HEAD_SECONDS", 0.05)

    assert _raw(station.registry, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ") == b""


_JSON: dict[str, Any] = {"Content-Type": "application/json"}


def _raw(url: str, request: str) -> bytes:
    """What comes back until the service hangs up, or has answered."""
    host, _, port = url.removeprefix("http://").partition(":")
    found = b""
    with socket.create_connection((host, int(port)), timeout=10) as line:
        try:
            line.sendall(request.encode())
            while more := line.recv(65536):
                found += more
                if b"\r\n\r\n{" in found and found.rstrip().endswith(b"}"):
                    break
        except (ConnectionResetError, BrokenPipeError):
            pass
    return found


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
