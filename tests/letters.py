"""What tests of letters share: an office, the time of day, and what lies in its mailbox."""

from datetime import UTC, datetime

from tests.station import Mailbox, Station


def put_office(station: Station, id: str, provinces: list[str], **more) -> None:
    """An office of these provinces, its address `ID@ishc.test`."""
    office = {
        "name": f"Hội NCT {id}",
        "kind": "provincial_association",
        "provinces": provinces,
        "addresses": [f"{id}@ishc.test"],
    }
    with station.client(station.notifier) as client:
        client.put(f"/v1/offices/{id}", json=office | more).raise_for_status()


def told(mailbox: Mailbox, office: str = "tuyen-quang") -> list[str]:
    """The subjects of what an office got."""
    return [letter["subject"] for letter in mailbox.taken if letter["to"] == f"{office}@ishc.test"]


def text(letter) -> str:
    """A letter as text."""
    return letter.get_body(("plain",)).get_content()


def clock_shows(station: Station, local: str) -> None:
    """Let the clock in Viet Nam show this, and everybody do what is to be done."""
    station.now = datetime.fromisoformat(local + "+07:00").astimezone(UTC)
    station.wake()
