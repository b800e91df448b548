"""Verdicts: what the registry answers to a report, and what it keeps."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.builders import club_founded, corrected, meeting_held, members_counted
from tests.station import Station, problem, tally

NDJSON = "application/x-ndjson"


def test_an_accepted_report_has_a_position(station: Station):
    answer = station.post(club_founded(id="r1"))

    assert answer.status_code == 201
    assert answer.headers["location"] == "/v1/events/1"
    body = answer.json()
    assert (body["verdict"], body["id"], body["position"], body["subjectversion"]) == ("accepted", "r1", 1, 1)
    assert body["recordedtime"] == "2026-06-30T03:00:00.654321Z"


def test_the_same_report_again_gets_the_first_answer(station: Station):
    founding = club_founded()
    first = station.post(founding)
    station.post(meeting_held())

    again = station.post(founding | {"time": "2026-06-30T09:00:00+07:00"})

    assert again.status_code == 200
    assert again.json() == first.json() | {"verdict": "duplicate"}


def test_eight_parallel_identical_posts_of_thirty_reports_store_thirty(station: Station):
    founding = club_founded()
    reports = [founding, *(meeting_held(on=f"2026-04-{day:02}") for day in range(1, 30))]
    station.post(founding)
    with ThreadPoolExecutor(16) as pool:
        posts = [(report["id"], pool.submit(station.post, report)) for _ in range(8) for report in reports]
        answers = [(id, post.result()) for id, post in posts]

    positions = {
        id: {a.json()["position"] for i, a in answers if i == id} for id in {r["id"] for r in reports}
    }
    assert {answer.status_code for _, answer in answers} <= {200, 201}
    assert len(answers) == 240
    assert all(len(found) == 1 for found in positions.values())
    assert tally(station) == {"received": 241, "accepted": 30, "duplicate": 211, "held": 0, "quarantined": 0}


def test_the_same_identity_with_other_content_is_a_conflict_showing_both_hashes(station: Station):
    station.post(club_founded(id="r1"))

    answer = station.post(club_founded(id="r1", name="CLB khác"))

    assert problem(answer) == (409, "other-content", "/id")
    body = answer.json()
    assert len(body["received"]) == len(body["recorded"]) == 64 and body["received"] != body["recorded"]
    assert "CLB khác" not in answer.text
    assert tally(station)["quarantined"] == 1


def test_a_stale_expected_version_is_a_conflict(station: Station):
    station.post(club_founded())

    assert problem(station.post(meeting_held() | {"expectedversion": 7}))[:2] == (409, "subject-moved-on")


def test_a_meeting_before_its_clubs_founding_was_received_waits_and_enters_by_itself(station: Station):
    meeting, count = meeting_held(), members_counted()
    waiting = [station.post(meeting), station.post(meeting), station.post(count)]
    assert [answer.status_code for answer in waiting] == [202, 202, 202]
    assert waiting[0].json()["problem"]["code"] == "waits-for-founding"
    assert tally(station) == {"received": 3, "accepted": 0, "duplicate": 1, "held": 2, "quarantined": 0}
    assert [item["report_id"] for item in station.get("registry/v1/held")["items"]] == [
        meeting["id"],
        count["id"],
    ]

    station.now = station.now.replace(hour=5)
    station.post(club_founded())

    entered = station.get("registry/v1/subjects/co-dien/events")["items"]
    assert [event["type"] for event in entered] == ["club.founded", "meeting.held", "members.counted"]
    assert entered[1]["receivedtime"] == "2026-06-30T03:00:00.654321Z"
    assert entered[1]["recordedtime"] == "2026-06-30T05:00:00.654321Z"
    assert station.post(meeting).status_code == 200
    assert tally(station) == {"received": 5, "accepted": 3, "duplicate": 2, "held": 0, "quarantined": 0}


def test_a_held_identity_with_other_content_is_a_conflict(station: Station):
    station.post(meeting_held(id="m1"))

    assert problem(station.post(meeting_held(id="m1", weighed=3)))[:2] == (409, "other-content")
    assert tally(station) == {"received": 2, "accepted": 0, "duplicate": 0, "held": 1, "quarantined": 1}


def test_what_waited_and_turns_out_untrue_is_kept_in_quarantine(station: Station):
    station.post(meeting_held(on="2026-01-01"))

    station.post(club_founded(on="2026-01-15"))

    [refused] = station.get("registry/v1/quarantine")["items"]
    assert (refused["verdict"], refused["code"]) == ("rejected", "before-founding")
    assert tally(station) == {"received": 2, "accepted": 1, "duplicate": 0, "held": 0, "quarantined": 1}


def test_what_waited_enters_with_the_rights_its_sender_has_then(station: Station):
    phone = station.token(name="phone", provinces=("08",))
    station.post(meeting_held(), token=phone)
    station.tokens.revoke("phone")

    station.post(club_founded())

    [refused] = station.get("registry/v1/quarantine")["items"]
    assert refused["code"] == "token-unknown"


def test_a_correction_before_its_report_waits_too(station: Station):
    meeting = meeting_held(weighed=40)
    correction = corrected(meeting, weighed=41)
    assert station.post(correction).status_code == 202
    assert station.post(meeting).status_code == 202

    station.post(club_founded())

    history = station.get("registry/v1/subjects/co-dien/events")["items"]
    assert [(event["type"], event["standing"]) for event in history] == [
        ("club.founded", "counts"),
        ("meeting.held", "replaced"),
        ("report.corrected", "counts"),
    ]


def test_a_rejection_claims_no_identity(station: Station):
    station.post(club_founded(on="2026-01-15"))
    assert problem(station.post(meeting_held(id="m1", on="2026-01-01")))[:2] == (422, "before-founding")

    mended = station.post(meeting_held(id="m1", on="2026-02-01"))

    assert mended.status_code == 201


PARTY = {"type": "club.party", "dataschema": None}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"specversion": "1.0", "id": "x"', (400, "not-json", "")),
        (b'{"id": "\xff"}', (400, "not-utf8", "")),
        (b'{"a":' * 5000, (400, "too-deep", "")),
        (json.dumps(meeting_held() | {"colour": 1}).encode(), (400, "not-an-event", "/colour")),
        (
            json.dumps(meeting_held() | {"type": "club.party", "dataschema": None}).encode(),
            (400, "unknown-type", "/type"),
        ),
        (json.dumps(meeting_held(weighed="44")).encode(), (400, "not-the-type", "/data/weighed")),
        (json.dumps(meeting_held(guests=4)).encode(), (400, "not-the-type", "/data/guests")),
        (json.dumps(meeting_held(on="2099-03-21")).encode(), (422, "in-the-future", "/data/occurred_on")),
        (json.dumps(meeting_held(on="2026-01-01")).encode(), (422, "before-founding", "/data/occurred_on")),
    ],
)
@pytest.mark.parametrize("accept", ["vi", "en"])
def test_a_bad_report_is_refused_with_a_pointer_and_kept(
    station: Station, body: bytes, expected: tuple, accept: str
):
    station.post(club_founded(on="2026-01-15"))
    with station.client(station.registry) as client:
        answer = client.post(
            "/v1/events",
            content=body,
            headers={"Content-Type": "application/json", "Accept-Language": accept},
        )

    assert problem(answer) == expected
    assert answer.headers["content-language"] == accept
    vietnamese = any(char in answer.json()["detail"] for char in "ảạáãàâăđêôơư")
    assert vietnamese == (accept == "vi")
    assert tally(station) == {"received": 2, "accepted": 1, "duplicate": 0, "held": 0, "quarantined": 1}


@pytest.mark.parametrize(
    "hostile", ["1" + 400 * "0", "-1" + 30 * "0", "1e400", "1.5", "{}", '{"é": [null]}', r'"\ud83d"', "NaN"]
)
def test_no_value_whatever_breaks_the_registry_or_those_beside_it(station: Station, hostile: str):
    founding = club_founded()
    wanting = corrected(founding, name="#")
    fields = [meeting_held(weighed="#"), founding | {"zz": "#"}, founding | {"data": "#"}, wanting]
    bodies = [json.dumps(field).replace('"#"', hostile) for field in fields]
    with station.client(station.registry) as client:
        array = {"Content-Type": "application/cloudevents-batch+json"}
        binary = {
            "Content-Type": "application/json",
            "ce-specversion": "1.0",
            "ce-id": "b",
            "ce-source": "/b",
        }
        answers = [client.post("/v1/events", content=body, headers={"Content-Type": ""}) for body in bodies]
        answers.append(client.post("/v1/events", content="\n".join(bodies), headers={"Content-Type": NDJSON}))
        for body in bodies:
            answers.append(client.post("/v1/events", content=f"[{body}]", headers=array))
            answers.append(client.post("/v1/events", content=hostile, headers=binary))
    accepted = station.post(founding)

    assert {answer.status_code for answer in answers} <= {200, 202, 400, 422}
    assert accepted.status_code == 201
    tally(station)


def test_a_body_that_is_too_large_is_turned_away(station: Station):
    with station.client(station.registry) as client:
        huge = client.post(
            "/v1/events", content=b" " * 50_000_000, headers={"Content-Type": "application/json"}
        )
        bomb = client.post(
            "/v1/events",
            content=gzip.compress(b" " * 50_000_000),
            headers={"Content-Type": "application/cloudevents-batch+json", "Content-Encoding": "gzip"},
        )

    assert problem(huge) == problem(bomb) == (413, "too-large", "")
    assert tally(station)["received"] == 0


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Content-Type": "text/csv"}, "unknown-media-type"),
        ({"Content-Type": "application/json", "Content-Encoding": "br"}, "unknown-media-type"),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, "not-gzip"),
    ],
)
def test_a_form_nobody_reads_is_turned_away(station: Station, headers: dict, code: str):
    with station.client(station.registry) as client:
        assert problem(client.post("/v1/events", content=b"{}", headers=headers))[1] == code
