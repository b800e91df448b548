"""The pages of boards over HTTP: who may do what, forms that lose nothing, and forms of other sites."""

import re
from typing import Any

import pytest

from shared.access import Role
from tests.boards import (
    LAI_CHAU_BOARD,
    TUYEN_QUANG,
    alert_of,
    boards,
    browser,
    newest_letter,
    of_board,
    two_silent_clubs,
)
from tests.builders import training_held
from tests.station import Station

OFFICE = {
    "id": "hoi-nct-lang-son",
    "name": "Hội Người cao tuổi Lạng Sơn",
    "kind": "provincial_association",
    "provinces": ["20"],
    "addresses": "hoi@langson.test\r\nvan-phong@langson.test en",
    "language": "vi",
    "digest": "weekly",
    "digest_hour": "7",
    "digest_weekday": "5",
    "quiet_from": "18",
    "quiet_until": "7",
    "quiet_days": ["tet", "weekend"],
    "other_quiet_days": "10-01",
    "urgency.no_meeting": "daily",
}


@pytest.fixture(autouse=True)
def offices(station: Station) -> None:
    boards(station)


def kept(station: Station, id: str = "hoi-nct-lang-son") -> dict[str, Any]:
    return station.get(f"notifier/v1/offices/{id}")


def posted(
    station: Station, path: str, fields: dict[str, Any], token: str | None = None, **headers: str
) -> Any:
    with browser(station, token or station.operator, **headers) as client:
        return client.post(path, data=fields)


# --- offices --------------------------------------------------------------------------------------------------


def test_a_form_writes_down_an_office_with_all_its_hours(station: Station):
    page = posted(station, "/offices/new", OFFICE)

    assert page.status_code == 200 and page.url.path == "/offices/hoi-nct-lang-son"
    office = kept(station)
    assert office["addresses"] == ["hoi@langson.test", "van-phong@langson.test"]
    assert office["languages"] == {"van-phong@langson.test": "en"}
    assert (office["digest"], office["digest_hour"], office["digest_weekday"]) == ("weekly", 7, 5)
    assert (office["quiet_from"], office["quiet_until"]) == (18, 7)
    assert office["quiet_days"] == ["tet", "weekend", "10-01"]
    assert office["urgency"] == {"no_meeting": "daily"}


def test_a_form_sent_as_it_is_shown_changes_nothing(station: Station):
    posted(station, "/offices/new", OFFICE)
    before = kept(station)

    posted(station, "/offices/hoi-nct-lang-son", OFFICE)

    assert kept(station) == before


@pytest.mark.parametrize(
    ("wrong", "vi", "en"),
    [
        ({"name": ""}, "Không được để trống", "empty"),
        ({"addresses": "không phải địa chỉ"}, "Mỗi dòng là một địa chỉ", "Each line is one address"),
        ({"old_provinces": "pre-2025:03"}, "Không có tỉnh nào như vậy", "no such province"),
        ({"other_quiet_days": "Tết"}, "Viết ngày như", "Write days like"),
        ({"id": "Lạng Sơn"}, "Chỉ dùng chữ thường không dấu", "Use small letters"),
        ({"id": TUYEN_QUANG}, "Đã có nơi nhận", "An office has this id"),
        ({"quiet_until": ""}, "Giờ yên lặng cần", "Quiet hours need"),
        (
            {"valid_from": "2026-02-01", "valid_until": "2026-01-01"},
            "Ngày cuối phải sau",
            "The last day must",
        ),
    ],
)
def test_a_mistaken_form_says_what_is_wrong_and_keeps_what_was_typed(
    station: Station, wrong: dict[str, str], vi: str, en: str
):
    for lang, words in (("vi", vi), ("en", en)):
        page = posted(station, f"/offices/new?lang={lang}", OFFICE | wrong)

        assert page.status_code == 422
        assert words in page.text and 'class="fault"' in page.text
        for typed in ("van-phong@langson.test en", "10-01") if "addresses" not in wrong else ("không phải",):
            assert typed in page.text
    assert "hoi-nct-lang-son" not in str(station.get("notifier/v1/offices"))


def test_only_the_national_office_and_the_operator_change_offices(station: Station):
    nation = station.token(Role.NATION, "trung-uong")

    assert posted(station, f"/offices/{TUYEN_QUANG}", OFFICE, of_board(station)).status_code == 403
    assert posted(station, "/offices/new", OFFICE, nation).status_code == 200


def test_a_board_sees_the_offices_of_its_provinces_only(station: Station):
    with browser(station, of_board(station)) as client:
        assert "Tuyên Quang" in client.get("/offices").text
        assert "Lai Châu" not in client.get("/offices").text
        assert client.get(f"/offices/{LAI_CHAU_BOARD}").status_code == 403


# --- whose form it is -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "", "Origin": "https://elsewhere.example"},
        {"Sec-Fetch-Site": "", "Origin": "null"},
        {"Sec-Fetch-Site": "", "Origin": "http://["},
    ],
)
def test_a_form_of_another_site_does_nothing_though_the_browser_knows_the_password(
    station: Station, headers: dict[str, str]
):
    page = posted(station, "/offices/new", OFFICE, **headers)

    assert page.status_code == 403 and "gửi từ một trang khác" in page.text
    assert "hoi-nct-lang-son" not in str(station.get("notifier/v1/offices"))


