"""Boards sign in to their pages by a mailed link: once, for a while, with the rights of their office."""

import re
import string
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests.boards import LAI_CHAU_BOARD, NATION, TUYEN_QUANG, alert_of, boards, office, two_silent_clubs
from tests.station import Mailbox, Station

_BASE64 = string.ascii_letters + string.digits + "-_"


@pytest.fixture
def country(station: Station) -> Station:
    boards(station)
    two_silent_clubs(station)
    return station


def visitor(station: Station, **headers: str) -> httpx2.Client:
    """A browser without a token."""
    said = {"Sec-Fetch-Site": "same-origin"} | headers
    return httpx2.Client(
        base_url=station.notifier, headers=said, timeout=30, follow_redirects=True, verify=False
    )


def links_in(mailbox: Mailbox, address: str) -> list[str]:
    """The paths of links to sign in that reached an address: the first is on its way when a page is answered."""
    waited, until = threading.Event(), time.monotonic() + 10
    while True:
        letters = [one for one in mailbox.taken if one["To"] == address and not one.is_multipart()]
        found = [re.search(r"https?://[^/]+(/sign-in/\S+)", one.get_content()) for one in letters]
        if found or time.monotonic() > until:
            return [link[1] for link in found if link]
        waited.wait(0.01)


def asks(client: httpx2.Client, address: str) -> httpx2.Response:
    return client.post("/sign-in", data={"address": address})


@contextmanager
def signed_in(station: Station, mailbox: Mailbox, id: str) -> Iterator[httpx2.Client]:
    """The browser of somebody who pressed the button."""
    with visitor(station) as client:
        asks(client, f"{id}@ishc.test")
        client.post(links_in(mailbox, f"{id}@ishc.test")[-1])
        yield client


def test_a_board_signs_in_by_mail_and_acts_in_its_own_province(country: Station, mailbox: Mailbox):
    mine, theirs = alert_of(country, "no_meeting", "co-dien"), alert_of(country, "no_meeting", "muong-so")

    with signed_in(country, mailbox, TUYEN_QUANG) as client:
        assert "CLB Cổ Điển" in client.get("/alerts").text
        assert "CLB Mường So" not in client.get("/alerts").text
        assert client.post(f"/alerts/{mine['id']}/acknowledge", data={"note": ""}).status_code == 200
        assert client.post(f"/alerts/{theirs['id']}/acknowledge", data={"note": ""}).status_code == 403
        assert client.post("/offices/new", data={"id": "x-y-z"}).status_code == 403

    told = country.get(f"notifier/v1/alerts/{mine['id']}")
    assert (told["state"], told["acknowledged_by"]) == ("acknowledged", f"office:{TUYEN_QUANG}")


def test_the_national_office_sees_all_provinces(country: Station, mailbox: Mailbox):
    with signed_in(country, mailbox, NATION) as client:
        text = client.get("/alerts").text

    assert "CLB Cổ Điển" in text and "CLB Mường So" in text


def test_opening_a_link_uses_nothing_up_and_pressing_the_button_does(country: Station, mailbox: Mailbox):
    with visitor(country) as client:
        asks(client, f"{TUYEN_QUANG}@ishc.test")
    [link] = links_in(mailbox, f"{TUYEN_QUANG}@ishc.test")

    with visitor(country) as scanner:
        assert [scanner.get(link).status_code for _ in range(3)] == [200] * 3
        assert scanner.get("/alerts").status_code == 401
    with visitor(country) as first, visitor(country) as second:
        assert first.post(link).status_code == 200
        assert first.get("/alerts").status_code == 200
        assert second.post(link).status_code == 410
        assert second.get("/alerts").status_code == 401


def test_a_used_link_with_another_last_letter_is_used_too(country: Station, mailbox: Mailbox):
    """Base64 leaves bits of the last letter unread: four spellings of a signature are the same bytes."""
    with visitor(country) as client:
        asks(client, f"{TUYEN_QUANG}@ishc.test")
    [link] = links_in(mailbox, f"{TUYEN_QUANG}@ishc.test")
    path, query = link.split("?")

    with visitor(country) as first, visitor(country) as second:
        assert first.post(link).status_code == 200
        answers = {second.post(f"{path[:-1]}{letter}?{query}").status_code for letter in _BASE64}
    assert answers == {410, 403}


def test_a_session_that_was_signed_out_is_over_for_whoever_kept_it(country: Station, mailbox: Mailbox):
    with signed_in(country, mailbox, TUYEN_QUANG) as client:
        kept = client.cookies["ishc_session"]
        with visitor(country, Cookie=f"ishc_session={kept}") as other:
            assert other.get("/alerts").status_code == 200
            client.post("/sign-out")
            assert other.get("/alerts").status_code == 401
        for letter in _BASE64:
            with visitor(country, Cookie=f"ishc_session={kept[:-1]}{letter}") as other:
                assert other.get("/alerts").status_code == 401


