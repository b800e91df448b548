"""SMTP by STARTTLS and TLS with a password, and what may go wrong on the way: tried later, unless DATA was begun."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.builders import club_founded
from tests.servers import Valkey
from tests.station import Mailbox, Station
from tests.tls import Authority

MakeStation = Callable[..., Station]
MakeMailbox = Callable[..., Mailbox]


@pytest.fixture
def box() -> Iterator[MakeMailbox]:
    made: list[Mailbox] = []

    def make(**secured: Any) -> Mailbox:
        made.append(Mailbox(**secured))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def to(tmp_path: Path, valkey: Valkey, programme: str) -> Iterator[MakeStation]:
    """A station that hands its letters to a port of this machine, and has one to send."""
    made: list[Station] = []

    def make(port: int, security: str = "none", **more: Any) -> Station:
        settings = {"smtp_host": "localhost", "smtp_port": port, "smtp_security": security} | more
        station = Station(tmp_path, valkey.url, programme, **settings)
        made.append(station)
        station.get("registry/v1/tally")
        office = {"name": "Hội NCT", "kind": "provincial_association", "provinces": ["08"]}
        with station.client(station.notifier) as client:
            answer = client.put("/v1/offices/tuyen-quang", json=office | {"addresses": ["mot@board.test"]})
            answer.raise_for_status()
        station.post(club_founded())
        station.wake()
        return station

    yield make
    for one in made:
        one.stop()


def state(station: Station) -> tuple[str, str | None]:
    [letter] = station.get("notifier/v1/letters")["items"]
    return letter["state"], letter["reason"]


def knows(server: Any, session: Any, envelope: Any, mechanism: str, given: LoginPassword) -> AuthResult:
    return AuthResult(success=(given.login, given.password) == (b"ishc", b"bi-mat"), handled=False)


LOGIN = {"smtp_user": "ishc", "smtp_password": "bi-mat"}


def secured(authority: Authority, security: str, name: str = "localhost") -> dict[str, Any]:
    """How a mail server is set up for it."""
    context = authority.server(name)
    return (
        {"ssl_context": context} if security == "tls" else {"tls_context": context, "require_starttls": True}
    )


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # Of the test server: TLS lies below what it knows of.
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_letter_goes_encrypted_and_signed_in(
    authority: Authority, box: MakeMailbox, to: MakeStation, security: str
):
    login = {"authenticator": knows, "auth_required": True, "auth_require_tls": security == "starttls"}
    mailbox = box(**secured(authority, security), **login)

    station = to(mailbox.port, security, **LOGIN)

    assert (state(station), len(mailbox.taken)) == (("sent", None), 1)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_for_another_name_is_not_believed_and_the_letter_waits(
    authority: Authority, box: MakeMailbox, to: MakeStation, security: str
):
    mailbox = box(**secured(authority, security, "mx.board.test"))

    station = to(mailbox.port, security)

    assert (state(station), mailbox.taken) == (("due", "SSLCertVerificationError"), [])


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_an_unknown_authority_is_not_believed(
    authority: Authority, tmp_path: Path, box: MakeMailbox, to: MakeStation, security: str
):
    folder = tmp_path / "another"
    folder.mkdir()
    mailbox = box(**secured(Authority(folder), security))

    station = to(mailbox.port, security)

    assert (state(station), mailbox.taken) == (("due", "SSLCertVerificationError"), [])


@pytest.mark.parametrize(("security", "reason"), [("starttls", "SMTPNotSupportedError"), ("tls", "SSLError")])
def test_to_a_server_without_tls_nothing_is_sent_in_the_clear(
    box: MakeMailbox, to: MakeStation, security: str, reason: str
):
    mailbox = box()

    station = to(mailbox.port, security, smtp_seconds=1)

    assert (state(station), mailbox.taken) == (("due", reason), [])


def test_a_wrong_password_is_our_fault_and_not_the_letters(
    authority: Authority, box: MakeMailbox, to: MakeStation
):
    mailbox = box(**secured(authority, "starttls"), authenticator=knows, auth_required=True)

    station = to(mailbox.port, "starttls", smtp_user="ishc", smtp_password="sai")

    assert state(station) == ("due", "smtp-535")
    assert station.get("notifier/v1/addresses")["items"] == []


@pytest.fixture
def silent_server() -> Iterator[int]:
    """A server that accepts and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_server_that_never_answers_is_tried_again_later(silent_server: int, to: MakeStation, security: str):
    station = to(silent_server, security, smtp_seconds=0.2)

    assert state(station)[0] == "due"
    [letter] = station.get("notifier/v1/letters")["items"]
    assert letter["attempts"] == 1


async def for_ever(*_: Any) -> str:
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    return "421 too late"


@pytest.mark.parametrize(("step", "ends"), [("MAIL", "due"), ("RCPT", "due"), ("DATA", "unknown")])
def test_who_falls_silent_before_the_letter_was_handed_over_is_tried_again_and_behind_it_nobody_knows(
    box: MakeMailbox, to: MakeStation, step: str, ends: str
):
    mailbox = box()
    setattr(mailbox, f"handle_{step}", for_ever)

    station = to(mailbox.port, smtp_seconds=0.5)

    assert state(station)[0] == ends


def test_when_the_server_speaks_again_the_letter_arrives_once(box: MakeMailbox, to: MakeStation):
    mailbox = box()
    answers, mailbox.handle_RCPT = mailbox.handle_RCPT, for_ever  # type: ignore[method-assign]
    station = to(mailbox.port, smtp_seconds=0.5)
    assert state(station)[0] == "due"

    mailbox.handle_RCPT = answers  # type: ignore[method-assign]
    station.now += timedelta(minutes=2)
    station.wake()

    assert (state(station), len(mailbox.taken)) == (("sent", None), 1)


def test_a_server_that_says_no_after_it_has_taken_the_letter_has_taken_it(box: MakeMailbox, to: MakeStation):
    mailbox = box()

    async def tired(*_: Any) -> str:
        return "421 closing"

    mailbox.handle_QUIT = tired  # type: ignore[attr-defined]

    station = to(mailbox.port)

    [letter] = station.get("notifier/v1/letters")["items"]
    assert letter["state"] == "sent"
    assert station.notifier_parts.remembered.handed_over(letter["message_id"]) is not None
