"""Many reports at once: NDJSON, arrays, atomic batches, and trying out."""

import gzip
import json

from tests.builders import club_founded, corrected, dissolved, meeting_held
from tests.station import Station, problem, tally


def test_one_bad_line_does_not_spoil_its_neighbours(station: Station):
    founding = club_founded()
    lines = [meeting_held(), founding, meeting_held(weighed="x"), founding, meeting_held(on="2026-01-01")]

    answer = station.post(lines)

    assert answer.status_code == 200
    body = answer.json()
    assert [item["verdict"] for item in body["items"]] == [
        "held",
        "accepted",
        "unreadable",
        "duplicate",
        "rejected",
    ]
    assert [item["index"] for item in body["items"]] == [0, 1, 2, 3, 4]
    assert body["items"][2]["id"] == lines[2]["id"]
    assert body["items"][2]["problem"]["errors"][0]["pointer"] == "/data/weighed"
    assert body["counts"] == {"held": 1, "accepted": 1, "unreadable": 1, "duplicate": 1, "rejected": 1}
    assert tally(station) == {"received": 5, "accepted": 2, "duplicate": 1, "held": 0, "quarantined": 2}


def test_verdicts_are_answered_as_ndjson_on_request(station: Station):
    answer = station.post([club_founded(), meeting_held()], Accept="application/x-ndjson")

    assert [json.loads(line)["verdict"] for line in answer.text.splitlines()] == ["accepted", "accepted"]


def test_a_batch_may_be_a_json_array_and_gzipped(station: Station):
    body = gzip.compress(json.dumps([club_founded(), meeting_held(), {"id": "?"}]).encode())
    headers = {"Content-Type": "application/cloudevents-batch+json", "Content-Encoding": "gzip"}
    with station.client(station.registry) as client:
        answer = client.post("/v1/events", content=body, headers=headers)

    assert [item["verdict"] for item in answer.json()["items"]] == ["accepted", "accepted", "unreadable"]


def test_ndjson_of_any_length_is_taken_piece_by_piece(station: Station):
    meetings = [meeting_held() for _ in range(2500)]
    lines = [json.dumps(one).encode() for one in [club_founded(), *meetings]]
    lines.insert(7, b'{"id": "' + b"x" * 1_100_000 + b'"}')  # One line beyond a megabyte.
    body = b"\r\n".join(lines) + b"\n\n"

    def pieces():
        for start in range(0, len(body), 10_007):
            yield body[start : start + 10_007]

    with station.client(station.registry) as client:
        answer = client.post("/v1/events", content=pieces(), headers={"Content-Type": "application/x-ndjson"})

    assert answer.json()["counts"] == {"accepted": 2501, "turned_away": 1}
    assert answer.json()["items"][7]["problem"]["code"] == "too-large"


def test_an_atomic_batch_is_stored_whole(station: Station):
    answer = station.post([club_founded(), *(meeting_held() for _ in range(250))], query="?atomic=true")

    assert answer.status_code == 200
    assert answer.json()["counts"] == {"accepted": 251}


def test_an_atomic_batch_with_one_bad_report_stores_nothing(station: Station):
    batch = [club_founded(), meeting_held(), meeting_held(on="2099-01-01")]

    answer = station.post(batch, query="?atomic=true")

    assert problem(answer)[:2] == (422, "atomic-batch-refused")
    assert [item["verdict"] for item in answer.json()["items"]] == ["not_applied", "not_applied", "rejected"]
    assert tally(station)["accepted"] == 0


def test_an_atomic_batch_has_limits(station: Station):
    assert problem(station.post([meeting_held()] * 1001, query="?atomic=true"))[:2] == (413, "too-large")


def test_a_dry_run_says_what_would_happen_and_stores_nothing(station: Station):
    founding, meeting = club_founded(on="2026-01-15"), meeting_held(on="2026-02-01")
    assert station.post(founding, query="?dry_run=true").json()["verdict"] == "accepted"
    assert station.post(meeting, query="?dry_run=true").json()["verdict"] == "held"
    assert station.post([founding, meeting], query="?dry_run=true").json()["counts"] == {"accepted": 2}
    assert tally(station)["received"] == 0


def test_a_dry_run_of_an_end_lists_what_it_would_silence(station: Station):
    station.post([club_founded(), meeting_held(on="2026-04-01"), meeting := meeting_held(on="2026-05-21")])

    answer = station.post(dissolved(on="2026-05-01"), query="?dry_run=true").json()

    assert answer["dependents"] == [
        {"position": 3, "id": meeting["id"], "type": "meeting.held", "from": "counts", "to": "suspended"}
    ]


def test_a_dry_run_of_a_correction_lists_the_reports_that_would_move(station: Station):
    founding, meeting = club_founded(on="2026-01-15"), meeting_held(on="2026-02-01")
    station.post([founding, meeting, meeting_held(on="2026-03-01")])

    answer = station.post(corrected(founding, occurred_on="2026-02-15"), query="?dry_run=true").json()

    assert answer["dry_run"] is True
    assert answer["dependents"] == [
        {"position": 1, "id": founding["id"], "type": "club.founded", "from": "counts", "to": "replaced"},
        {"position": 2, "id": meeting["id"], "type": "meeting.held", "from": "counts", "to": "suspended"},
    ]
