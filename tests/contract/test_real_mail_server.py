"""Debian's Postfix between us and a board: a letter arrives, and one to nobody comes back as Postfix writes it."""

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.builders import club_founded
from tests.mail_servers import Postfix, until, why_no_postfix
from tests.servers import Valkey
from tests.station import Station

pytestmark = pytest.mark.skipif(why_no_postfix() is not None, reason=str(why_no_postfix()))


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    server = Postfix("ishc.test board.test", {"bounces@ishc.test": "returned", "thu-ky@board.test": "thu-ky"})
    yield server
    server.stop()


@pytest.fixture
def station(tmp_path: Path, valkey: Valkey, programme: str, postfix: Postfix) -> Iterator[Station]:
    made = Station(
        tmp_path,
        valkey.url,
        programme,
        smtp_port=postfix.port,
        bounces=f"maildir://{postfix.folder}/mail/returned",
        bounce_address="bounces@ishc.test",
    )
    made.get("registry/v1/tally")
    office = {"name": "Hội NCT", "kind": "provincial_association", "provinces": ["08"]}
    readers = {"addresses": ["thu-ky@board.test", "khong-con@board.test"]}
    with made.client(made.notifier) as client:
        client.put("/v1/offices/tuyen-quang", json=office | readers).raise_for_status()
    yield made
    made.stop()


def test_one_reader_gets_the_letter_and_the_other_ones_comes_back(station: Station, postfix: Postfix):
    station.post(club_founded())
    station.wake()
    assert {one["state"] for one in station.get("notifier/v1/letters")["items"]} == {"sent"}
    until(lambda: postfix.mails("returned") and postfix.mails("thu-ky"))

    station.now += timedelta(minutes=1)
    station.wake()

    [mail] = [message_from_bytes(raw, policy=policy.default) for raw in postfix.mails("thu-ky")]
    assert mail["Subject"] == "Câu lạc bộ mới thành lập: CLB Cổ Điển"
    letters = station.get("notifier/v1/letters")["items"]
    assert {(*one["addresses"], one["state"], one["reason"]) for one in letters} == {
        ("thu-ky@board.test", "sent", None),
        ("khong-con@board.test", "set_aside", "bounced-5.1.1"),
    }
    [address] = station.get("notifier/v1/addresses")["items"]
    assert (address["address"], address["hard_bounces"]) == ("khong-con@board.test", 1)
    assert postfix.mails("returned") == []
