"""Every act and every read beyond sums leaves a line; reading sums leaves none, and no line tells a secret."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from shared import audit
from shared.access import Role
from shared.audit import Audit
from shared.database import engine
from tests.boards import TUYEN_QUANG, alert_of, boards, browser, of_board, office, two_silent_clubs
from tests.builders import club_founded
from tests.station import Station, problem

SECRET_NOTE = "gọi bà Nguyễn Thị A, số 0912"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "PAUSE", 0.0)


def lines(station: Station, who: str, number: int) -> list[tuple[str, str, int]]:
    """What was noted of somebody, the oldest first, when so many lines are there."""
    until, waited = time.monotonic() + 10, threading.Event()
    while True:
        items = station.get(f"registry/v1/audit?who={who}")["items"]
        if len(items) >= number or time.monotonic() > until:
            return [(one["did"], one["what"], one["status"]) for one in reversed(items)]
        waited.wait(0.01)


def test_every_act_leaves_a_line(station: Station):
    boards(station)
    two_silent_clubs(station)
    board = of_board(station)
    alert = alert_of(station, "no_meeting", "co-dien")
    silence = {"club": "co-dien", "reason": SECRET_NOTE, "ends_at": "2026-12-01T00:00:00+07:00"}
    with station.client(station.notifier, board) as client:
        client.post(f"/v1/alerts/{alert['id']}/acknowledge", json={"note": SECRET_NOTE})
        begun = client.post("/v1/silences", json=silence).json()["id"]
        client.delete(f"/v1/silences/{begun}")
        client.put("/v1/offices/mine", json={"name": "x", "kind": "provincial_board"})

    assert lines(station, "hoi-tq", 3) == [
        ("POST /v1/alerts/{id}/acknowledge", str(alert["id"]), 200),
        ("POST /v1/silences", "", 201),
        ("DELETE /v1/silences/{id}", str(begun), 200),
    ]


def test_acts_from_pages_and_over_http_are_noted_alike(station: Station):
    boards(station)
    station.tokens.make(_token("van-phong"))
    with browser(station, station.operator) as client:
        client.post("/silences", data={"rule": "no_meeting", "reason": "bão", "ends_on": "2026-07-30"})

    noted = lines(station, "operator", 4)

    assert noted[:3] == [
        ("PUT /v1/offices/{id}", id, 200) for id in (TUYEN_QUANG, "hoi-nct-lai-chau", "van-phong")
    ]
    assert ("POST /silences", "", 303) in noted


def test_reading_about_clubs_leaves_a_line_and_reading_sums_none(station: Station):
    station.post(club_founded())
    station.wake()
    nation = station.tokens.make(_token("nation"))
    with station.client(station.reporting, nation) as client:
        for path in ("/v1/indicators", "/v1/figures?indicator=clubs", "/v1/trainings", "/odata/v4/"):
            assert client.get(path).status_code == 200
        for path in (
            "/v1/clubs/co-dien",
            "/v1/clubs.csv",
            "/clubs/co-dien",
            "/provinces/08",
            "/odata/v4/Clubs",
        ):
            assert client.get(path).status_code == 200
        assert client.get("/v1/clubs/nobody").status_code == 404
    with station.client(station.registry, nation) as client:
        assert client.get("/v1/subjects/co-dien/events").status_code == 200

    assert lines(station, "nation", 6) == [
        ("GET /v1/clubs/{id}", "co-dien", 200),
        ("GET /v1/clubs.csv", "", 200),
        ("GET /clubs/{id}", "co-dien", 200),
        ("GET /provinces/{code}", "08", 200),
        ("GET /odata/v4/{table}", "Clubs", 200),
        ("GET /v1/subjects/{subject}/events", "co-dien", 200),
    ]


def test_the_book_tells_no_secret(station: Station):
    boards(station)
    board = of_board(station)
    office(station, TUYEN_QUANG, provinces=["08"], addresses=["rieng@hoi.test"])
    with station.client(station.notifier, board) as client:
        client.get("/v1/alerts?rule=no_meeting&q=" + SECRET_NOTE)
    lines(station, "hoi-tq", 1)

    told = str(station.get("registry/v1/audit")["items"])

    assert not any(secret in told for secret in (board, station.operator, "rieng@hoi.test", "Nguyễn"))


def test_only_overseers_read_the_book(station: Station):
    for role, scope in ((Role.DEVICE, {"provinces": ("08",)}), (Role.PROVINCE, {"provinces": ("08",)})):
        token = station.token(role, f"a-{role}", **scope)
        with station.client(station.registry, token) as client:
            assert problem(client.get("/v1/audit"))[:2] == (403, "role-not-enough")


def test_lines_are_forgotten_after_their_time(station: Station):
    book = Audit(engine(station.settings.registry_database), station.clock)
    book.note("shell:root", "token make", "phone")
    station.days_later(400)
    book.note("shell:root", "token revoke", "phone")

    book.erase_old(400)

    assert [one["did"] for one in book.listed(None, None, 10)] == ["token revoke", "token make"]
    station.days_later(1)
    book.erase_old(400)
    assert [one["did"] for one in book.listed(None, None, 10)] == ["token revoke"]


def _token(name: str) -> Any:
    from shared.access import Token

    return Token(name, Role.NATION, f"/{name}")


def test_while_the_database_is_away_the_log_of_the_service_keeps_the_line(
    station: Station, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO", "shared.audit")
    nowhere = engine(f"sqlite:///{tmp_path}/nowhere.sqlite")  # Nobody made its tables.

    Audit(nowhere, station.clock).note("hội-tq", "DELETE /v1/offices/{id}", "mine\nforged", 200)

    told = [record.getMessage() for record in caplog.records if record.name == "shared.audit"]
    assert told == [
        '{"who": "hội-tq", "did": "DELETE /v1/offices/{id}", "what": "mine\\nforged", "status": 200}',
        "1 lines of audit are in this log only",
    ]
