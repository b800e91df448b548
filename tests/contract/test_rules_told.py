"""New rules from a report to a board's digest, and other thresholds on facts that are known already."""

import pytest

from services.notifier.drawing import draw_anew
from services.notifier.rules.catalogue import limits
from tests.boards import TUYEN_QUANG, alert_of, boards, newest_letter
from tests.builders import TUYEN_QUANG as PLACE
from tests.builders import (
    club_founded,
    corrected,
    envelope,
    figure_published,
    meeting_held,
    members_counted,
    training_planned,
)
from tests.station import Station


@pytest.fixture(autouse=True)
def offices(station: Station) -> None:
    station.get("registry/v1/tally")
    boards(station)


def signed(period: str) -> dict:
    told = {"period": period, "position": 1, "figures_sha256": "0" * 64, "office": "hoi-nct"}
    return envelope("period.signed_off", "province:2025-07:08", told)


def days_pass(station: Station, days: int) -> None:
    station.wake()
    station.days_later(days)
    station.wake()


def test_a_club_too_large_is_told_until_its_count_is_corrected(station: Station):
    counted = members_counted(total=90)
    station.post([club_founded(), counted])
    days_pass(station, 10)
    assert alert_of(station, "size_outside_norm", "co-dien")["state"] == "firing"

    station.post(corrected(counted, members={"total": 60}))
    days_pass(station, 1)

    assert alert_of(station, "size_outside_norm", "co-dien")["state"] == "resolved"


def test_a_serious_finding_is_told_at_once(station: Station):
    finding = {"code": "cash_mismatch", "severity": "serious"}
    data = {"occurred_on": "2026-06-20", "kind": "supervision", "place": PLACE, "findings": [finding]}
    station.post(envelope("visit.made", "tham-1", data))
    station.wake()

    letter = newest_letter(station, TUYEN_QUANG)

    assert (letter["rule"], letter["state"]) == ("serious_findings", "sent")


def test_a_training_nobody_confirmed_is_told_a_week_after_its_end(station: Station):
    station.post(training_planned("lop-1", on="2026-07-10"))
    days_pass(station, 16)
    assert "training_unconfirmed" not in {one["rule"] for one in station.get("notifier/v1/alerts")["items"]}

    days_pass(station, 1)

    assert alert_of(station, "training_unconfirmed", "lop-1")["state"] == "firing"


def test_other_thresholds_draw_the_conditions_anew_from_the_facts(station: Station):
    station.post(training_planned("lop-1", on="2026-07-10"))
    days_pass(station, 5)
    other = limits() | {"training_unconfirmed": {"days": 0}}

    with station.notifier_parts.database.begin() as transaction:
        assert draw_anew(transaction, limits()) == 0
        assert draw_anew(transaction, other) == 1
        assert draw_anew(transaction, other) == 0


def test_a_printed_total_below_the_count_is_told_to_the_nation_until_it_is_corrected(station: Station):
    printed = figure_published(value=0, as_of="2026-06-28")
    station.post([club_founded(on="2026-01-15"), printed])
    days_pass(station, 1)
    told = alert_of(station, "published_contradicted", "province:2025-07:08")
    assert (told["state"], told["facts"]["counted"]) == ("firing", 1)

    station.post(corrected(printed, value=5))
    days_pass(station, 1)

    assert alert_of(station, "published_contradicted", "province:2025-07:08")["state"] == "resolved"


def test_a_sign_off_ends_no_alert_about_the_same_province_that_others_make(station: Station):
    station.post([club_founded(on="2026-01-15"), figure_published(value=0, as_of="2026-06-28")])
    days_pass(station, 1)

    station.post(signed("2026-Q1"))

    assert alert_of(station, "published_contradicted", "province:2025-07:08")["state"] == "firing"


def test_a_technician_hears_of_a_silent_device_and_the_board_of_a_silent_club(station: Station):
    station.post([club_founded(on="2026-01-15"), meeting_held(on="2026-06-28")])
    days_pass(station, 80)

    told = {one["rule"]: one for one in station.get("notifier/v1/alerts")["items"]}

    assert (told["device_silent"]["state"], told["no_meeting"]["facts"]["silence"]) == (
        "firing",
        "not_received",
    )
