"""Mail to whoever runs the system: once for each matter, once for its end."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.notifier.operator_matters import OperatorMatters
from services.notifier.parts import assemble
from services.notifier.rebuilding import rebuild
from shared.access import Role
from shared.doorbell import FOLLOWERS, State
from tests.builders import club_founded
from tests.servers import Valkey
from tests.station import Mailbox, Station

OPERATOR = "ops@ishc.test"


@pytest.fixture
def station(tmp_path: Path, valkey: Valkey, programme: str, mailbox: Mailbox) -> Iterator[Station]:
    made = Station(
        tmp_path,
        valkey.url,
        programme,
        smtp_port=mailbox.port,
        operator_address=OPERATOR,
        disk_free_mb=1,
    )
    made.get("registry/v1/tally")
    made.notifier_parts.operator.introduce()
    made.post(club_founded(historical=True)).raise_for_status()
    made.wake()
    for name in FOLLOWERS:
        made.notifier_parts.doorbell.at_work(name, 1)
    yield made
    made.stop()


def looks(station: Station, minutes: int = 1, **settings: int) -> None:
    """Some time later the notifier's worker sweeps; with other settings it was started anew before."""
    station.now += timedelta(minutes=minutes)
    parts = station.notifier_parts
    changed = station.settings.model_copy(update=settings)
    anew = OperatorMatters(parts.database, parts.log, parts.doorbell, changed, station.clock, parts.outbox)
    (anew if settings else parts.operator).look()
    for id in parts.delivery.due():
        parts.delivery.send(id)


def subjects(mailbox: Mailbox) -> list[str]:
    return [" ".join(letter["subject"].split()) for letter in mailbox.taken]


def test_a_disk_that_fills_is_told_once_and_its_end_once(station: Station, mailbox: Mailbox):
    looks(station)
    assert mailbox.taken == []

    looks(station, disk_free_mb=10**9)
    looks(station, disk_free_mb=10**9)
    [told] = mailbox.taken
    assert told["to"] == OPERATOR
    assert told["subject"].startswith("Hệ thống ISHC: Đĩa dữ liệu chỉ còn")
    assert "ishc doctor" in told.get_body(("plain",)).get_content()

    looks(station)
    looks(station)
    assert len(mailbox.taken) == 2
    assert "Hệ thống ISHC" in mailbox.taken[1]["subject"]
    assert mailbox.taken[1]["references"] == told["message-id"]

    looks(station, disk_free_mb=10**9)
    assert len(mailbox.taken) == 3, "another time is another matter"


def test_a_missing_an_old_and_a_failed_backup_are_told(station: Station, mailbox: Mailbox):
    doorbell = station.notifier_parts.doorbell
    looks(station, minutes=27 * 60)
    assert "Chưa có bản sao lưu nào" in subjects(mailbox)[-1]

    doorbell.note_backup(finished_at=station.now)
    looks(station)
    looks(station, minutes=27 * 60)
    assert "Bản sao lưu tốt gần nhất đã 27 giờ" in subjects(mailbox)[-1]

    doorbell.note_backup(failed_at=station.now)
    looks(station)
    assert "không xong" in subjects(mailbox)[-1]
    assert len(mailbox.taken) == 4


def test_a_follower_that_is_stuck_is_told(station: Station, mailbox: Mailbox):
    doorbell = station.notifier_parts.doorbell
    station.post(club_founded("hai", historical=True)).raise_for_status()
    doorbell.at_work("reporting", 2)
    doorbell.at_work("notifier", 2)
    looks(station)
    assert mailbox.taken == [], "it has only just begun"
    doorbell.tell("reporting", State(parked=3))
    doorbell.tell("notifier", State(stopped="forked"))

    looks(station, minutes=20)

    [letter] = mailbox.taken
    text = letter.get_body(("plain",)).get_content()
    assert "archive chậm 1 sự kiện; sự kiện đầu tiên đã chờ 20 phút" in text
    assert "reporting không đọc được 3 sự kiện" in text
    assert "notifier đã đọc một lịch sử khác" in text

    for name in FOLLOWERS:
        doorbell.at_work(name, 2)
        doorbell.tell(name, State())
    looks(station, minutes=20)
    assert len(mailbox.taken) == 2


def test_a_follower_that_reads_on_is_well_however_far_it_is_behind(station: Station, mailbox: Mailbox):
    """As after Valkey was lost, when nobody has said yet where it is, or while everything is read anew."""
    doorbell = station.notifier_parts.doorbell
    for number in range(4):
        station.post(club_founded(f"club-{number}", historical=True)).raise_for_status()
    station.now += timedelta(hours=5)

    for position in (0, 1, 2, 3):
        for name in FOLLOWERS:
            doorbell.at_work(name, position)
        looks(station, minutes=10)

    assert mailbox.taken == []


def test_two_workers_that_see_the_same_tell_it_once(station: Station, mailbox: Mailbox):
    """The second begins before the first has committed; a worker that died in between leaves nothing half told."""
    full = station.settings.model_copy(update={"disk_free_mb": 10**9})
    first, second = assemble(full, station.clock), assemble(full, station.clock)
    try:
        first.operator.look()
        second.operator.look()
    finally:
        first.close()
        second.close()
    looks(station, disk_free_mb=10**9)

    assert len(mailbox.taken) == 1


def test_a_rebuild_does_not_hush_what_is_seen_now(station: Station, mailbox: Mailbox):
    doorbell = station.notifier_parts.doorbell
    doorbell.tell("notifier", State(stopped="forked"))
    rebuild(station.notifier_parts)
    assert doorbell.states()["notifier"] == State()

    looks(station, disk_free_mb=10**9)

    assert len(mailbox.taken) == 1


def test_the_operators_office_keeps_what_it_chose(station: Station):
    parts = station.notifier_parts
    office = station.get("notifier/v1/offices/operator")
    office.pop("id")
    with station.client(station.notifier) as client:
        client.put("/v1/offices/operator", json=office | {"language": "en"}).raise_for_status()

    changed = station.settings.model_copy(update={"operator_address": "ops@ishc.test night@ishc.test"})
    OperatorMatters(
        parts.database, parts.log, parts.doorbell, changed, station.clock, parts.outbox
    ).introduce()

    office = station.get("notifier/v1/offices/operator")
    assert office["addresses"] == ["ops@ishc.test", "night@ishc.test"]
    assert (office["language"], office["kind"]) == ("en", "operator")


def test_an_operator_signs_in_by_token_not_by_mail(station: Station, mailbox: Mailbox):
    with station.client(station.notifier, token="") as client:
        same_site = {"Sec-Fetch-Site": "same-origin"}
        client.post("/sign-in", data={"address": OPERATOR}, headers=same_site).raise_for_status()

    station.wake()

    assert mailbox.taken == []


def test_what_is_wrong_with_the_machine_is_no_boards_and_no_strangers_business(station: Station):
    looks(station, disk_free_mb=10**9)
    [alert] = station.get("notifier/v1/alerts?rule=needs_operator")["items"]

    board = station.client(station.notifier, token=station.token(Role.PROVINCE, "hoi", provinces=("08",)))
    assert board.get("/v1/alerts?rule=needs_operator").json()["items"] == []
    assert board.get(f"/v1/alerts/{alert['id']}").status_code == 404
