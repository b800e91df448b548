"""Who was heard from: `GET /v1/intake` tells a silent device from one that reported other things."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from services.registry.devices import IntakeAsked, listed, seen_by
from services.registry.hearing import Hearing
from services.registry.verdicts import Pending, Sent, Verdict
from shared.access import Role
from shared.database import migrate, registry_metadata
from tests.builders import LAI_CHAU, NOW, club_founded, corrected, meeting_held, report
from tests.given import OPERATOR
from tests.servers import Valkey
from tests.station import Station, problem, tally

NONE = {"accepted": 0, "duplicate": 0, "held": 0, "conflict": 0, "rejected": 0, "unreadable": 0}
MORNING = "2026-06-30T03:00:00.654321Z"
UNTRUE = {"on": "2099-01-01"}
PHONE = "/devices/phone"


@pytest.fixture
def station(tmp_path: Path, valkey: Valkey, programme: str, database_url: str) -> Iterator[Station]:
    """The system, its registry on each database we support."""
    migrate(database_url, "registry")
    made = Station(tmp_path, valkey.url, programme, registry_database_url=database_url)
    yield made
    made.stop()


def intake(station: Station, query: str = "", token: str | None = None) -> dict[str, Any]:
    return ask(station, query, token).raise_for_status().json()


def ask(station: Station, query: str = "", token: str | None = None) -> httpx2.Response:
    with station.client(station.registry, token) as client:
        return client.get(f"/v1/intake{query}")


def numbered(number: int, sent: dict[str, Any]) -> dict[str, Any]:
    return sent | {"deviceseq": number}


def test_every_verdict_counts_under_its_device_day_and_province(station: Station):
    founding = club_founded(id="f", place=LAI_CHAU)
    for sent in (
        founding,
        founding,
        meeting_held("unknown", on="2026-03-21"),
        club_founded(id="f", name="CLB khác"),
        meeting_held(**UNTRUE),
        meeting_held(colour="red"),
    ):
        station.post(sent, token=station.operator)

    found = intake(station)

    about = {"source": PHONE, "day": "2026-06-30", "last_heard": MORNING}
    known = NONE | {"accepted": 1, "duplicate": 1, "rejected": 1}
    unknown = NONE | {"held": 1, "unreadable": 1}
    assert found["items"] == [
        about | {"province": None, "verdicts": unknown},
        about | {"province": "08", "verdicts": NONE | {"conflict": 1}},
        about | {"province": "12", "verdicts": known},
    ]
    assert found["devices"] == [
        {"source": PHONE, "provinces": ["08", "12"], "last_heard": MORNING, "last_seq": None, "gaps": []}
    ]
    assert (found["since"], found["as_of"], found["next"]) == ("2026-05-30", MORNING, None)
    assert sum(sum(item["verdicts"].values()) for item in found["items"]) == tally(station)["received"]
    assert found["waiting"] == {"held": 1, "quarantined": 3}
    assert intake(station, "?province=01")["waiting"] == {"held": 0, "quarantined": 0}


def test_the_province_is_where_the_subject_lies_on_todays_map(station: Station):
    founding = club_founded(place={"list": "pre-2025", "province": "02"})
    station.post([founding, meeting_held(), corrected(founding, name="CLB khác")])

    [item] = intake(station)["items"]

    assert (item["province"], item["verdicts"]) == ("08", NONE | {"accepted": 3})


def test_a_token_for_one_province_tells_the_province_of_what_cannot_be_read(station: Station):
    phone = station.token(provinces=("08",))
    station.post(meeting_held(colour="red"), token=phone)
    station.post(meeting_held("unknown"), token=phone)

    [item] = intake(station)["items"]

    assert (item["province"], item["verdicts"]) == ("08", NONE | {"held": 1, "unreadable": 1})


def test_a_day_ends_at_midnight_in_viet_nam(station: Station):
    station.now = NOW.replace(hour=16, minute=59)
    station.post(club_founded("club-a"))
    station.now = NOW.replace(hour=17)
    station.post(club_founded("club-b"))

    assert [item["day"] for item in intake(station)["items"]] == ["2026-06-30", "2026-07-01"]


def test_what_waited_or_was_refused_is_not_heard_again_when_it_enters(station: Station):
    station.post(meeting_held())
    station.post(meeting_held("club-b"))
    station.post([club_founded(), club_founded("club-b", on="2026-05-01")])
    [refused] = station.get("registry/v1/quarantine")["items"]
    with station.client(station.registry) as client:
        client.post(f"/v1/quarantine/{refused['id']}/readmit")

    verdicts = [item["verdicts"] for item in intake(station)["items"]]

    assert verdicts == [NONE | {"held": 2}, NONE | {"accepted": 2}]


def test_what_is_turned_away_was_not_heard(station: Station):
    phone = station.token(provinces=("08",))
    station.post(club_founded(source="/devices/other"), token=phone)
    station.post(club_founded(place=LAI_CHAU), token=phone)
    station.post(club_founded(), query="?dry_run=true")
    station.post([club_founded(), meeting_held(**UNTRUE)], query="?atomic=true")

    [item] = intake(station)["items"]

    assert item["verdicts"] == NONE | {"rejected": 1}


def test_nobody_makes_another_device_look_alive(station: Station):
    phone = station.token(provinces=("08",))
    station.post(numbered(9, club_founded(source="/devices/other", colour="red")), token=phone)
    station.post({"source": 7}, token=phone)

    found = intake(station)

    assert [(device["source"], device["last_seq"]) for device in found["devices"]] == [(PHONE, None)]


def test_a_gap_shows_and_closes_when_the_late_reports_arrive_refused_ones_too(station: Station):
    def gaps() -> tuple[int, list[list[int]]]:
        [device] = intake(station)["devices"]
        return device["last_seq"], device["gaps"]

    station.post([numbered(1, club_founded()), numbered(6, meeting_held())])
    assert gaps() == (6, [[2, 5]])
    station.post(numbered(3, meeting_held(on="2026-04-21")))
    assert gaps() == (6, [[2, 2], [4, 5]])
    station.post([numbered(2, meeting_held(**UNTRUE)), numbered(4, meeting_held("unknown"))])
    assert gaps() == (6, [[5, 5]])
    station.post(numbered(5, meeting_held(colour="red")))
    assert gaps() == (6, [])


def test_a_silent_device_is_listed_without_items(station: Station):
    station.post(club_founded())
    station.days_later(40)

    found = intake(station)

    assert found["items"] == []
    assert [(device["source"], device["last_heard"]) for device in found["devices"]] == [(PHONE, MORNING)]


@pytest.mark.parametrize(
    ("since", "said", "heard"),
    [
        ("2026-06-30", "2026-06-30", True),
        ("2026-07-01", "2026-07-01", False),
        ("2026-06-30T10:00:00%2B07:00", "2026-06-30T03:00:00.000000Z", True),
        ("2026-06-30T10:00:00+07:00", "2026-06-30T03:00:00.000000Z", True),
        ("2026-06-30T03:00:01Z", "2026-06-30T03:00:01.000000Z", False),
    ],
)
def test_since_is_a_day_in_viet_nam_or_a_moment(station: Station, since: str, said: str, heard: bool):
    station.post(club_founded())

    found = intake(station, f"?since={since}")

    assert (found["since"], bool(found["items"])) == (said, heard)


def test_one_province_and_one_device_can_be_asked_for(station: Station):
    station.post([club_founded("club-a", source="/a"), club_founded("club-b", source="/b", place=LAI_CHAU)])
    station.post(club_founded("club-c", source="/b"))

    def told(query: str) -> list[tuple[str, str]]:
        return [(item["source"], item["province"]) for item in intake(station, query)["items"]]

    assert told("?province=08") == [("/a", "08"), ("/b", "08")]
    assert told("?source=/b") == [("/b", "08"), ("/b", "12")]
    assert told("?source=/b&province=12") == [("/b", "12")]
    assert intake(station, "?province=12")["devices"][0]["provinces"] == ["08", "12"]


def test_devices_come_page_by_page_each_with_all_its_items(station: Station):
    station.post([club_founded(f"club-{name}", source=f"/{name}") for name in "abc"])

    first = intake(station, "?limit=2")
    second = intake(station, f"?limit=2&after={first['next']}")

    for page, sources in ((first, ["/a", "/b"]), (second, ["/c"])):
        assert [item["source"] for item in page["items"]] == sources
        assert [device["source"] for device in page["devices"]] == sources
    assert second["next"] is None


def test_each_sees_what_it_oversees_or_sent(station: Station):
    small = station.token(name="a", provinces=("08",))
    capital = station.token(name="A", provinces=("12",))
    station.post(club_founded("club-a", source="/devices/a"), token=small)
    station.post(club_founded("club-b", source="/devices/A", place=LAI_CHAU), token=capital)
    station.post(meeting_held("club-a", source="/devices/ab"))

    def seen(token: str) -> list[tuple[str, list[str]]]:
        return [(device["source"], device["provinces"]) for device in intake(station, token=token)["devices"]]

    everything = [("/devices/A", ["12"]), ("/devices/a", ["08"]), ("/devices/ab", ["08"])]
    assert sorted(seen(station.operator)) == everything
    assert sorted(seen(station.token(Role.NATION, "nation", source="/nation"))) == everything
    assert seen(station.token(Role.PROVINCE, "lai-chau", provinces=("12",))) == everything[:1]
    assert sorted(seen(station.token(Role.PROVINCE, "tuyen-quang", provinces=("08",)))) == everything[1:]
    assert seen(capital) == everything[:1]
    assert seen(small) == everything[1:2]
    assert problem(ask(station, token=""))[:2] == (401, "token-missing")


def test_a_province_does_not_hear_what_its_device_reports_elsewhere(station: Station):
    station.post([club_founded("club-a"), club_founded("club-b", place=LAI_CHAU)])
    tuyen_quang = station.token(Role.PROVINCE, "tuyen-quang", provinces=("08",))

    found = intake(station, token=tuyen_quang)

    assert [item["province"] for item in found["items"]] == ["08"]
    assert [device["provinces"] for device in found["devices"]] == [["08"]]
    assert intake(station, "?province=12", tuyen_quang)["devices"] == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("?colour=red", "/query/colour"),
        ("?since=yesterday", "/query/since"),
        ("?since=2026-02-30", "/query/since"),
        ("?since=2026-06-30T10:00:00", "/query/since"),
        ("?since=0001-01-01", "/query/since"),
        ("?since=9999-12-31T23:59:59-07:00", "/query/since"),
        ("?province=8", "/query/province"),
        ("?province=02", "/query/province"),
        ("?source=%00", "/query/source"),
        ("?after=%00", "/query/after"),
        ("?limit=0", "/query/limit"),
    ],
)
def test_what_cannot_be_understood_is_refused(station: Station, query: str, pointer: str):
    assert problem(ask(station, query))[::2] == (400, pointer)


def test_a_restart_keeps_what_was_heard(station: Station):
    station.post([numbered(1, club_founded()), numbered(3, meeting_held())])

    station.restart_registry()

    found = intake(station)
    assert [item["verdicts"] for item in found["items"]] == [NONE | {"accepted": 2}]
    assert [device["gaps"] for device in found["devices"]] == [[[2, 2]]]


def hearing(database: Engine, days: int = 400) -> Hearing:
    registry_metadata.create_all(database)
    return Hearing(database, lambda: NOW, days=days)


def hears(listener: Hearing, number: int, source: str = PHONE, days_ago: int = 0) -> None:
    sent = Sent(b"", report(numbered(number, meeting_held(source=source))))
    listener.hear(Pending(sent, OPERATOR, NOW - timedelta(days=days_ago)), Verdict.ACCEPTED, "08")


def told(database: Engine) -> list[tuple[str, int, list[tuple[int, int]]]]:
    """Each device with the number of its reports, and its gaps."""
    found = listed(database, IntakeAsked(), NOW - timedelta(days=1000), seen_by(OPERATOR))
    accepted = {
        device["source"]: sum(
            item["verdicts"]["accepted"] for item in found["items"] if item["source"] == device["source"]
        )
        for device in found["devices"]
    }
    return [(device["source"], accepted[device["source"]], device["gaps"]) for device in found["devices"]]


def test_registries_that_write_at_once_add_up(database: Engine):
    listeners = [hearing(database) for _ in range(3)]

    def listen(start: int) -> None:
        for number in range(start, 60, 3):
            for source in ("/b", "/a") if start else ("/a", "/b"):
                hears(listeners[start], number, source)
            listeners[start].write_down()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(listen, range(3)))

    assert told(database) == [("/a", 60, []), ("/b", 60, [])]


def test_what_could_not_be_written_down_is_written_later(database: Engine):
    listener = hearing(database)
    hears(listener, 1)
    registry_metadata.drop_all(database)
    with pytest.raises(DBAPIError):
        listener.write_down()
    hears(listener, 4)
    registry_metadata.create_all(database)

    listener.write_down()
    listener.write_down()

    assert told(database) == [(PHONE, 2, [(2, 3)])]


def test_what_was_heard_long_ago_is_forgotten(database: Engine):
    listener = hearing(database, days=30)
    hears(listener, 1, "/silent", days_ago=31)
    hears(listener, 1, days_ago=31)
    hears(listener, 3, days_ago=30)
    listener.write_down()

    listener.erase_old()

    assert told(database) == [(PHONE, 1, [(2, 2)])]
