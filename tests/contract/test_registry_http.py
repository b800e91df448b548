"""The registry over HTTP: every body form and verdict of the contract."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from tests.builders import LAI_CHAU, club_founded, corrected, meeting_held, members_counted, withdrawn
from tests.station import Station

NDJSON = "application/x-ndjson"
TWO_CLUBS = [club_founded("club-a"), club_founded("club-b", place=LAI_CHAU)]


def tally(station: Station) -> dict[str, int]:
    found = station.get("registry/v1/tally")
    assert found["received"] == found["accepted"] + found["duplicate"] + found["held"] + found["quarantined"]
    return found


def problem(answer: httpx2.Response) -> tuple[int, str, str]:
    """Status, code and first pointer of a problem; all that a problem promises is checked."""
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["status"] == answer.status_code
    assert body["detail"] and body["title"] and body["type"].endswith(body["code"])
    assert all(error["detail"] for error in body["errors"])
    return answer.status_code, body["code"], body["errors"][0]["pointer"]


# --- verdicts -------------------------------------------------------------------------------------------------


def test_an_accepted_report_has_a_position(station: Station):
    answer = station.post(club_founded(id="r1"))

    assert answer.status_code == 201
    assert answer.headers["location"] == "/v1/events/1"
    body = answer.json()
    assert (body["verdict"], body["id"], body["position"], body["subjectversion"]) == ("accepted", "r1", 1, 1)
    assert body["recordedtime"] == "2026-06-30T03:00:00.000000Z"


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
    assert entered[1]["receivedtime"] == "2026-06-30T03:00:00.000000Z"
    assert entered[1]["recordedtime"] == "2026-06-30T05:00:00.000000Z"
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


# --- who may ---------------------------------------------------------------------------------------------------


def test_nobody_writes_without_a_living_token(station: Station):
    phone = station.token(provinces=("08",))
    with station.client(station.registry, token="") as client:
        missing = client.post("/v1/events", json=club_founded())
    assert problem(missing) == (401, "token-missing", "")
    assert missing.headers["www-authenticate"] == "Bearer"
    assert problem(station.post(club_founded(), token="ishc_wrong"))[:2] == (401, "token-unknown")
    assert station.post(club_founded(), token=phone).status_code == 201
    assert tally(station)["received"] == 1


def test_a_revoked_token_ends_within_a_second(station: Station, monkeypatch: pytest.MonkeyPatch):
    phone = station.token(provinces=("08",))
    station.post(club_founded("club-a"), token=phone)
    station.tokens.revoke("phone")
    monkeypatch.setattr("shared.access.FRESH_SECONDS", 0)

    assert problem(station.post(club_founded("club-b"), token=phone))[:2] == (401, "token-unknown")


def test_a_token_ends_with_its_last_day(station: Station, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("shared.access.FRESH_SECONDS", 0)
    phone = station.token(provinces=("08",), expires_on=station.now.date())
    assert station.post(club_founded("club-a"), token=phone).status_code == 201

    station.days_later(1)

    assert problem(station.post(club_founded("club-b"), token=phone))[:2] == (401, "token-unknown")


def test_a_phone_writes_about_its_own_province_under_its_own_source(station: Station):
    phone = station.token(provinces=("08",))

    assert problem(station.post(club_founded(place=LAI_CHAU), token=phone)) == (
        403,
        "outside-your-scope",
        "/subject",
    )
    assert problem(station.post(club_founded(source="/other"), token=phone)) == (
        403,
        "source-not-yours",
        "/source",
    )
    assert tally(station)["received"] == 0


def test_a_phone_sees_its_own_refused_reports_only(station: Station):
    mine, other = (station.token(name=name, provinces=("08",)) for name in ("mine", "other"))
    station.post(club_founded(source="/devices/mine", on="2099-01-01"), token=mine)
    station.post(club_founded(source="/devices/other", on="2099-01-01"), token=other)

    with station.client(station.registry, mine) as client:
        items = client.get("/v1/quarantine").json()["items"]

    assert [item["token"] for item in items] == ["mine"]


def test_reading_needs_a_token_unless_it_is_open(station: Station):
    with station.client(station.registry, token="") as client:
        for path in ("/v1/events", "/v1/subjects/co-dien/events", "/v1/tally", "/v1/held", "/v1/quarantine"):
            assert problem(client.get(path))[:2] == (401, "token-missing")
        assert client.get("/schemas/meeting.held/1").status_code == 200
        assert client.get("/health/live").status_code == 200


# --- batches ---------------------------------------------------------------------------------------------------


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


# --- trying out ------------------------------------------------------------------------------------------------


def test_a_dry_run_says_what_would_happen_and_stores_nothing(station: Station):
    founding, meeting = club_founded(on="2026-01-15"), meeting_held(on="2026-02-01")
    assert station.post(founding, query="?dry_run=true").json()["verdict"] == "accepted"
    assert station.post(meeting, query="?dry_run=true").json()["verdict"] == "held"
    assert station.post([founding, meeting], query="?dry_run=true").json()["counts"] == {"accepted": 2}
    assert tally(station)["received"] == 0


def test_a_dry_run_of_a_correction_lists_the_reports_that_would_move(station: Station):
    founding, meeting = club_founded(on="2026-01-15"), meeting_held(on="2026-02-01")
    station.post([founding, meeting, meeting_held(on="2026-03-01")])

    answer = station.post(corrected(founding, occurred_on="2026-02-15"), query="?dry_run=true").json()

    assert answer["dry_run"] is True
    assert answer["dependents"] == [
        {"position": 1, "id": founding["id"], "type": "club.founded", "from": "counts", "to": "replaced"},
        {"position": 2, "id": meeting["id"], "type": "meeting.held", "from": "counts", "to": "suspended"},
    ]


# --- quarantine ------------------------------------------------------------------------------------------------


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
    assert station.get("registry/v1/events/2")["receivedtime"] == "2026-06-30T03:00:00.000000Z"
    assert station.get("registry/v1/quarantine")["items"] == []
    assert tally(station) == {"received": 2, "accepted": 2, "duplicate": 0, "held": 0, "quarantined": 0}


def test_only_an_operator_readmits(station: Station):
    phone = station.token(provinces=("08",))
    with station.client(station.registry, phone) as client:
        assert problem(client.post("/v1/quarantine/1/readmit"))[:2] == (403, "role-not-enough")


# --- the feed --------------------------------------------------------------------------------------------------


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
    station.post(club_founded())
    with station.client(station.registry, token="") as client:
        ready = client.get("/health/ready")
        metrics = client.get("/metrics").text
        api = client.get("/openapi.json").json()

    assert (ready.status_code, ready.json()["checks"]) == (200, {"log": "ok", "database": "ok"})
    assert "ishc_reports_total" in metrics
    assert "application/x-ndjson" in api["paths"]["/v1/events"]["post"]["requestBody"]["content"]
