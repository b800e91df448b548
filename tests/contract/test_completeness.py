"""`GET /v1/completeness`: the expected meetings of a month over HTTP, beside what the registry knows of devices."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.reporting.rebuilding import rebuild
from shared.access import Role
from shared.database import migrate
from tests.builders import (
    LAI_CHAU,
    club_founded,
    corrected,
    meeting_held,
    members_counted,
    merged,
    of_club,
    withdrawn,
)
from tests.servers import Valkey
from tests.station import Station, problem


@pytest.fixture
def station(tmp_path: Path, valkey: Valkey, programme: str, database_url: str) -> Iterator[Station]:
    """The system, its read models on each database we support."""
    migrate(database_url, "reporting")
    made = Station(tmp_path, valkey.url, programme, reporting_database_url=database_url)
    yield made
    made.stop()


def by(phone: str, sent: dict[str, Any]) -> dict[str, Any]:
    return sent | {"source": f"/devices/{phone}"}


def ask(station: Station, query: str = "", token: str | None = None):
    month = "" if "month=" in query else "&month=2026-05"
    with station.client(station.reporting, token) as client:
        return client.get(f"/v1/completeness?province=08{month}{query}")


def completeness(station: Station, query: str = "", token: str | None = None) -> dict[str, Any]:
    station.wake()
    return ask(station, query, token).raise_for_status().json()


def states(found: dict[str, Any]) -> dict[str, list[str]]:
    return {item["club"]: [one["state"] for one in item["expected"]] for item in found["items"]}


def live(found: dict[str, Any]) -> dict[str, list[str]]:
    return {one["club"]: one["states"] for one in found["live"]["missing"]}


@pytest.fixture
def province(station: Station) -> Station:
    """Five clubs, each with its phone, three weeks ago; today is 30 June 2026."""
    station.days_later(-21)
    for club in ("held", "late", "off", "silent", "talking"):
        station.post(by(club, club_founded(club, name=f"CLB {club}")))
    station.post(by("held", meeting_held("held", on="2026-05-21", id="may")))
    station.post(by("off", of_club("meeting.cancelled", "off", planned_on="2026-05-30", reason="mưa lũ")))
    station.post(by("elsewhere", club_founded("elsewhere", place=LAI_CHAU)))
    station.days_later(21)
    station.post(by("late", meeting_held("late", on="2026-05-21")))
    station.post(by("talking", members_counted("talking", on="2026-06-29")))
    return station


def test_not_held_not_received_and_late_are_told_apart(province: Station):
    found = completeness(province)

    assert states(found) == {
        "held": ["held"],
        "late": ["late"],
        "off": ["cancelled"],
        "silent": ["not_received"],
        "talking": ["not_held"],
    }
    assert (found["expected"], found["received"], found["position"]) == (5, 3, 10)
    assert {state: n for state, n in found["totals"].items() if n} == {
        "held": 1,
        "late": 1,
        "cancelled": 1,
        "not_held": 1,
        "not_received": 1,
    }


def test_an_item_shows_its_meeting_its_newest_report_and_its_devices(province: Station):
    found = completeness(province, "&lang=en")

    assert found["province_name"] == "Tuyên Quang"
    assert found["items"][1] == {
        "club": "late",
        "name": "CLB late",
        "expected": [
            {
                "state": "late",
                "state_text": "held, reported late",
                "from": "2026-05-01",
                "to": "2026-05-31",
                "due_on": "2026-05-31",
                "report": {"position": 9, "first_day": "2026-05-21", "last_day": "2026-05-21"},
            }
        ],
        "newest": {"position": 9, "recorded_at": "2026-06-30T03:00:00.654321Z"},
        "devices": [{"source": "/devices/late", "last_heard": "2026-06-30T03:00:00.654321Z"}],
    }


def test_a_device_whose_reports_were_refused_is_not_silent(province: Station):
    before = completeness(province)
    province.post(by("silent", meeting_held("silent", on="2099-01-01")))
    after = completeness(province)

    assert live(before)["silent"] == ["not_received"]
    assert "/devices/silent" in [one["source"] for one in before["live"]["silent"]]
    assert live(after)["silent"] == ["not_held"]
    assert "/devices/silent" not in [one["source"] for one in after["live"]["silent"]]
    assert (before["live"]["quarantined"], after["live"]["quarantined"]) == (0, 1)
    assert after["live"]["held"] == 0
    assert states(after) == states(before)


def test_without_the_registry_what_only_it_could_tell_is_unknown(province: Station):
    completeness(province)
    province.restart_registry()

    found = completeness(province)

    assert live(found) == {"silent": ["unknown"], "talking": ["not_held"]}
    assert (found["live"]["answered"], found["live"]["silent"]) == (False, None)
    assert "Hãy hỏi lại sau" in found["live"]["note"]
    assert states(found)["silent"] == ["not_received"]


def test_the_same_question_at_the_same_position_has_the_same_answer(province: Station):
    before = completeness(province, "&known_at=10")
    province.post(by("silent", meeting_held("silent", on="2026-05-02")))
    province.days_later(3)
    with_news, again = completeness(province), completeness(province, "&known_at=10")
    rebuild(province.reporting_desk.log, province.reporting_desk.follower)
    rebuilt = completeness(province, "&known_at=10")

    assert states(with_news)["silent"] == ["late"]
    assert [one.pop("live") and one for one in (again, rebuilt)] == [
        one.pop("live") and one for one in [before]
    ] * 2


def test_what_was_known_then_can_be_asked_for(province: Station):
    found = completeness(province, "&known_at=8")

    assert found["valid_at"] == "2026-06-09"
    assert states(found) == {
        "held": ["held"],
        "late": ["due"],
        "off": ["cancelled"],
        "silent": ["due"],
        "talking": ["due"],
    }


def test_a_meeting_told_of_the_wrong_month_leaves_it_and_a_withdrawn_one_leaves_all(province: Station):
    told = by("held", meeting_held("held", on="2026-05-21", id="may"))
    province.post(by("held", corrected(told, occurred_on="2026-04-21")))
    april = completeness(province, "&month=2026-04")
    may = completeness(province)
    province.post(by("held", withdrawn(told)))

    assert (states(april)["held"], states(may)["held"]) == (["late"], ["not_held"])
    assert states(completeness(province, "&month=2026-04"))["held"] == ["not_held"]


def test_the_charter_says_when_and_how_often(province: Station):
    province.post(
        [
            by("silent", of_club("charter.adopted", "silent", occurred_on="2026-02-02", meeting_day=21)),
            by(
                "talking",
                of_club(
                    "charter.adopted", "talking", occurred_on="2026-02-02", meetings={"times": 2, "months": 3}
                ),
            ),
            by("silent", of_club("charter.adopted", "silent", occurred_on="2026-06-02", meeting_day=3)),
        ]
    )

    found = completeness(province)

    due = {item["club"]: [one["due_on"] for one in item["expected"]] for item in found["items"]}
    assert due["silent"] == ["2026-05-21"]
    assert due["talking"] == []  # Two from February to April, two from May to July.
    assert due["held"] == ["2026-05-31"]


def test_a_club_registered_twice_is_one_and_its_meeting_is_not_late(province: Station):
    province.post(merged("held", into="silent"))

    found = completeness(province)

    assert states(found)["silent"] == ["held"]
    assert "held" not in states(found)


def test_a_load_of_the_past_is_not_late_and_tells_of_no_device(station: Station):
    station.post([club_founded(historical=True), meeting_held(on="2026-05-21", historical=True)])
    found = completeness(station)
    assert states(found) == {"co-dien": ["held"]}
    assert found["items"][0]["devices"] == []

    station.post(club_founded("other", historical=True))
    assert states(completeness(station))["other"] == ["unknown"]


def test_an_office_that_is_heard_from_every_day_is_no_sign_of_a_clubs_phone(station: Station):
    station.days_later(-40)
    station.post([by("office", club_founded(club)) for club in ("silent", "papers")])
    station.post(by("phone", members_counted("silent", on="2026-05-01")))
    station.days_later(40)
    station.post(by("office", of_club("club.renamed", "silent", occurred_on="2026-06-28", name="CLB mới")))

    found = completeness(station)

    assert states(found) == {"papers": ["not_held"], "silent": ["not_received"]}


def test_a_province_sees_itself_and_phones_do_not_see_provinces(province: Station):
    board = province.token(Role.PROVINCE, "board", provinces=("08",))
    phone = province.token(Role.DEVICE, "phone", provinces=("08",))
    neighbour = province.token(Role.PROVINCE, "neighbour", provinces=("12",))

    own = completeness(province, token=board)

    assert states(own) == states(completeness(province))
    assert live(own) == {"silent": ["not_received"], "talking": ["not_held"]}
    assert problem(ask(province, token=neighbour)) == (403, "outside-your-scope", "/query/province")
    assert problem(ask(province, token=phone))[:2] == (403, "role-not-enough")
    assert problem(ask(province, token=""))[:2] == (401, "token-missing")


def test_a_question_nobody_can_answer_is_named(station: Station):
    with station.client(station.reporting) as client:
        answers = [
            problem(client.get(f"/v1/completeness?{query}"))
            for query in (
                "province=08",
                "month=2026-13&province=08",
                "month=2026-05",
                "month=2026-05&province=99",
            )
        ]

    assert [(status, pointer) for status, _, pointer in answers] == [
        *((400, "/query/month"), (400, "/query/month")),
        *((400, "/query/province"), (400, "/query/province")),
    ]


def test_the_page_of_a_club_shows_twelve_months_in_words(province: Station):
    province.wake()
    with province.client(province.reporting) as client:
        page = client.get("/clubs/late").text
        talking, off = (client.get(f"/clubs/{club}?lang=en").text for club in ("talking", "off"))

    assert page.count('<span class="when">tháng') == 12
    assert "called off: mưa lũ" in off
    assert "đã sinh hoạt, báo cáo muộn" in page and "chưa đến hạn báo cáo" in page
    assert talking.count("not held: the device sent other reports") == 4
    assert talking.count("no meeting due") == 7


def waits(station: Station, page: str, token: str | None = None) -> str:
    """What a page says of the registry now: the text of that section; "" if it has none."""
    station.wake()
    with station.client(station.reporting, token) as client:
        html = client.get(page).raise_for_status().text
    found = re.search(r'<section class="waits".*?</section>', html, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


def test_pages_show_offices_what_waits_and_who_is_silent(province: Station):
    province.post(by("silent", meeting_held("silent", on="2099-01-01")))
    province.post(by("talking", meeting_held("not-founded-yet", on="2026-06-20")))
    province.days_later(40)  # May is over since long, and June: only since 1 July is anybody missed.
    province.post(by("elsewhere", members_counted("elsewhere", on="2026-08-01")))
    board = province.token(Role.PROVINCE, "board", provinces=("08",))
    neighbour = province.token(Role.PROVINCE, "neighbour", provinces=("12",))

    own = waits(province, "/provinces/08/reports", board)
    whole = waits(province, "/completeness?lang=en")

    assert "đang chờ căn cứ: 1 " in own
    assert "bị từ chối, chờ xem lại: 1 " in own
    assert "từ ngày 01/07/2026: 5 " in own
    assert "Devices that sent nothing since 1 July 2026: 5 " in whole
    assert waits(province, "/provinces/08/reports", neighbour) == ""
    assert waits(province, "/completeness", board) == ""


def test_pages_about_the_past_and_pages_for_all_show_nothing_that_waits(
    tmp_path: Path, valkey: Valkey, programme: str
):
    station = Station(tmp_path, valkey.url, programme, public_read="aggregates")
    station.post(club_founded("somewhere"))

    assert waits(station, "/completeness") != ""
    assert waits(station, "/completeness?known_at=1") == ""
    assert waits(station, "/completeness", token="") == ""
    station.stop()


def test_a_page_says_when_the_registry_does_not_answer(station: Station):
    station.post(club_founded("somewhere"))
    assert "không trả lời" not in waits(station, "/provinces/08/reports")
    station.restart_registry()

    assert "không trả lời" in waits(station, "/provinces/08/reports")
