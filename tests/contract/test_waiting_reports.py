"""What waits in the registry for too long is told to the board, or where no province is known, to the nation."""

from typing import Any

import pytest

from services.registry.left_waiting import left_waiting
from shared.archive import Archive
from shared.database import engine
from shared.waiting import Waiting
from shared.waiting_board import FRESH, WaitingBoard
from tests.boards import NATION, TUYEN_QUANG, alert_of, alerts, boards, newest_letter
from tests.builders import LAI_CHAU, club_founded, meeting_held
from tests.station import Station, problem

HELD, REFUSED = "reports_held", "reports_refused"


@pytest.fixture(autouse=True)
def offices(station: Station) -> None:
    """Beside what waits, a club of another province reports as it should."""
    station.get("registry/v1/tally")
    boards(station)
    station.post(club_founded("muong-so", on="2026-06-25", place=LAI_CHAU))


@pytest.fixture
def phone(station: Station) -> str:
    """The phone of a club that nobody has founded yet."""
    return station.token(name="may-1", provinces=("08",))


def hour_passes(station: Station) -> list[Waiting]:
    """The registry writes up what waits, as it does every hour."""
    station.get("registry/v1/intake")  # Who was heard from is written down.
    database = engine(station.settings.registry_database)
    found = left_waiting(database, Archive(database), station.now)
    WaitingBoard(station.archive.log.client, station.settings.programme).write(found, station.now)
    database.dispose()
    return found


def days_pass(station: Station, days: int) -> None:
    for _ in range(2):
        hour_passes(station)
        station.wake()
        station.days_later(days)
        days = 0


def refused(**more: Any) -> dict[str, Any]:
    return meeting_held(on="2020-01-01", source="/devices/may-1", **more)


def test_a_report_held_for_two_weeks_is_told_to_the_board_of_its_device(station: Station, phone: str):
    station.post(meeting_held("chua-co", source="/devices/may-1"), phone)
    days_pass(station, 13)
    assert alerts(station, rule=HELD) == []

    days_pass(station, 1)

    told = alert_of(station, HELD, "province:2025-07:08")
    assert (told["state"], told["facts"]["reports"]) == ("firing", 1)


def test_the_founding_lets_it_in_and_ends_the_alert(station: Station, phone: str):
    station.post(meeting_held("chua-co", on="2026-06-28", source="/devices/may-1"), phone)
    days_pass(station, 15)
    assert alert_of(station, HELD, "province:2025-07:08")["state"] == "firing"

    station.post(club_founded("chua-co", on="2026-01-10"))
    days_pass(station, 0)

    assert alert_of(station, HELD, "province:2025-07:08")["state"] == "resolved"


def test_what_no_province_is_known_of_the_national_office_hears(station: Station):
    station.post(meeting_held("chua-co", source="/devices/khong-ro"))
    days_pass(station, 21)
    days_pass(station, 7)

    told = newest_letter(station, NATION)

    assert HELD in {item["rule"] for item in told["facts"]["items"]}
    assert alert_of(station, HELD, "programme")["province_now"] == ""


def test_a_refused_report_is_told_after_a_week_unless_it_was_sent_anew(station: Station, phone: str):
    station.post(club_founded(on="2026-01-10"))
    mended, lost = refused(id="mot"), refused(id="hai")
    station.post([mended, lost], phone)
    station.post(meeting_held(on="2026-06-28", id="mot", source="/devices/may-1"), phone)
    days_pass(station, 8)

    told = alert_of(station, REFUSED, "province:2025-07:08")

    assert (told["state"], told["facts"]["reports"]) == ("firing", 1)
    days_pass(station, 30)
    assert alert_of(station, REFUSED, "province:2025-07:08")["state"] == "resolved"


def test_another_report_under_a_known_identity_is_in_no_figure_and_told(station: Station, phone: str):
    station.post(club_founded(on="2026-01-10"))
    station.post(meeting_held(on="2026-06-28", id="mot", source="/devices/may-1"), phone)
    station.post(meeting_held(on="2026-06-29", id="mot", source="/devices/may-1"), phone)
    station.wake()

    assert hour_passes(station) == [Waiting("refused", "08", 1, "2026-06-30")]


def test_while_the_registry_is_away_what_is_known_stays(station: Station, phone: str):
    station.post(meeting_held("chua-co", source="/devices/may-1"), phone)
    days_pass(station, 15)

    station.now += FRESH * 2
    station.wake()

    assert alert_of(station, HELD, "province:2025-07:08")["state"] == "firing"


def test_a_past_that_is_in_no_log_is_not_walked_through(station: Station):
    asked = {"rule": HELD, "from": "2026-06-01", "to": "2026-06-30"}
    with station.client(station.notifier) as client:
        answer = client.post("/v1/rules/rehearse", json=asked)

    assert problem(answer)[2] == "/body/rule"


def test_the_letter_says_how_many_and_what_to_do(station: Station, phone: str):
    station.post(club_founded(on="2026-06-01"))
    station.post([refused(id="mot"), refused(id="hai")], phone)
    days_pass(station, 7)
    days_pass(station, 7)

    letter = newest_letter(station, TUYEN_QUANG)
    text = station.get(f"notifier/v1/letters?office={TUYEN_QUANG}")["items"][0]["text"]

    assert letter["rule"] == REFUSED
    assert "- Số báo cáo: 2\n" in text and "gửi lại báo cáo đã sửa" in text
