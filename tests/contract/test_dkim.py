"""Mail signed by DKIM: whoever asks for our public key can tell that nobody has changed it, nor its headers."""

import base64
from collections.abc import Iterator
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from services.notifier.parts import assemble
from shared.settings import Notifier
from tests.builders import club_founded
from tests.servers import Valkey
from tests.station import Mailbox, Station

PUBLISHED = b"thu2026._domainkey.ishc.test."


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(params=[PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8], ids=["PKCS1", "PKCS8"])
def station(
    request: pytest.FixtureRequest,
    key: rsa.RSAPrivateKey,
    tmp_path: Path,
    valkey: Valkey,
    programme: str,
    mailbox: Mailbox,
) -> Iterator[Station]:
    """One whose key is written as older and as newer tools write it."""
    file = tmp_path / "dkim.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, request.param, NoEncryption()))
    signed = {"dkim_key_file": file, "dkim_selector": "thu2026", "dkim_domain": "ishc.test"}
    made = Station(tmp_path, valkey.url, programme, smtp_port=mailbox.port, **signed)
    made.get("registry/v1/tally")
    office = {"name": "Hội NCT", "kind": "provincial_association", "provinces": ["08"]}
    with made.client(made.notifier) as client:
        answer = client.put("/v1/offices/tuyen-quang", json=office | {"addresses": ["mot@board.test"]})
        answer.raise_for_status()
    yield made
    made.stop()


def believed(mail: bytes, key: rsa.RSAPrivateKey) -> bool:
    """Whether a mail server that finds our key in the DNS believes the mail."""
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    answers = {PUBLISHED: record}
    return bool(dkim.verify(mail, dnsfunc=lambda name, timeout=5: answers.get(name)))


def test_a_letter_is_believed_and_a_changed_one_is_not(
    station: Station, mailbox: Mailbox, key: rsa.RSAPrivateKey
):
    station.post(club_founded())
    station.wake()

    [mail] = mailbox.raw
    assert believed(mail, key)
    for header in (b"Subject: ", b"List-Unsubscribe: ", b"List-Unsubscribe-Post: ", b"Message-ID: "):
        assert header in mail
        assert not believed(mail.replace(header, header + b"x", 1), key)
    assert not believed(mail.replace(b"From: ", b"From: x@ishc.test\r\nFrom: ", 1), key)
    text = b"List-Unsubscribe=One-Click"
    assert text in mail and not believed(mail.replace(text, b""), key)


def test_without_a_key_no_letter_is_signed(mailbox: Mailbox, tmp_path: Path, valkey: Valkey, programme: str):
    parts = assemble(Notifier(data_dir=tmp_path, log_url=valkey.url, programme=programme), lambda: None)

    assert parts.delivery.seal(b"From: a@ishc.test\r\n\r\n") == b"From: a@ishc.test\r\n\r\n"
    parts.close()


@pytest.mark.parametrize(
    ("holds", "selector"),
    [("no key", "thu2026"), ("-----BEGIN RSA PRIVATE KEY-----\nAAAA", "thu2026"), ("", "")],
)
def test_a_wrong_key_stops_the_start_and_is_not_repeated(tmp_path: Path, holds: str, selector: str):
    file = tmp_path / "dkim.pem"
    file.write_text(holds)

    with pytest.raises(ValueError, match="ISHC_DKIM") as refused:
        assemble(Notifier(data_dir=tmp_path, dkim_key_file=file, dkim_selector=selector), lambda: None)

    assert "AAAA" not in str(refused.value)
