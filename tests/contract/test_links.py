"""Links in letters: one click without signing in, for one purpose, until one day, and only ours."""

import httpx2
import pytest

from services.notifier.links import LINK_DAYS, Links
from shared.problems import LinkExpired, LinkNotOurs
from tests.boards import NATION, TUYEN_QUANG, alert_of, boards, newest_letter, two_silent_clubs
from tests.station import Mailbox, Station

ADDRESS = f"{TUYEN_QUANG}@ishc.test"


@pytest.fixture(autouse=True)
def silence(station: Station) -> None:
    boards(station)
    two_silent_clubs(station)


def links(station: Station) -> Links:
    return station.notifier_parts.links


def at_the_station(station: Station, url: str) -> str:
    """The same link at the port the test serves on."""
    return url.replace(station.settings.pages, station.notifier)


def acknowledge_link(station: Station, alert_key: str | None = None) -> str:
    letter = newest_letter(station, TUYEN_QUANG)
    return at_the_station(station, links(station).acknowledge_url(letter, alert_key))


def unsubscribe_link(station: Station) -> str:
    letter = newest_letter(station, TUYEN_QUANG)
    return at_the_station(station, links(station).unsubscribe_url(letter, ADDRESS))


def state(station: Station, club: str = "co-dien") -> str:
    return alert_of(station, "no_meeting", club)["state"]


def addresses(station: Station) -> list[str]:
    return station.get(f"notifier/v1/offices/{TUYEN_QUANG}")["addresses"]


def test_opening_a_link_changes_nothing_as_scanners_of_mail_open_all(station: Station):
    for link in (acknowledge_link(station), unsubscribe_link(station)):
        page = httpx2.get(link)
        assert page.status_code == 200 and page.text.count("<button") == 1

    assert state(station) == "firing"
    assert addresses(station) == [ADDRESS]


def test_one_press_acknowledges_all_a_letter_tells_of_and_nothing_else(station: Station):
    done = httpx2.post(acknowledge_link(station), data={"note": "đã gọi điện"})

    assert "Đã ghi nhận, xin cảm ơn" in done.text
    seen = alert_of(station, "no_meeting", "co-dien")
    assert (seen["state"], seen["acknowledged_by"]) == ("acknowledged", f"office:{TUYEN_QUANG}")
    assert state(station, "muong-so") == "firing"


def test_one_alert_of_a_letter_can_be_acknowledged_alone(station: Station):
    key = alert_of(station, "no_meeting", "co-dien")["key"]

    httpx2.post(acknowledge_link(station, key))

    assert state(station) == "acknowledged"


def test_a_mail_program_unsubscribes_by_one_click_without_a_page(station: Station):
    answer = httpx2.post(unsubscribe_link(station), data={"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200 and "<html" not in answer.text
    assert addresses(station) == []


def test_the_national_office_hears_who_left_and_how_many_are_left(station: Station, mailbox: Mailbox):
    mailbox.taken.clear()

    httpx2.post(unsubscribe_link(station))
    httpx2.post(unsubscribe_link(station))  # Pressed twice, told once.
    station.wake()

    [letter] = mailbox.taken
    assert letter["to"] == f"{NATION}@ishc.test"
    assert letter["subject"] == "Hội Người cao tuổi Tuyên Quang: một địa chỉ ngừng nhận thư"
    assert ADDRESS not in letter.get_body(("plain",)).get_content()


def test_whoever_has_the_letter_may_ask_why(station: Station):
    letter = newest_letter(station, TUYEN_QUANG)

    page = httpx2.get(at_the_station(station, links(station).why_url(letter)))

    assert page.status_code == 200
    assert "Vì sao tôi nhận được thư này?" in page.text and "CLB Cổ Điển" in page.text
    assert ADDRESS not in page.text
    assert httpx2.get(f"{station.notifier}/letters/{letter['id']}/why").status_code == 401


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_link_that_was_changed_says_what_to_do(station: Station, lang: str):
    link = acknowledge_link(station).split("?")[0]

    page = httpx2.post(f"{link[:-2]}xx?lang={lang}")

    assert page.status_code == 403
    assert {"vi": "Hãy mở lại thư", "en": "Open the letter again"}[lang] in page.text
    assert state(station) == "firing"


def test_a_link_ends_after_its_last_day(station: Station):
    link = acknowledge_link(station)
    station.days_later(LINK_DAYS)
    assert httpx2.get(link).status_code == 200

    station.days_later(1)

    assert httpx2.post(link).status_code == 410
    assert state(station) == "firing"


def test_a_link_serves_no_other_purpose(station: Station):
    letter = newest_letter(station, TUYEN_QUANG)
    signed = links(station).acknowledge_url(letter).split("/")[-1].split("?")[0]

    with pytest.raises(LinkNotOurs):
        links(station).read("unsubscribe", signed)


def test_a_letter_tried_again_has_the_same_links(station: Station):
    letter = newest_letter(station, TUYEN_QUANG)
    before = links(station).unsubscribe_url(letter, ADDRESS)
    station.days_later(3)

    assert links(station).unsubscribe_url(letter, ADDRESS) == before


def test_the_key_is_made_once_and_another_installation_has_another(station: Station):
    letter = newest_letter(station, TUYEN_QUANG)
    parts = station.notifier_parts
    again = Links(parts.settings, parts.database, station.clock)
    other = Links(
        parts.settings.model_copy(update={"link_key": type(parts.settings.link_key)("khác")}),
        parts.database,
        station.clock,
    )
    signed = links(station).why_url(letter).split("link=")[1]

    assert again.read("why", signed) == [letter["key"]]
    with pytest.raises(LinkNotOurs):
        other.read("why", signed)


def test_an_ended_link_is_told_from_a_forged_one(station: Station):
    letter = newest_letter(station, TUYEN_QUANG)
    signed = links(station).why_url(letter).split("link=")[1]
    station.days_later(LINK_DAYS + 1)

    with pytest.raises(LinkExpired):
        links(station).read("why", signed)
