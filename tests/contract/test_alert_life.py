"""The life of an alert: told, told again, acknowledged, silenced, over, and who hears of which."""

from datetime import timedelta
from functools import partial

import httpx2
import pytest

from shared.access import Role
from shared.clock import as_utc_text
from tests import letters
from tests.boards import NOT_BY_THE_WAY
from tests.builders import club_founded, dissolved, meeting_held, withdrawn
from tests.station import Mailbox, Station, problem

SILENCE = "CLB Cổ Điển: chưa có báo cáo sinh hoạt kể từ 28/06/2026"


put_office = partial(letters.put_office, urgency=NOT_BY_THE_WAY)


@pytest.fixture(autouse=True)
def offices(station: Station) -> None:
    """A provincial association that hears of silences only, and the national office."""
    station.get("registry/v1/tally")
    put_office(station, "tuyen-quang", ["08"], urgency={"club_founded": "never"} | NOT_BY_THE_WAY)
    put_office(station, "trung-uong", [], kind="national_office")


def days_pass(station: Station, days: int, at_once: bool = False) -> None:
    """Let days pass, one by one as they do."""
    station.wake()
    for step in [days] if at_once else [1] * days:
        station.days_later(step)
        station.wake()


def a_club_falls_silent(station: Station, club: str = "co-dien", **more) -> None:
    station.post([club_founded(club, on="2026-01-15", **more), meeting_held(club, on="2026-06-28")])
    days_pass(station, 73, at_once=True)


def told(mailbox: Mailbox, office: str = "tuyen-quang") -> list[str]:
    return [letter["subject"] for letter in mailbox.taken if letter["to"] == f"{office}@ishc.test"]


def the_alert(station: Station, rule: str = "no_meeting") -> dict:
    [found] = station.get(f"notifier/v1/alerts?rule={rule}")["items"]
    return station.get(f"notifier/v1/alerts/{found['id']}")


def acknowledge(station: Station, token: str | None = None, **said) -> httpx2.Response:
    id = the_alert(station)["id"]
    with station.client(station.notifier, token) as client:
        return client.post(f"/v1/alerts/{id}/acknowledge", json=said)


def silence(station: Station, token: str | None = None, days: int = 10, **what) -> httpx2.Response:
    ends_at = as_utc_text(station.now + timedelta(days=days))
    with station.client(station.notifier, token) as client:
        return client.post("/v1/silences", json={"reason": "mưa lũ", "ends_at": ends_at} | what)


def held(station: Station) -> list[tuple[str, str, str | None]]:
    entries = station.get("notifier/v1/letters?held=true")["items"]
    return [
        (one["rule"], one["occasion"], one["held"])
        for one in reversed(entries)
        if one["rule"] not in NOT_BY_THE_WAY
    ]


# --- told, told again, over --------------------------------------------------------------------------------------


def test_an_alert_tells_what_happened_to_it(station: Station):
    a_club_falls_silent(station)
    station.post(meeting_held(on="2026-08-28"))
    station.wake()

    alert = the_alert(station)

    assert [(one["what"], one["position"]) for one in alert["history"]] == [("fired", None), ("resolved", 3)]
    assert alert["links"] == ["/v1/events/2"]
    assert [(one["office"], one["occasion"], one["urgency"]) for one in alert["entries"]] == [
        ("tuyen-quang", "fired", "daily"),
        ("tuyen-quang", "resolved", "daily"),
    ]


def test_who_was_told_of_an_alert_hears_of_its_end_the_next_morning(station: Station, mailbox: Mailbox):
    a_club_falls_silent(station)
    station.post(meeting_held(on="2026-08-28"))
    station.wake()
    assert told(mailbox) == [SILENCE]

    days_pass(station, 1)

    assert told(mailbox) == [SILENCE, f"Đã kết thúc: {SILENCE}"]


def test_the_end_answers_the_letter_that_told_of_the_beginning(station: Station, mailbox: Mailbox):
    a_club_falls_silent(station)
    station.post(meeting_held(on="2026-08-28"))
    days_pass(station, 1)

    end, beginning = station.get("notifier/v1/letters")["items"]

    assert (beginning["thread"], end["thread"]) == ([], [beginning["message_id"]])


