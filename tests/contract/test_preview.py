"""What a report would change: the figures it would move and the letters it would cause. Nothing is stored."""

import json
from typing import Any

import pytest

from tests.builders import club_founded, corrected, dissolved, meeting_held, merged, of_club, withdrawn
from tests.station import Mailbox, Station, problem


def preview(station: Station, service: str, sent: dict[str, Any], token: str | None = None):
    with station.client(getattr(station, service), token) as client:
        return client.post(
            "/v1/preview", content=json.dumps(sent), headers={"Content-Type": "application/json"}
        )


def moved(station: Station, sent: dict[str, Any]) -> dict[tuple[str, str | None], tuple[int, int]]:
    """(indicator, province) → the value before and after."""
    items = preview(station, "reporting", sent).raise_for_status().json()["items"]
    return {
        (row["indicator"], row["province"]): (row["before"]["value"], row["after"]["value"]) for row in items
    }


def test_a_correction_shows_the_figures_it_would_move_and_moves_none(station: Station):
    founding = club_founded(members={"total": 54})
    station.post(founding)
    station.wake()

    would = moved(station, corrected(founding, members={"total": 60}))

    assert would == {("members", None): (54, 60), ("members", "08"): (54, 60)}
    assert station.get("reporting/v1/figures?indicator=members")["total"]["value"] == 54


def test_a_withdrawn_founding_would_take_its_reports_along(station: Station):
    founding = club_founded(place={"list": "2025-07", "province": "08", "commune": "00913"})
    station.post([founding, meeting_held(on="2026-06-21")])
    station.wake()

    would = moved(station, withdrawn(founding))

    local = {code: change for (code, province), change in would.items() if province == "08"}
    assert {code: change for code, change in local.items() if change in ((1, 0), (100.0, None))} == {
        "clubs": (1, 0),
        "new_clubs": (1, 0),
        "meetings": (1, 0),
        "communes_with_club": (1, 0),
        "provinces_with_club": (1, 0),
        "active_clubs": (1, 0),
        "active_share": (100.0, None),
    }


def test_what_is_previewed_is_what_happens(station: Station):
    station.post([club_founded("club-a"), club_founded("club-b"), meeting_held("club-b")])
    station.wake()
    for sent in (
        merged("club-b", into="club-a"),
        of_club(
            "fund.received", "club-a", occurred_on="2026-02-02", fund="income", source="project", amount_vnd=5
        ),
        dissolved("club-a"),
    ):
        would = {key: after for key, (_, after) in moved(station, sent).items()}
        station.post(sent)
        station.wake()

        is_so = {
            (code, province): station.get(
                f"reporting/v1/figures?indicator={code}{f'&scope=province:{province}' if province else ''}"
            )["total"]["value"]
            for code, province in would
        }
        assert is_so == would
        assert would


def test_a_report_on_trial_shows_its_letters_and_sends_none(station: Station, mailbox: Mailbox):
    office = {
        "name": "Hội NCT tỉnh Tuyên Quang",
        "kind": "provincial_association",
        "provinces": ["08"],
        "addresses": ["tuyen-quang@ishc.test"],
        "language": "vi",
    }
    with station.client(station.notifier) as client:
        client.put("/v1/offices/tuyen-quang", json=office).raise_for_status()
    station.get("registry/v1/tally")

    would = preview(station, "notifier", club_founded()).raise_for_status().json()

    assert [alert["rule"] for alert in would["would_fire"]] == ["club_founded"]
    assert would["letters"] == [{"rule": "club_founded", "office": "tuyen-quang"}]
    station.wake()
    assert mailbox.taken == []
    assert station.get("notifier/v1/alerts")["items"] == []


def test_a_withdrawn_meeting_would_be_missed(station: Station):
    meeting = meeting_held(on="2026-08-28")
    station.post(club_founded(on="2026-01-15"))
    station.days_later(60)
    station.post(meeting)
    station.wake()
    station.days_later(20)
    station.wake()

    would = preview(station, "notifier", withdrawn(meeting)).raise_for_status().json()
    ended = preview(station, "notifier", dissolved(on="2026-06-29")).raise_for_status().json()

    assert "no_meeting" in {alert["rule"] for alert in would["would_fire"]}
    assert "no_meeting" not in {alert["rule"] for alert in ended["would_fire"]}
    assert "no_meeting" not in {alert["rule"] for alert in ended["would_resolve"]}


@pytest.mark.parametrize("service", ["reporting", "notifier"])
def test_what_cannot_be_tried_is_refused(station: Station, service: str):
    founding = club_founded()
    station.post(founding)
    station.wake()

    assert problem(preview(station, service, withdrawn(meeting_held())))[:2] == (422, "target-unknown")
    assert problem(preview(station, service, corrected(founding, name=5)))[:2] == (400, "not-the-type")
    assert problem(preview(station, service, {"specversion": "1.0"}))[:2] == (400, "not-an-event")
    assert problem(preview(station, service, founding | {"data": "x" * 2**20}))[:2] == (413, "too-large")
    assert problem(preview(station, service, founding, token=""))[:2] == (401, "token-missing")
