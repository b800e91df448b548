"""What was told is told once: not again by an emptied or restored database, and not where the server was unsure."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, select, update

from services.notifier.mail import ReturnPath, letter_of, return_path
from services.notifier.tables import letters, metadata, offices
from tests.boards import BY_THE_WAY, NOT_BY_THE_WAY, alerts
from tests.builders import club_founded, meeting_held
from tests.servers import Valkey
from tests.station import Mailbox, Station


@pytest.fixture(autouse=True)
def board(station: Station) -> None:
    station.get("registry/v1/tally")
    office = {"name": "Hội NCT", "kind": "provincial_association", "provinces": ["08"]}
    addresses = {"addresses": ["mot@ishc.test"], "urgency": NOT_BY_THE_WAY}
    with station.client(station.notifier) as client:
        client.put("/v1/offices/tuyen-quang", json=office | addresses).raise_for_status()


@pytest.fixture
def told(station: Station, mailbox: Mailbox) -> Iterator[Mailbox]:
    """A founding and a silence, both told; the mailbox is empty again."""
    station.post([club_founded(on="2026-01-15"), meeting_held(on="2026-06-28")])
    station.wake()
    station.days_later(80)
    station.wake()
    assert len(mailbox.taken) == 2
    mailbox.taken.clear()
    yield mailbox


def in_database(station: Station) -> Connection:
    return station.notifier_parts.database.begin()  # type: ignore[return-value]


def states(station: Station) -> list[tuple[str, str | None]]:
    return [(one["state"], one["reason"]) for one in station.get("notifier/v1/letters")["items"]]


@pytest.mark.parametrize("later", [0, 1, 30])
def test_an_emptied_database_mails_nobody(station: Station, told: Mailbox, later: int):
    with in_database(station) as transaction:
        for table in reversed(metadata.sorted_tables):
            if table is not offices:
                transaction.execute(delete(table))

    station.days_later(later)
    station.wake()
    station.days_later(1)
    station.wake()

    assert told.taken == []
    assert len(alerts(station)) == 2
    with in_database(station) as transaction:
        entries = metadata.tables["entries"]
        mine = select(entries.c.held).where(entries.c.rule.not_in(BY_THE_WAY))
        held = transaction.execute(mine).scalars().all()
    assert held == ["restored", "restored"]


def test_what_happens_after_the_mark_is_told_by_an_emptied_database_too(station: Station, told: Mailbox):
    with in_database(station) as transaction:
        for table in reversed(metadata.sorted_tables):
            if table is not offices:
                transaction.execute(delete(table))
    station.post(club_founded("club-moi", on="2026-09-01", name="CLB Mới"))
    station.wake()

    assert [letter["subject"] for letter in told.taken] == ["Câu lạc bộ mới thành lập: CLB Mới"]


def test_a_letter_that_an_old_copy_believes_due_is_held_until_released(station: Station, told: Mailbox):
    with in_database(station) as transaction:
        transaction.execute(
            update(letters).where(letters.c.id == 1).values(state="due", queued_at=None, claim=None)
        )

    station.wake()
    assert told.taken == []
    assert ("held", "handed-over-before") in states(station)

    with station.client(station.notifier) as client:
        assert client.post("/v1/letters/1/release").status_code == 200
        assert client.post("/v1/letters/1/release").status_code == 409
    station.wake()
    assert len(told.taken) == 1


def test_a_refused_address_is_recorded_and_the_others_get_the_letter(station: Station, mailbox: Mailbox):
    taken = mailbox.handle_RCPT

    async def one_is_unknown(server, session, envelope, address, options):
        if address == "hai@ishc.test":
            return "550 no such mailbox"
        return await taken(server, session, envelope, address, options)

    mailbox.handle_RCPT = one_is_unknown  # type: ignore[method-assign]
    with station.client(station.notifier) as client:
        office = client.get("/v1/offices/tuyen-quang").json()
        both = {"addresses": ["mot@ishc.test", "hai@ishc.test"], "languages": {"hai@ishc.test": "en"}}
        told = {name: office[name] for name in ("name", "kind", "provinces")}
        client.put("/v1/offices/tuyen-quang", json=told | both).raise_for_status()
    station.post(club_founded())
    station.wake()

    found = station.get("notifier/v1/letters")["items"]
    assert sorted((*one["addresses"], one["language"], one["state"], one["reason"]) for one in found) == [
        ("hai@ishc.test", "en", "set_aside", "smtp-550"),
        ("mot@ishc.test", "vi", "sent", None),
    ]
    assert len({one["message_id"] for one in found}) == 2


def test_a_mail_program_may_unsubscribe_its_own_reader_by_one_click(station: Station, mailbox: Mailbox):
    station.post(club_founded())
    station.wake()

    [letter] = mailbox.taken
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/links/unsubscribe/" in letter["List-Unsubscribe"]
    assert letter["To"] == "mot@ishc.test"


def test_a_full_mailbox_is_tried_later(station: Station, mailbox: Mailbox):
    mailbox.answer = "552 mailbox full"
    station.post(club_founded())
    station.wake()
    assert states(station) == [("due", "smtp-552")]

    mailbox.answer = None
    station.now += timedelta(minutes=2)
    station.wake()
    assert states(station) == [("sent", None)]


def test_greylisting_is_tried_again_a_moment_later(station: Station, mailbox: Mailbox):
    mailbox.refuse = "451 4.7.1 greylisted, try again in five minutes"
    station.post(club_founded())
    station.wake()
    assert states(station) == [("due", "smtp-451")]

    mailbox.refuse = None
    station.now += timedelta(minutes=2)
    station.wake()
    assert states(station) == [("sent", None)]
    assert len(mailbox.taken) == 1


def test_a_mail_domain_gets_so_many_letters_a_minute_and_the_others_wait(
    tmp_path: Path, valkey: Valkey, programme: str, mailbox: Mailbox
):
    folder = tmp_path / "slow"
    folder.mkdir()
    station = Station(folder, valkey.url, f"{programme}-slow", smtp_port=mailbox.port, letters_a_minute=2)
    station.get("registry/v1/tally")
    addresses = ["mot@dong.test", "hai@dong.test", "ba@dong.test", "mot@khac.test"]
    office = {
        "name": "Hội NCT",
        "kind": "provincial_association",
        "provinces": ["08"],
        "addresses": addresses,
    }
    with station.client(station.notifier) as client:
        client.put("/v1/offices/tuyen-quang", json=office).raise_for_status()
    station.post(club_founded())
    station.wake()
    assert sorted(one["To"] for one in mailbox.taken) == ["hai@dong.test", "mot@dong.test", "mot@khac.test"]

    station.now += timedelta(seconds=90)
    station.wake()

    assert len(mailbox.taken) == 4
    assert {one["attempts"] for one in station.get("notifier/v1/letters")["items"]} == {1}  # No try was lost.
    station.stop()


def test_each_letter_has_a_return_path_that_names_it():
    path = return_path(7, "<3f9a0c1277@ishc.test>", "bounces@ishc.test", "ISHC <so-lieu@ishc.test>")

    assert (path, letter_of(path)) == ("bounces+7-3f9a0c12@ishc.test", ReturnPath(7, "3f9a0c12"))
    assert return_path(7, "<3f9a@ishc.test>", "", "ISHC <so-lieu@ishc.test>") == "so-lieu@ishc.test"
