"""Letters: why one was sent, or not, and what it tells nobody."""

import json

import pytest

from shared.access import Role
from tests.builders import (
    LAI_CHAU,
    club_founded,
    training_cancelled,
    training_held,
    training_planned,
)
from tests.letters import put_office, text
from tests.station import Mailbox, Station


@pytest.fixture(autouse=True)
def started(station: Station) -> None:
    station.get("registry/v1/tally")


def test_a_letter_says_why_it_was_sent(station: Station):
    put_office(station, "tuyen-quang", ["08"], digest_hour=9)
    station.post(club_founded())
    station.wake()
    put_office(station, "tuyen-quang", ["08"], digest_hour=20)
    [letter] = station.get("notifier/v1/letters")["items"]

    why = station.get(f"notifier/v1/letters/{letter['id']}/why")

    [item] = why["items"]
    assert (item["rule"], item["causes"], item["facts"]["name"]) == ("club_founded", [1], "CLB Cổ Điển")
    assert (item["route"]["urgency"], item["route"]["audience"]) == ("urgent", "board")
    assert why["office"]["hours"]["digest_hour"] == 9  # As it was that day.
    assert f"/letters/{letter['id']}/why?lang=vi" in letter["text"]


def test_what_became_no_letter_says_why_not(station: Station, mailbox: Mailbox):
    put_office(station, "tuyen-quang", ["08"], urgency={"training_planned": "never"})
    put_office(station, "lai-chau", ["12"], addresses=[])
    station.post([training_planned("lop-1"), training_held("lop-2"), club_founded(place=LAI_CHAU)])
    station.wake()

    held = station.get("notifier/v1/letters?held=true")["items"]

    assert {(one["office"], one["rule"], one["held"]) for one in held} == {
        ("tuyen-quang", "training_planned", "switched_off"),
        ("tuyen-quang", "training_held", None),
        ("lai-chau", "club_founded", "no_address"),
    }
    [waiting] = [one for one in held if one["held"] is None]
    assert waiting["due_at"] == "2026-07-01T01:00:00.000000Z"
    assert "08:00 ngày 01/07/2026" in waiting["reason"]
    assert mailbox.taken == []


def test_a_board_reads_why_of_its_own_letters_only(station: Station):
    put_office(station, "tuyen-quang", ["08"])
    station.post([club_founded(), training_held()])
    station.wake()
    [letter] = station.get("notifier/v1/letters")["items"]

    def asks(province: str) -> tuple[int, int]:
        board = station.token(Role.PROVINCE, name=f"board-{province}", provinces=(province,))
        with station.client(station.notifier, board) as client:
            why = client.get(f"/v1/letters/{letter['id']}/why")
            held = client.get("/v1/letters?held=true").json()["items"]
            return why.status_code, len(held)

    assert (asks("08"), asks("12")) == ((200, 1), (404, 0))


def test_a_letter_names_no_person_and_no_address_of_others(station: Station, mailbox: Mailbox):
    put_office(station, "tuyen-quang", ["08"], language="en")
    station.post([club_founded(), training_cancelled()])
    station.wake()

    html = mailbox.taken[0].get_body(("html",)).get_content()
    assert 'lang="en"' in html and "prefers-color-scheme: dark" in html
    assert "@ishc.test" not in html + text(mailbox.taken[0])


def test_the_facts_of_a_letter_are_plain_json(station: Station):
    put_office(station, "tuyen-quang", ["08"])
    station.post(club_founded())
    station.wake()

    [letter] = station.get("notifier/v1/letters")["items"]

    [item] = letter["items"]
    assert json.loads(json.dumps(item)) == item
    assert (item["occasion"], item["day"], item["province_now"]) == ("fired", "2026-06-30", "08")
