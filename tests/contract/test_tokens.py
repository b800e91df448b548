"""Secrets: rotated, revoked, ended; and what no phone may say, whatever its province."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from shared import access
from shared.access import FRESH_SECONDS, Role
from tests.builders import club_founded, corrected, envelope, meeting_held, withdrawn
from tests.station import Station, problem

OPEN_TO_A_PHONE = (
    ("registry", "/v1/held"),
    ("reporting", "/v1/indicators"),
    ("notifier", "/sign-in/token"),
)


def signature() -> dict[str, Any]:
    return envelope(
        "period.signed_off",
        "province:2025-07:08",
        {"period": "2026-Q1", "position": 1, "figures_sha256": "0" * 64, "office": "hoi-nct"},
    )


def statuses(station: Station, token: str) -> set[int]:
    """What the three services answer to one token."""
    found = set()
    for service, path in OPEN_TO_A_PHONE:
        with station.client(getattr(station, service), token) as client:
            found.add(client.get(path, follow_redirects=False).status_code)
    return found


def test_a_revoked_token_ends_in_all_services_within_a_second(
    station: Station, monkeypatch: pytest.MonkeyPatch
):
    phone = station.token(provinces=("08",))
    assert statuses(station, phone) == {200, 303}

    station.tokens.revoke("phone")
    began = access.monotonic()
    monkeypatch.setattr(access, "monotonic", lambda: began + 1.0)

    assert FRESH_SECONDS < 1
    assert statuses(station, phone) == {401}


def test_a_rotated_token_has_two_secrets_until_the_overlap_ends(
    station: Station, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(access, "FRESH_SECONDS", 0)
    first = station.token(provinces=("08",))
    second = station.tokens.rotate("phone", timedelta(hours=24))
    assert second
    assert station.post(club_founded("club-a"), token=first).status_code == 201
    assert station.post(club_founded("club-b"), token=second).status_code == 201

    station.now += timedelta(hours=24)

    assert problem(station.post(club_founded("club-c"), token=first))[:2] == (401, "token-unknown")
    assert station.post(club_founded("club-c"), token=second).status_code == 201


def test_a_secret_that_leaked_ends_with_its_rotation_and_both_with_the_token(
    station: Station, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(access, "FRESH_SECONDS", 0)
    leaked = station.token(provinces=("08",))
    second = station.tokens.rotate("phone", timedelta(0))
    third = station.tokens.rotate("phone", timedelta(hours=1))
    assert second and third
    assert statuses(station, leaked) == {401}
    assert statuses(station, second) == statuses(station, third) == {200, 303}

    station.tokens.revoke("phone")

    assert statuses(station, second) == statuses(station, third) == {401}
    assert station.tokens.rotate("phone", timedelta(hours=1)) is None


def test_no_secret_is_kept_anywhere(station: Station):
    phone = station.token(provinces=("08",))
    assert station.tokens.find(phone).name == "phone"

    kept = [*station.tokens._fresh, *station.settings.data_dir.glob("registry.sqlite*")]

    assert [
        one for one in kept if phone.encode() in (one.encode() if isinstance(one, str) else one.read_bytes())
    ] == []


def test_only_an_office_signs_a_period_off(station: Station):
    phone = station.token(provinces=("08",))
    club = station.token(Role.CLUB, "phone-2", clubs=("province:2025-07:08",), source="/devices/phone")
    office = station.token(Role.PROVINCE, "hoi-nct", provinces=("08",), source="/devices/phone")
    reopened = envelope("period.reopened", "province:2025-07:08", {"period": "2026-Q1", "reason": "muộn"})
    signed = signature()
    station.post(club_founded())

    for token in (phone, club):
        for report in (signed, reopened):
            assert problem(station.post(report, token=token)) == (403, "only-offices-sign", "/type")
    assert station.post(signed, token=office).json()["verdict"] == "accepted"

    taken_back = withdrawn(signed)
    for report in (corrected(signed, office="khac"), taken_back):
        assert problem(station.post(report, token=phone))[:2] == (403, "only-offices-sign")
    assert station.post(taken_back, token=office).json()["verdict"] == "accepted"
    assert problem(station.post(withdrawn(taken_back), token=phone))[:2] == (403, "only-offices-sign")


def test_a_phone_that_may_not_sign_still_reports(station: Station):
    phone = station.token(provinces=("08",))

    verdicts = station.post([club_founded(), signature(), meeting_held()], token=phone).json()["items"]

    assert [one["verdict"] for one in verdicts] == ["accepted", "turned_away", "accepted"]


def test_an_open_stream_of_events_ends_with_its_token(station: Station, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(access, "FRESH_SECONDS", 0)
    station.post(club_founded("club-a"))
    phone = station.token(provinces=("08",))
    stream = {"Accept": "text/event-stream"}
    with (
        station.client(station.registry, phone) as client,
        client.stream("GET", "/v1/events?province=08&after=0", headers=stream) as answer,
    ):
        told = answer.iter_lines()
        assert any(line.startswith("data: ") and "club-a" in line for line in told)
        station.tokens.revoke("phone")
        station.post(club_founded("club-b"))
        rest = list(told)  # Ends by itself.

    assert not any("club-b" in line for line in rest)


def test_a_long_body_ends_with_its_token(station: Station, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(access, "FRESH_SECONDS", 0)
    phone = station.token(provinces=("08",))

    def lines() -> Iterator[bytes]:
        for number in range(2000):
            if number == 1000:
                station.tokens.revoke("phone")
            yield json.dumps(club_founded(f"club-{number}")).encode() + b"\n"

    with station.client(station.registry, phone) as client:
        answer = client.post("/v1/events", content=lines(), headers={"Content-Type": "application/x-ndjson"})

    assert problem(answer)[:2] == (401, "token-unknown")
    assert station.get("registry/v1/tally")["accepted"] < 2000
