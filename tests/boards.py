"""Boards for tests: two provincial associations and the national office, and a browser's way to their pages."""

from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

import httpx2
from sqlalchemy import select

from services.notifier.tables import letters
from shared.access import Role
from tests.builders import LAI_CHAU, club_founded
from tests.station import Station

TUYEN_QUANG, LAI_CHAU_BOARD, NATION = "hoi-nct-tuyen-quang", "hoi-nct-lai-chau", "van-phong"


def office(station: Station, id: str, **told: Any) -> dict[str, Any]:
    """Write an office down."""
    usual = {"name": f"Hội {id}", "kind": "provincial_association", "addresses": [f"{id}@ishc.test"]}
    with station.client(station.notifier) as client:
        return client.put(f"/v1/offices/{id}", json=usual | told).raise_for_status().json()


# What a year brings beside what a test is about, and an office that does not hear of it.
BY_THE_WAY = ("no_founding_training", "national_action_month", "device_silent")
NOT_BY_THE_WAY = dict.fromkeys(BY_THE_WAY, "never")


def alerts(station: Station, **asked: str) -> list[dict[str, Any]]:
    """The alerts a test is about, newest first."""
    found = station.get("notifier/v1/alerts?" + urlencode(asked))["items"]
    return [one for one in found if one["rule"] not in BY_THE_WAY]


def boards(station: Station) -> None:
    """Tuyên Quang, Lai Châu, and the national office."""
    office(station, TUYEN_QUANG, name="Hội Người cao tuổi Tuyên Quang", provinces=["08"])
    office(station, LAI_CHAU_BOARD, name="Hội Người cao tuổi Lai Châu", provinces=["12"], language="en")
    office(station, NATION, name="Văn phòng Trung ương Hội", kind="national_office")


def two_silent_clubs(station: Station) -> None:
    """One club in each province that reports its founding and then nothing for so long that its board hears of it."""
    day = "2026-06-25"
    station.post(
        [
            club_founded("co-dien", on=day),
            club_founded("muong-so", on=day, name="CLB Mường So", place=LAI_CHAU),
        ]
    )
    station.wake()
    station.days_later(90)
    station.wake()


def of_board(station: Station, province: str = "08", name: str = "hoi-tq") -> str:
    """The token of a provincial board."""
    return station.token(Role.PROVINCE, name, provinces=(province,))


def browser(station: Station, token: str, **headers: str) -> httpx2.Client:
    """A browser that sends the token as password, and says that our own page sent the form. A header "" is not sent."""
    basic = b64encode(f"any:{token}".encode()).decode()
    said = {"Authorization": f"Basic {basic}", "Sec-Fetch-Site": "same-origin"} | headers
    sent = {name: value for name, value in said.items() if value}
    return httpx2.Client(base_url=station.notifier, headers=sent, timeout=30, follow_redirects=True)


def newest_letter(station: Station, office: str) -> Any:
    """The row of the newest letter to an office."""
    query = select(letters).where(letters.c.office == office).order_by(letters.c.id.desc()).limit(1)
    with station.notifier_parts.database.connect() as connection:
        return connection.execute(query).one()._asdict()


def alert_of(station: Station, rule: str, club: str) -> dict[str, Any]:
    """The newest alert of a rule about a club."""
    found = station.get(f"notifier/v1/alerts?rule={rule}")["items"]
    return next(alert for alert in found if alert["subject"] == club)
