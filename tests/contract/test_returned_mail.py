"""Letters that come back: marked with the reason, and an address that fails for good is stopped and told of."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from shared.access import Role
from tests.builders import club_founded
from tests.mail_servers import ImapServer
from tests.returns import HOLIDAY, report, returned_to
from tests.servers import Valkey
from tests.station import Mailbox, Station
from tests.tls import Authority, TlsFront

BOARD, NATION = "tuyen-quang", "quoc-gia"


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    folder = tmp_path / "returned"
    for part in ("new", "cur", "tmp"):
        (folder / part).mkdir(parents=True)
    return folder


def a_station(tmp_path: Path, valkey: Valkey, programme: str, mailbox: Mailbox, bounces: str) -> Station:
    folder = tmp_path / "station"
    folder.mkdir()
    made = Station(
        folder,
        valkey.url,
        programme,
        smtp_port=mailbox.port,
        bounces=bounces,
        bounce_address="bounces@ishc.test",
    )
    made.get("registry/v1/tally")
    put_office(made, BOARD, provinces=["08"])
    put_office(made, NATION, kind="national_office")
    return made


@pytest.fixture
def station(
    tmp_path: Path, valkey: Valkey, programme: str, mailbox: Mailbox, maildir: Path
) -> Iterator[Station]:
    made = a_station(tmp_path, valkey, programme, mailbox, f"maildir://{maildir}")
    yield made
    made.stop()


def put_office(station: Station, id: str, **more) -> None:
    office = {"name": f"Hội NCT {id}", "kind": "provincial_association", "addresses": [f"{id}@board.test"]}
    with station.client(station.notifier) as client:
        client.put(f"/v1/offices/{id}", json=office | more).raise_for_status()


def posts(station: Station, path: str) -> httpx2.Response:
    with station.client(station.notifier) as client:
        return client.post(path)


def a_letter(station: Station, club: str = "co-dien") -> dict:
    """One more letter to the board, sent."""
    station.post(club_founded(club))
    station.wake()
    return station.get(f"notifier/v1/letters?office={BOARD}")["items"][0]


def comes_back(station: Station, maildir: Path, mail: bytes) -> None:
    """Put where a mail server delivers, and read at the next look."""
    number = len(list(maildir.glob("*/*")))
    (maildir / "new" / f"{number}.mx.test").write_bytes(mail)
    station.now += timedelta(minutes=1)
    station.wake()


def state_of(station: Station, id: int) -> tuple[str, str | None]:
    [found] = [one for one in station.get("notifier/v1/letters")["items"] if one["id"] == id]
    return found["state"], found["reason"]


def three_come_back(station: Station, maildir: Path) -> None:
    for n in range(3):
        comes_back(station, maildir, report(returned_to(a_letter(station, f"club-{n}"))))


def test_a_letter_that_came_back_says_so_and_can_be_sent_again(
    station: Station, maildir: Path, mailbox: Mailbox
):
    letter = a_letter(station)

    comes_back(station, maildir, report(returned_to(letter)))

    assert state_of(station, letter["id"]) == ("set_aside", "bounced-5.1.1")
    assert station.get(f"notifier/v1/letters/{letter['id']}/why")["reason"] == "bounced-5.1.1"
    with station.client(station.notifier) as client:
        page = client.get(f"/letters/{letter['id']}/why").text
    assert "Thư đã bị trả lại (5.1.1)." in page
    assert posts(station, f"/v1/letters/{letter['id']}/resend").status_code == 200
    station.wake()
    assert state_of(station, letter["id"]) == ("sent", None)


@pytest.mark.parametrize(
    ("action", "settled"),
    [("failed", ("set_aside", "bounced-5.1.1")), ("delayed", ("sent", "delayed-5.1.1"))],
)
def test_a_bounce_settles_a_letter_whose_answer_was_lost(
    station: Station, maildir: Path, mailbox: Mailbox, action: str, settled: tuple[str, str]
):
    mailbox.hang_up = True
    letter = a_letter(station)
    assert letter["state"] == "unknown"

    comes_back(station, maildir, report(returned_to(letter), action=action))

    assert state_of(station, letter["id"]) == settled


def test_three_letters_back_for_good_stop_the_address_and_the_nation_hears(
    station: Station, maildir: Path, mailbox: Mailbox
):
    three_come_back(station, maildir)
    a_letter(station, "club-moi")

    [address] = station.get("notifier/v1/addresses")["items"]
    assert (address["address"], address["hard_bounces"], address["last_answer"], address["offices"]) == (
        f"{BOARD}@board.test",
        3,
        "5.1.1",
        [BOARD],
    )
    assert address["stopped_at"] is not None
    to_board = [one for one in mailbox.taken if one["To"] == f"{BOARD}@board.test"]
    assert len(to_board) == 3
    [told] = [one for one in mailbox.taken if one["To"] == f"{NATION}@board.test"]
    assert told["Subject"] == f"Hội NCT {BOARD}: một địa chỉ bị trả lại thư"
    assert "@board.test" not in told.get_body(("plain",)).get_content()
    assert "no_address" in {one["held"] for one in station.get("notifier/v1/letters?held=true")["items"]}


def unreachable(station: Station) -> list[str]:
    alerts = station.get("notifier/v1/alerts?rule=office_unreachable")["items"]
    return [one["state"] for one in alerts]


@pytest.mark.parametrize("how", ["allowed", "another address"])
def test_a_stopped_address_is_lifted_and_the_alert_ends(
    station: Station, maildir: Path, mailbox: Mailbox, how: str
):
    three_come_back(station, maildir)
    station.days_later(1)
    station.wake()
    assert unreachable(station) == ["firing"]

    if how == "allowed":
        assert posts(station, f"/v1/addresses/{BOARD}@board.test/allow").status_code == 200
        assert posts(station, f"/v1/addresses/{BOARD}@board.test/allow").status_code == 404
    else:
        put_office(station, BOARD, provinces=["08"], addresses=["moi@board.test"])
    station.wake()
    mailbox.taken.clear()
    letter = a_letter(station, "club-moi")

    assert unreachable(station) == ["resolved"]
    assert letter["state"] == "sent"


def test_an_address_written_down_anew_is_believed(station: Station, maildir: Path):
    three_come_back(station, maildir)
    put_office(station, BOARD, provinces=["08"])
    assert len(station.get("notifier/v1/addresses")["items"]) == 1  # Nothing changed: still stopped.

    put_office(station, BOARD, provinces=["08"], addresses=[])
    put_office(station, BOARD, provinces=["08"])

    assert station.get("notifier/v1/addresses")["items"] == []


@pytest.mark.parametrize("status", ["5.2.2", "5.7.1", "4.4.7"])
def test_what_is_no_fault_of_the_address_never_stops_it(station: Station, maildir: Path, status: str):
    letter = a_letter(station)
    for _ in range(4):
        comes_back(station, maildir, report(returned_to(letter), status))
        posts(station, f"/v1/letters/{letter['id']}/resend")
        station.wake()

    assert station.get("notifier/v1/addresses")["items"] == []


def test_the_same_bounce_however_often_counts_once(station: Station, maildir: Path):
    letter = a_letter(station)
    for _ in range(4):
        comes_back(station, maildir, report(returned_to(letter)))

    [address] = station.get("notifier/v1/addresses")["items"]
    assert (address["hard_bounces"], address["stopped_at"]) == (1, None)


def test_nobody_can_stop_an_address_by_guessing_numbers_of_letters(station: Station, maildir: Path):
    letter = a_letter(station)

    comes_back(station, maildir, report(f"bounces+{letter['id']}-00000000@ishc.test"))

    assert state_of(station, letter["id"]) == ("sent", None)
    assert [one.name[-5:] for one in (maildir / "cur").iterdir()] == [":2,FS"]


def test_what_is_no_bounce_is_flagged_for_a_person_and_what_is_unreadable_stops_nothing(
    station: Station, maildir: Path
):
    letter = a_letter(station)
    for mail in (HOLIDAY.format(to=returned_to(letter)).encode(), b"\xff\xfe\x00 not a mail", b""):
        comes_back(station, maildir, mail)
    comes_back(station, maildir, report(returned_to(letter)))

    flags = sorted(one.name.partition(":2,")[2] for one in (maildir / "cur").iterdir())
    assert flags == ["FS", "FS", "FS", "S"]
    assert state_of(station, letter["id"]) == ("set_aside", "bounced-5.1.1")


def test_a_mail_server_that_refuses_an_address_by_its_code_counts_like_a_bounce(
    station: Station, mailbox: Mailbox
):
    mailbox.refuse = "550 5.1.1 no such user"
    for n in range(3):
        a_letter(station, f"club-{n}")
    mailbox.refuse = "554 5.7.1 relay access denied"
    put_office(station, BOARD, provinces=["08"], addresses=["moi@board.test"])
    for n in range(3, 6):
        a_letter(station, f"club-{n}")

    found = station.get("notifier/v1/addresses")["items"]
    assert [(one["address"], one["hard_bounces"]) for one in found] == [(f"{BOARD}@board.test", 3)]


def test_addresses_are_for_operators_and_the_national_office(station: Station):
    board = station.token(Role.PROVINCE, name="board", provinces=("08",))
    with station.client(station.notifier, board) as client:
        assert client.get("/v1/addresses").status_code == 403
        assert client.post("/v1/addresses/a@b.test/allow").status_code == 403


# --- over IMAP ---------------------------------------------------------------------------------------------------


@pytest.fixture
def imap(authority: Authority) -> Iterator[ImapServer]:
    """A real IMAP server; programs reach it through TLS only, at `imap.port`."""
    server = ImapServer()
    front = TlsFront(server.port, authority.server())
    server.port = front.port
    yield server
    front.stop()
    server.stop()


def imap_url(port: int) -> str:
    return f"imaps://bounces%40ishc.test:p%40ss%3Aword@localhost:{port}/INBOX"


def test_bounces_are_read_over_imap_and_marked_as_seen(
    tmp_path: Path, valkey: Valkey, programme: str, mailbox: Mailbox, imap: ImapServer
):
    station = a_station(tmp_path, valkey, programme, mailbox, imap_url(imap.port))
    letter = a_letter(station)
    imap.deliver(report(returned_to(letter)))

    for _ in range(2):
        station.now += timedelta(minutes=1)
        station.wake()

    assert state_of(station, letter["id"]) == ("set_aside", "bounced-5.1.1")
    [address] = station.get("notifier/v1/addresses")["items"]
    assert address["hard_bounces"] == 1
    station.stop()


@pytest.mark.parametrize("fault", ["wrong password", "wrong certificate", "nobody there"])
def test_while_the_mailbox_is_away_letters_go_on_and_the_password_stays_secret(
    tmp_path: Path,
    valkey: Valkey,
    programme: str,
    mailbox: Mailbox,
    imap: ImapServer,
    fault: str,
    caplog: pytest.LogCaptureFixture,
):
    url = {
        "wrong password": imap_url(imap.port).replace("p%40ss", "geheim"),
        "wrong certificate": imap_url(imap.port).replace("localhost", "127.0.0.1"),
        "nobody there": imap_url(9),
    }[fault]
    caplog.set_level(logging.DEBUG)
    station = a_station(tmp_path, valkey, programme, mailbox, url)

    assert a_letter(station)["state"] == "sent"
    assert "returned mail is not read" in caplog.text
    assert "p@ss" not in caplog.text and "p%40ss" not in caplog.text and "geheim" not in caplog.text
    station.stop()


@pytest.mark.parametrize(
    "wrong",
    [
        {"bounces": "imap://bounces:secret@ishc.test/INBOX", "bounce_address": "bounces@ishc.test"},
        {"bounces": "maildir://", "bounce_address": "bounces@ishc.test"},
        {"bounces": "imaps://bounces:secret@ishc.test/INBOX"},
    ],
)
def test_a_setting_that_names_no_mailbox_is_refused_at_the_start_without_repeating_it(
    station: Station, wrong: dict[str, str]
):
    from services.notifier.parts import assemble
    from shared.settings import Notifier

    with pytest.raises(ValueError, match="ISHC_BOUNCES") as refused:
        assemble(Notifier(data_dir=station.settings.data_dir, **wrong), station.clock)

    assert "secret" not in str(refused.value)
