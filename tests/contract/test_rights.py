"""Who may write and read what."""

import pytest

from tests.builders import LAI_CHAU, club_founded
from tests.station import Station, problem, tally


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
