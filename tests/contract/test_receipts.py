"""Receipts over HTTP: what was acknowledged can be asked for by a code that people can read out."""

from shared.access import Role
from tests.builders import club_founded, meeting_held
from tests.station import Station, problem


def asked(station: Station, *codes: str):
    """What a chair's phone is answered."""
    phone = station.token(Role.DEVICE, "chair", provinces=("08",))
    with station.client(station.registry, phone) as client:
        return [client.get(f"/v1/receipts/{code}") for code in codes]


def test_a_receipt_is_answered_once_and_again_and_leads_to_the_event(station: Station):
    founding = club_founded()
    first, again = station.post(founding).json(), station.post(founding).json()
    [second] = station.post([meeting_held(id="m1")]).json()["items"]

    [found] = asked(station, first["receipt"].lower())

    assert first["receipt"] == again["receipt"] != second["receipt"]
    assert found.json() == {
        "receipt": first["receipt"],
        "position": 1,
        "recordedtime": first["recordedtime"],
        "chainhash": station.get("registry/v1/events/1")["chainhash"],
    }


def test_what_waits_or_is_refused_has_no_receipt(station: Station):
    held = station.post(meeting_held("unknown")).json()
    refused = station.post(club_founded(on="2099-01-01")).json()

    assert "receipt" not in held
    assert "receipt" not in refused


def test_a_receipt_of_another_history_does_not_fit(station: Station):
    code = station.post(club_founded()).json()["receipt"]
    other = code[:-1] + ("0" if code[-1] != "0" else "1")

    answers = asked(station, other, code.replace("1-", "2-", 1), "1-what")

    assert [problem(answer) for answer in answers] == [
        *((404, "not-found", ""), (404, "not-found", "")),
        (400, "bad-question", "/path/code"),
    ]