def test_an_old_browser_says_by_origin_that_the_form_is_ours(station: Station):
    with browser(station, station.operator, Origin=station.notifier) as client:
        del client.headers["Sec-Fetch-Site"]
        assert client.post("/offices/new", data=OFFICE).status_code == 200


# --- alerts and silences ----------------------------------------------------------------------------------------


def test_a_board_acknowledges_its_own_alert_with_a_note(station: Station):
    two_silent_clubs(station)
    alert = alert_of(station, "no_meeting", "co-dien")

    page = posted(station, f"/alerts/{alert['id']}/acknowledge", {"note": "đã gọi điện"}, of_board(station))

    assert page.url.path == f"/alerts/{alert['id']}"
    assert "đã gọi điện" in page.text and "hoi-tq" in page.text
    assert alert_of(station, "no_meeting", "co-dien")["state"] == "acknowledged"


def test_a_list_keeps_its_filters_when_a_line_is_acknowledged(station: Station):
    two_silent_clubs(station)
    alert = alert_of(station, "no_meeting", "co-dien")
    with browser(station, of_board(station)) as board:
        page = board.get("/alerts?rule=no_meeting&state=firing&lang=en").text
        [form] = re.findall(rf"<form [^>]*/alerts/{alert['id']}/acknowledge.*?</form>", page)
        [action] = re.findall(r'action="([^"]*)"', form)
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
        after = board.post(action, data=fields)

    assert str(after.url).removeprefix(station.notifier) == "/alerts?state=firing&rule=no_meeting&lang=en"


def test_a_board_neither_sees_nor_acknowledges_another_provinces_alert(station: Station):
    two_silent_clubs(station)
    other, token = alert_of(station, "no_meeting", "muong-so"), of_board(station)

    assert posted(station, f"/alerts/{other['id']}/acknowledge", {}, token).status_code == 403
    with browser(station, token) as client:
        assert client.get(f"/alerts/{other['id']}").status_code == 403
        assert "Mường So" not in client.get("/alerts").text
    assert alert_of(station, "no_meeting", "muong-so")["state"] == "firing"


def test_a_board_silences_a_club_for_a_while_and_ends_it(station: Station):
    two_silent_clubs(station)
    token = of_board(station)
    asked = {
        "rule": "no_meeting",
        "club": "co-dien",
        "reason": "mùa lũ",
        "ends_on": f"{station.now:%Y-%m-%d}",
    }

    page = posted(station, "/silences", asked, token)

    assert page.status_code == 200 and "mùa lũ" in page.text
    [silence] = station.get("notifier/v1/silences")["items"]
    assert (silence["author"], silence["club"], silence["rule"]) == ("hoi-tq", "co-dien", "no_meeting")
    posted(station, f"/silences/{silence['id']}/lift", {}, token)
    assert station.get("notifier/v1/silences")["items"] == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"rule": "", "club": ""}, "Hãy chọn ít nhất một"),
        ({"ends_on": "2020-01-01"}, "Hãy chọn một ngày từ hôm nay"),
        ({"reason": " "}, "Thiếu"),
    ],
)
def test_a_silence_without_sense_is_not_begun(station: Station, wrong: dict[str, str], words: str):
    asked = {
        "rule": "no_meeting",
        "club": "co-dien",
        "reason": "mùa lũ",
        "ends_on": f"{station.now:%Y-%m-%d}",
    }

    page = posted(station, "/silences", asked | wrong)

    assert page.status_code == 422 and words in page.text
    assert station.get("notifier/v1/silences")["items"] == []


# --- letters ------------------------------------------------------------------------------------------------------


def test_a_letter_and_its_reason_are_shown_to_its_board_only(station: Station):
    two_silent_clubs(station)
    mine, other = newest_letter(station, TUYEN_QUANG), newest_letter(station, LAI_CHAU_BOARD)

    with browser(station, of_board(station)) as client:
        assert "CLB Cổ Điển" in client.get(f"/letters/{mine['id']}").text
        why = client.get(f"/letters/{mine['id']}/why").text
        assert "Quy tắc" in why and f"{TUYEN_QUANG}@ishc.test" in why
        assert client.get(f"/letters/{other['id']}").status_code == 403
        assert client.get(f"/letters/{other['id']}/why").status_code == 403


def test_why_there_is_no_letter_is_said_too(station: Station):
    asked = {"province": "08", "reason": "đang rà soát", "ends_on": "2026-12-31"}
    posted(station, "/silences", asked)
    two_silent_clubs(station)

    with browser(station, of_board(station)) as client:
        page = client.get("/letters?held=true").text

    assert "tạm ngừng báo" in page and "CLB Cổ Điển" in page


def test_a_page_says_until_when_the_digest_is_waited_for(station: Station):
    station.post(training_held())
    station.wake()

    with browser(station, of_board(station)) as client:
        page = client.get("/letters?held=true").text

    assert "08:00 ngày 01/07/2026" in page


# --- signing in -----------------------------------------------------------------------------------------------------


def test_a_browser_without_a_token_is_asked_for_one(station: Station):
    with browser(station, "wrong") as client:
        del client.headers["Authorization"]
        answer = client.get("/alerts")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert "mật khẩu là mã truy cập" in answer.text


@pytest.mark.parametrize("next", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example"])
def test_signing_in_leads_to_no_other_site(station: Station, next: str):
    with browser(station, station.operator) as client:
        client.follow_redirects = False
        assert client.get("/sign-in/token", params={"next": next}).headers["location"] == "/"
