"""What was refused, and what was recorded, can be read and followed."""

import json

import pytest

from services.registry.asyncapi import asyncapi
from tests.builders import LAI_CHAU, club_founded, meeting_held, members_counted, withdrawn
from tests.station import Station, metrics, problem, tally


def test_a_refused_report_is_judged_again_on_request(station: Station):
    station.post(
        meeting_held(id="m1", on="2026-07-20")
    )  # Judged before the founding was checked: in the future.
    [refused] = station.get("registry/v1/quarantine")["items"]
    station.post(club_founded())

    with station.client(station.registry) as client:
        assert problem(client.post(f"/v1/quarantine/{refused['id']}/readmit"))[:2] == (422, "in-the-future")
        station.days_later(30)
        admitted = client.post(f"/v1/quarantine/{refused['id']}/readmit")
        assert problem(client.post(f"/v1/quarantine/{refused['id']}/readmit"))[:2] == (409, "cannot-do")
        assert problem(client.post("/v1/quarantine/999/readmit"))[:2] == (404, "not-found")

    assert admitted.status_code == 201
    assert station.get("registry/v1/events/2")["receivedtime"] == "2026-06-30T03:00:00.654321Z"
    assert station.get("registry/v1/quarantine")["items"] == []
    assert tally(station) == {"received": 2, "accepted": 2, "duplicate": 0, "held": 0, "quarantined": 0}


def test_only_an_operator_readmits(station: Station):
    phone = station.token(provinces=("08",))
    with station.client(station.registry, phone) as client:
        assert problem(client.post("/v1/quarantine/1/readmit"))[:2] == (403, "role-not-enough")


def test_the_feed_is_ordered_and_resumable(station: Station):
    station.post(
        [
            club_founded("club-a"),
            club_founded("club-b", place=LAI_CHAU),
            meeting_held("club-a"),
            meeting_held("club-b"),
        ]
    )

    first = station.get("registry/v1/events?limit=3")
    rest = station.get(f"registry/v1/events?after={first['next']}")

    assert [event["position"] for event in first["items"]] == [1, 2, 3]
    assert [event["position"] for event in rest["items"]] == [4]
    assert (first["head"], first["epoch"], rest["next"]) == (4, 1, 4)


@pytest.mark.parametrize(
    ("filter", "positions"),
    [
        ("type=meeting.held", [3, 4]),
        ("type=meeting.held&type=report.withdrawn", [3, 4, 5]),
        ("subject=club-a", [1, 3, 5]),
        ("province=12", [2, 4]),
        ("province=08&type=meeting.held", [3]),
        ("province=79", []),
    ],
)
def test_the_feed_can_be_filtered(station: Station, filter: str, positions: list[int]):
    meeting = meeting_held("club-a")
    station.post(
        [
            club_founded("club-a"),
            club_founded("club-b", place=LAI_CHAU),
            meeting,
            meeting_held("club-b"),
            withdrawn(meeting),
        ]
    )

    page = station.get(f"registry/v1/events?{filter}")

    assert [event["position"] for event in page["items"]] == positions
    assert page["next"] == 5  # Scanned to the end, whatever was found.


def test_the_feed_speaks_ndjson(station: Station):
    station.post([club_founded(), meeting_held()])
    with station.client(station.registry) as client:
        lines = client.get("/v1/events", headers={"Accept": "application/x-ndjson"}).text.splitlines()

    assert [json.loads(line)["position"] for line in lines] == [1, 2]


def test_server_sent_events_go_on_where_they_broke_off(station: Station):
    station.post([club_founded(), meeting_held()])
    headers = {"Accept": "text/event-stream", "Last-Event-ID": "1"}
    with (
        station.client(station.registry) as client,
        client.stream("GET", "/v1/events", headers=headers) as stream,
    ):
        lines = stream.iter_lines()
        seen = []
        for line in lines:
            if line.startswith("data: "):
                seen.append(json.loads(line[6:])["position"])
                if len(seen) == 1:
                    station.post(members_counted())  # Arrives while the stream is open.
                else:
                    break

    assert seen == [2, 3]


def test_one_event_and_one_history_can_be_read(station: Station):
    station.post([club_founded(), meeting_held()])

    assert station.get("registry/v1/events/2")["type"] == "meeting.held"
    assert station.get("registry/v1/subjects/co-dien/events")["version"] == 2
    with station.client(station.registry) as client:
        assert problem(client.get("/v1/events/99"))[:2] == (404, "not-found")
        assert problem(client.get("/v1/subjects/nobody/events"))[:2] == (404, "not-found")
        assert problem(client.get("/v1/events?after=x"))[:3] == (400, "bad-question", "/query/after")
        assert problem(client.get("/nowhere"))[:2] == (404, "not-found")
        assert problem(client.put("/v1/events"))[:2] == (405, "method-not-allowed")


def test_the_service_says_how_it_is(station: Station):
    station.post([club_founded(), meeting_held("nobody")])
    with station.client(station.registry, token="") as client:
        ready = client.get("/health/ready")
        api = client.get("/openapi.json").json()
    told = metrics(station.registry)

    assert (ready.status_code, ready.json()["checks"]) == (200, {"log": "ok", "database": "ok"})
    assert "ishc_reports_total" in told
    assert 'ishc_lag_events{follower="archive"} 1.0' in told
    assert 'ishc_tally{part="held"} 1.0' in told
    assert "application/x-ndjson" in api["paths"]["/v1/events"]["post"]["requestBody"]["content"]


def test_the_forms_are_open_and_speak_both_languages(station: Station):
    with station.client(station.registry, token="") as client:
        feed = client.get("/asyncapi.json").json()
        meanings = [
            {form["type"]: form["meaning"] for form in client.get("/schemas", params={"lang": lang}).json()}
            for lang in ("vi", "en")
        ]

    assert feed == asyncapi()
    assert meanings[0]["meeting.held"] == "Đã tổ chức buổi sinh hoạt định kỳ hằng tháng."
    assert meanings[1]["meeting.held"] == "A monthly meeting was held."