def test_what_is_over_before_it_was_told_is_not_told(station: Station, mailbox: Mailbox):
    put_office(
        station, "tuyen-quang", ["08"], digest="weekly", urgency={"club_founded": "never"} | NOT_BY_THE_WAY
    )
    a_club_falls_silent(station)
    station.post(meeting_held(on="2026-08-28"))
    days_pass(station, 10)

    assert told(mailbox) == []
    assert held(station)[1:] == [("no_meeting", "fired", "resolved")]


def test_what_seemed_over_and_goes_on_is_told_again(station: Station, mailbox: Mailbox):
    meeting = meeting_held(on="2026-08-28")
    a_club_falls_silent(station)
    station.post(meeting)
    days_pass(station, 1)
    station.post(withdrawn(meeting))
    days_pass(station, 2)

    assert told(mailbox) == [SILENCE, f"Đã kết thúc: {SILENCE}", SILENCE]


def test_a_board_is_reminded_of_what_nobody_looks_after(station: Station, mailbox: Mailbox):
    a_club_falls_silent(station)

    days_pass(station, 61)

    assert told(mailbox) == [SILENCE, f"Nhắc lại: {SILENCE}"]


def test_the_nation_hears_of_what_nobody_looks_after_for_long(station: Station, mailbox: Mailbox):
    a_club_falls_silent(station)

    days_pass(station, 91)

    assert told(mailbox, "trung-uong") == [f"Chưa ai nhận xử lý: {SILENCE}"]
    assert [one["what"] for one in the_alert(station)["history"]] == ["fired", "reminded", "escalated"]


# --- acknowledged ------------------------------------------------------------------------------------------------


def test_whoever_acknowledges_an_alert_is_neither_reminded_nor_escalated(station: Station, mailbox: Mailbox):
    a_club_falls_silent(station)
    board = station.token(Role.PROVINCE, name="board", provinces=("08",))

    answer = acknowledge(station, board, note="Đã gọi cho chủ nhiệm.")
    days_pass(station, 100)

    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["acknowledged_by"]) == ("acknowledged", "board")
    assert answer.json()["history"][-1]["note"] == "Đã gọi cho chủ nhiệm."
    assert told(mailbox) + told(mailbox, "trung-uong") == [SILENCE]


def test_an_acknowledged_alert_is_resolved_like_any_other(station: Station, mailbox: Mailbox):
    a_club_falls_silent(station)
    acknowledge(station)
    station.post(meeting_held(on="2026-08-28"))
    days_pass(station, 1)

    assert the_alert(station)["state"] == "resolved"
    assert told(mailbox)[1:] == [f"Đã kết thúc: {SILENCE}"]


def test_to_acknowledge_twice_is_no_error_and_what_is_over_cannot_be(station: Station):
    a_club_falls_silent(station)
    first = acknowledge(station)
    again = acknowledge(station)
    station.post(dissolved(on="2026-08-01"))
    station.wake()

    assert [first.status_code, again.status_code] == [200, 200]
    assert [one["what"] for one in again.json()["history"]] == ["fired", "acknowledged"]
    assert problem(acknowledge(station))[:2] == (409, "cannot-do")


def test_a_board_acknowledges_the_alerts_of_its_province_only(station: Station):
    a_club_falls_silent(station)
    other = station.token(Role.PROVINCE, name="other", provinces=("12",))
    phone = station.token(Role.DEVICE, name="phone", provinces=("08",))

    assert problem(acknowledge(station, other))[:2] == (403, "outside-your-scope")
    assert problem(acknowledge(station, phone))[:2] == (403, "role-not-enough")


def test_what_was_acknowledged_before_the_digest_needs_no_letter(station: Station, mailbox: Mailbox):
    put_office(
        station, "tuyen-quang", ["08"], digest="weekly", urgency={"club_founded": "never"} | NOT_BY_THE_WAY
    )
    a_club_falls_silent(station)
    acknowledge(station)
    days_pass(station, 10)

    assert told(mailbox) == []
    assert held(station)[1:] == [("no_meeting", "fired", "acknowledged")]


# --- silenced ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", [{"rule": "no_meeting"}, {"province": "08"}, {"club": "co-dien"}])
def test_what_is_silenced_is_not_told_while_the_silence_lasts(station: Station, mailbox: Mailbox, what: dict):
    assert silence(station, days=80, **what).status_code == 201

    a_club_falls_silent(station)
    assert told(mailbox) == []
    assert held(station)[-1] == ("no_meeting", "fired", "silenced")

    days_pass(station, 12)
    assert told(mailbox) == [SILENCE]  # The silence is over, the club's is not.