def test_signing_out_ends_no_other_session(country: Station, mailbox: Mailbox):
    with signed_in(country, mailbox, TUYEN_QUANG) as mine, signed_in(country, mailbox, NATION) as other:
        assert mine.post("/sign-out").status_code == 200
        assert mine.get("/alerts").status_code == 401
        assert other.get("/alerts").status_code == 200


def test_a_link_holds_fifteen_minutes_and_a_session_twelve_hours(country: Station, mailbox: Mailbox):
    with visitor(country) as client:
        asks(client, f"{TUYEN_QUANG}@ishc.test")
        asks(client, f"{LAI_CHAU_BOARD}@ishc.test")
        [first], [second] = (links_in(mailbox, f"{id}@ishc.test") for id in (TUYEN_QUANG, LAI_CHAU_BOARD))
        country.now += timedelta(minutes=14)
        assert client.post(first).status_code == 200
        country.now += timedelta(minutes=1)
        assert client.post(second).status_code == 410

        country.now += timedelta(hours=11, minutes=58)
        assert client.get("/alerts").status_code == 200
        country.now += timedelta(minutes=1)
        assert client.get("/alerts").status_code == 401


@pytest.mark.parametrize("typed", [str.upper, lambda kept: kept.replace("k", "\u212a"), str.title])
def test_a_letter_goes_to_the_address_the_office_wrote_and_to_no_likeness(
    country: Station, mailbox: Mailbox, typed: Callable[[str], str]
):
    """`K`, the kelvin sign, is a `k` in small letters, and might be somebody else's mailbox."""
    kept = "kim-oanh@ishc.test"
    office(country, TUYEN_QUANG, provinces=["08"], addresses=[kept])
    with visitor(country) as client:
        asks(client, typed(kept))
    links_in(mailbox, kept)

    assert [one["To"] for one in mailbox.taken if not one.is_multipart()] == [kept]


def test_a_stranger_gets_the_same_answer_and_no_letter(country: Station, mailbox: Mailbox):
    before = len(mailbox.taken)
    with visitor(country) as client:
        unknown = asks(client, "stranger@elsewhere.test")
        known = asks(client, f"{TUYEN_QUANG}@ishc.test")
        links_in(mailbox, f"{TUYEN_QUANG}@ishc.test")
        again = asks(client, f"{TUYEN_QUANG}@ishc.test")
        asks(client, f"{LAI_CHAU_BOARD}@ishc.test")
        links_in(mailbox, f"{LAI_CHAU_BOARD}@ishc.test")

    assert known.status_code == unknown.status_code == again.status_code == 200
    assert known.text == unknown.text == again.text
    told = [one["To"] for one in mailbox.taken[before:]]
    assert told == [f"{TUYEN_QUANG}@ishc.test", f"{LAI_CHAU_BOARD}@ishc.test"]


def test_whoever_is_taken_off_an_office_is_out_at_once(country: Station, mailbox: Mailbox):
    with signed_in(country, mailbox, TUYEN_QUANG) as client:
        assert client.get("/alerts").status_code == 200
        office(country, TUYEN_QUANG, provinces=["08"], addresses=["new@ishc.test"])
        assert client.get("/alerts").status_code == 401


def test_the_cookie_is_kept_from_scripts_and_other_sites(country: Station, mailbox: Mailbox):
    with visitor(country) as client:
        client.follow_redirects = False
        asks(client, f"{TUYEN_QUANG}@ishc.test")
        said = client.post(links_in(mailbox, f"{TUYEN_QUANG}@ishc.test")[0]).headers["set-cookie"].lower()

    assert "httponly" in said and "samesite=lax" in said and "max-age=43200" in said and "secure" not in said


def test_a_form_of_another_site_does_nothing_with_a_session(country: Station, mailbox: Mailbox):
    mine = alert_of(country, "no_meeting", "co-dien")
    with signed_in(country, mailbox, TUYEN_QUANG) as client:
        for elsewhere in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
            answer = client.post(f"/alerts/{mine['id']}/acknowledge", data={"note": ""}, headers=elsewhere)
            assert answer.status_code == 403
        assert client.post("/sign-out").status_code == 200
        assert client.get("/alerts").status_code == 401


@pytest.mark.parametrize("forged", ["x", "", "eyJ4IjoxfQ.abc", "." * 500])
def test_a_forged_session_is_none(country: Station, forged: str):
    with visitor(country, Cookie=f"ishc_session={forged}") as client:
        assert client.get("/alerts").status_code == 401


def test_a_session_is_no_link_and_a_link_no_session(country: Station, mailbox: Mailbox):
    with visitor(country) as client:
        asks(client, f"{TUYEN_QUANG}@ishc.test")
    [link] = links_in(mailbox, f"{TUYEN_QUANG}@ishc.test")
    signed: Any = re.search(r"/sign-in/([^?]+)", link)

    with visitor(country, Cookie=f"ishc_session={signed[1]}") as client:
        assert client.get("/alerts").status_code == 401