def test_a_lifted_silence_stays_on_record(station: Station, mailbox: Mailbox):
    begun = silence(station, days=100, club="co-dien").json()
    a_club_falls_silent(station)
    with station.client(station.notifier) as client:
        client.delete(f"/v1/silences/{begun['id']}").raise_for_status()
        again = client.delete(f"/v1/silences/{begun['id']}")
    days_pass(station, 1)

    [record] = station.get("notifier/v1/silences?over=true")["items"]
    assert (record["author"], record["reason"], record["lifted_by"]) == ("operator", "mưa lũ", "operator")
    assert station.get("notifier/v1/silences")["items"] == []
    assert problem(again)[:2] == (409, "cannot-do")
    assert told(mailbox) == [SILENCE]


def test_a_silence_of_another_rule_province_or_club_holds_nothing_back(station: Station, mailbox: Mailbox):
    silence(station, days=100, rule="no_meeting", province="12")
    silence(station, days=100, club="dan-chu")
    a_club_falls_silent(station)

    assert told(mailbox) == [SILENCE]


def test_a_board_silences_what_is_its_own(station: Station):
    station.post(club_founded())
    station.wake()
    board = station.token(Role.PROVINCE, name="board", provinces=("08",))
    other = station.token(Role.PROVINCE, name="other", provinces=("12",))

    assert silence(station, board, club="co-dien").status_code == 201
    assert silence(station, board, rule="no_meeting", province="08").status_code == 201
    assert problem(silence(station, board, rule="no_meeting"))[:2] == (403, "outside-your-scope")
    assert problem(silence(station, other, club="co-dien"))[:2] == (403, "outside-your-scope")


@pytest.mark.parametrize(
    ("what", "pointer"),
    [
        ({}, "/body"),
        ({"club": "co-dien", "days": -1}, "/body/ends_at"),
        ({"club": "co-dien", "days": 400}, "/body/ends_at"),
        ({"club": "co-dien", "reason": " "}, "/body/reason"),
    ],
)
def test_a_silence_must_make_sense(station: Station, what: dict, pointer: str):
    assert problem(silence(station, **what)) == (400, "bad-question", pointer)


# --- a silent province -------------------------------------------------------------------------------------------


def test_one_letter_about_a_silent_province_stands_for_those_about_its_clubs(
    station: Station, mailbox: Mailbox
):
    for club in ("club-a", "club-b", "club-c"):
        station.post([club_founded(club, on="2026-01-15"), meeting_held(club, on="2026-06-28")])
    days_pass(station, 73, at_once=True)

    assert told(mailbox) == ["Tuyên Quang: cả 3 câu lạc bộ chưa báo cáo sinh hoạt"]
    assert held(station)[-3:] == [("no_meeting", "fired", "inhibited")] * 3


def test_when_the_province_speaks_again_the_clubs_that_stay_silent_are_told(
    station: Station, mailbox: Mailbox
):
    for club in ("club-a", "club-b", "club-c"):
        station.post([club_founded(club, on="2026-01-15"), meeting_held(club, on="2026-06-28")])
    days_pass(station, 73, at_once=True)
    station.post(meeting_held("club-a", on="2026-08-28"))
    days_pass(station, 1)

    assert told(mailbox)[1:] == [
        "Tuyên Quang: Câu lạc bộ chưa báo cáo sinh hoạt (2); Đã kết thúc, không cần làm gì thêm (1)"
    ]


def test_a_few_silent_clubs_are_no_silent_province(station: Station, mailbox: Mailbox):
    station.post(club_founded("club-d", on="2026-01-15"))
    station.post(meeting_held("club-d", on="2026-07-01"))
    for club in ("club-a", "club-b"):
        station.post([club_founded(club, on="2026-01-15"), meeting_held(club, on="2026-06-28")])
    days_pass(station, 73, at_once=True)

    assert told(mailbox) == ["Tuyên Quang: Câu lạc bộ chưa báo cáo sinh hoạt (2)"]


def test_the_nation_hears_of_an_office_no_letter_reaches_until_it_has_an_address(
    station: Station, mailbox: Mailbox
):
    put_office(station, "lai-chau", ["12"], addresses=[])
    station.post(club_founded(historical=True))
    days_pass(station, 2)
    assert told(mailbox, "trung-uong") == ["Hội NCT lai-chau: không còn địa chỉ nhận thư"]

    put_office(station, "lai-chau", ["12"])
    days_pass(station, 1)

    assert the_alert(station, "office_unreachable")["state"] == "resolved"
