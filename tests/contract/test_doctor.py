"""`ishc doctor`: each thing that can be wrong is made wrong, and named."""

import json
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rq import Worker
from sqlalchemy import insert, text, update

from services.cli import main
from services.doctor import examine
from services.doctor.guarding import passwords_are_set
from services.doctor.opened import Opened
from services.doctor.running import QUEUES
from services.doctor.stores import valkey_keeps
from services.notifier.tables import letters
from services.reporting.tables import reading as reporting_reading
from shared.access import Role
from shared.archive import Archive, archive
from shared.database import engine, migrate
from shared.doorbell import Doorbell, queue
from shared.refill import open_log
from shared.valkey import Keys, connect
from shared.valkey_log import ValkeyLog
from shared.work import follow_log
from tests.builders import club_founded, meeting_held
from tests.servers import Valkey
from tests.station import Mailbox, Station
from tests.valkey_users import Guarded

ALWAYS = {"operator-unknown"}  # What every station has.


def opened(station: Station, **settings: Any) -> Opened:
    told = {
        "registry_url": station.registry,
        "reporting_url": station.reporting,
        "notifier_url": station.notifier,
        "disk_free_mb": 1,
    }
    return Opened(station.settings.model_copy(update=told | settings), station.clock)


def found(station: Station, **settings: Any) -> set[str]:
    """What the doctor finds, beside what every station has: `code` or `code:about`."""
    looked = opened(station, **settings)
    try:
        return {matter.key.rstrip(":") for matter in examine(looked)} - ALWAYS
    finally:
        looked.close()


@pytest.fixture(autouse=True)
def at_work(station: Station) -> None:
    """One club recorded; a tick and every worker alive."""
    doorbell = station.notifier_parts.doorbell
    doorbell.lease("tick", "test", 600)
    jobs, programme = station.notifier_parts.jobs, station.settings.programme
    for name in QUEUES:
        Worker([queue(name, jobs, programme)], connection=jobs).register_birth()
    station.get("registry/v1/tally")
    station.post(club_founded()).raise_for_status()
    station.wake()
    doorbell.note_backup(finished_at=station.now)


def test_a_healthy_system_has_nothing_wrong(station: Station):
    assert found(station) == set()


def test_stores_that_do_not_answer_are_named(station: Station, tmp_path: Path):
    nowhere = f"unix://{tmp_path}/nowhere.sock"
    away = "postgresql+psycopg://ishc:x@127.0.0.1:1/registry"

    assert found(station, log_url=nowhere) >= {"valkey-away:log", "valkey-away:jobs"}
    assert "database-away:reporting" in found(station, reporting_database_url=away)
    assert "database-behind:notifier" in found(
        station, notifier_database_url=f"sqlite:///{tmp_path}/none.sqlite"
    )
    assert not (tmp_path / "none.sqlite").exists()


def test_databases_of_another_version_are_named(station: Station, tmp_path: Path):
    old = f"sqlite:///{tmp_path}/old.sqlite"
    migrate(old, "reporting", "0005")
    with engine(station.settings.notifier_database).begin() as transaction:
        transaction.execute(text("UPDATE notifier_version SET version_num = '9999'"))

    matters = found(station, reporting_database_url=old)

    assert matters >= {"database-behind:reporting", "database-ahead:notifier"}


def test_a_valkey_that_may_lose_reports_is_named(station: Station, tmp_path: Path):
    server = Valkey(tmp_path / "v")
    client = connect(server.url)
    client.config_set("appendfsync", "everysec")
    client.config_set("maxmemory", client.info()["used_memory"] + 50_000)
    client.execute_command("ACL", "SETUSER", "reader", "on", ">word", "~*", "+@all", "-config")
    hidden = server.url.replace("unix://", "unix://reader:word@")

    def kept(url: str) -> set[str]:
        return {matter.key.rstrip(":") for matter in valkey_keeps(opened(station, log_url=url))}

    try:
        assert kept(server.url) == {"valkey-setting:appendfsync", "valkey-memory"}
        assert kept(hidden) == {"valkey-settings-hidden", "valkey-memory"}
        assert kept(station.settings.log_url) == set()
    finally:
        server.stop()


def test_the_rights_of_the_registry_are_enough_to_look(station: Station, tmp_path: Path):
    """As `docker compose run --rm migrate doctor` does: with the user that writes the log."""
    server = Guarded(tmp_path / "guarded", "log", "vn")
    try:
        archived = Archive(station.archive.archiver.engine)
        open_log(ValkeyLog(connect(server.of("writer")), archived, "vn"), 100)
        server.refused()

        matters = found(station, log_url=server.of("writer"), jobs_url=station.settings.jobs, programme="vn")

        assert not {one for one in matters if one.startswith(("check-failed", "valkey"))}
        assert server.refused() == []
    finally:
        server.stop()


def test_a_log_that_is_closed_short_or_forked_is_named(station: Station, programme: str):
    client, keys = station.archive.log.client, Keys(programme)

    client.set(keys.lease("refill"), "somebody else", ex=600)  # So the registry lets it be.
    client.hset(keys.meta, "state", "refilling")
    closed = found(station)
    assert closed >= {"log-closed", "service-not-ready:registry"}
    assert not {one for one in closed if one.startswith("check-failed")}

    client.hset(keys.meta, mapping={"state": "open", "head": 0})
    assert "log-behind-archive" in found(station)

    client.hset(keys.meta, "head", 1)
    with engine(station.settings.registry_database).begin() as transaction:
        transaction.execute(update(archive).values(hash="0" * 64))
    assert "log-forked" in found(station)


def test_followers_that_are_stuck_are_named(station: Station):
    parked, checkpoint = reporting_reading.parked, reporting_reading.checkpoint
    with engine(station.settings.reporting_database).begin() as transaction:
        row = {"follower": "reporting", "position": 1, "subject": "co-dien", "reason": "ValueError"}
        transaction.execute(insert(parked).values(row))
    assert found(station) == {"follower-parked:reporting"}

    station.post(meeting_held()).raise_for_status()
    station.now += timedelta(minutes=20)
    assert found(station) >= {"follower-behind:archive", "follower-behind:notifier"}

    with engine(station.settings.reporting_database).begin() as transaction:
        transaction.execute(update(checkpoint).values(hash="f" * 64))
    assert "follower-forked:reporting" in found(station)


def test_an_archive_that_halted_is_named_until_it_goes_on(station: Station):
    """Somebody wrote into the archive: the next event cannot be stored."""
    desk = station.archive
    station.post(meeting_held()).raise_for_status()
    [event] = desk.log.read(1, 1)
    with engine(station.settings.registry_database).begin() as transaction:
        first = dict(transaction.execute(archive.select()).mappings().one())
        transaction.execute(
            insert(archive).values(
                first | {"position": 99, "identity": event.identity.key, "subject_version": 9}
            )
        )
    doorbell = Doorbell(
        connect(station.settings.log), station.notifier_parts.jobs, station.settings.programme
    )

    follow_log(desk.log, doorbell, desk.archiver)
    assert "follower-halted:archive" in found(station)

    with engine(station.settings.registry_database).begin() as transaction:
        transaction.execute(archive.delete().where(archive.c.position == 99))
    follow_log(desk.log, doorbell, desk.archiver)
    assert "follower-halted:archive" not in found(station)


def test_processes_that_are_away_are_named(station: Station, programme: str):
    station.archive.log.client.delete(Keys(programme).lease("tick"))
    jobs = station.notifier_parts.jobs
    name = queue("letters", jobs, station.settings.programme).name
    [letters_worker] = [one for one in Worker.all(connection=jobs) if name in one.queue_names()]
    letters_worker.register_death()
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]

        matters = found(station, registry_url="", registry_port=port)

    assert matters == {
        "tick-away",
        "worker-away:letters",
        "service-away:registry",
        "port-taken:ISHC_REGISTRY_PORT",
    }


def test_letters_and_reports_that_wait_for_somebody_are_named(station: Station, mailbox: Mailbox):
    office = {"name": "Hội", "kind": "provincial_association", "provinces": ["08"], "addresses": ["a@b.test"]}
    with station.client(station.notifier) as client:
        client.put("/v1/offices/board", json=office).raise_for_status()
    mailbox.refuse = "550 no such mailbox"
    station.post(club_founded("hai"))
    station.post(meeting_held("chua-co"))
    station.post(meeting_held("hai", on="1999-01-01"))
    station.wake()
    assert found(station) == {"letters-set-aside", "reports-held", "reports-refused"}

    mailbox.refuse, mailbox.hang_up = None, True
    station.post(club_founded("muoi-ba"))
    station.wake()
    assert "letters-unknown" in found(station)

    with engine(station.settings.notifier_database).begin() as transaction:
        transaction.execute(update(letters).values(state="held"))
    assert "letters-held" in found(station)

    with engine(station.settings.notifier_database).begin() as transaction:
        transaction.execute(update(letters).values(state="due"))
    station.now += timedelta(hours=1)
    assert "letters-late" in found(station)


def test_a_mail_server_that_does_not_answer_is_named(station: Station, mailbox: Mailbox):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        nobody = probe.getsockname()[1]

    assert found(station, smtp_port=nobody) == {"smtp-away"}
    assert found(station) == set()
    assert mailbox.taken == []


def test_what_runs_out_is_named(station: Station):
    today = station.now.date()
    station.token(Role.DEVICE, "phone", provinces=("08",), expires_on=today + timedelta(days=3))
    assert found(station, disk_free_mb=10**9) == {"token-ends:phone", "disk-low"}

    station.notifier_parts.doorbell.note_backup(finished_at=station.now - timedelta(days=9))
    assert "backup-old" in found(station)
    station.archive.log.client.hdel(station.archive.log.keys.states, "backup")
    assert "backup-never" in found(station)


def test_dangerous_settings_are_named(station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    key = tmp_path / "key"
    key.write_text("x")
    key.chmod(0o644)
    monkeypatch.setenv("ISHC_SMTP_PASSWORD_FILE", str(key))

    matters = found(station, host="0.0.0.0", public_read="clubs", jobs_url="redis://127.9.9.9:1")
    assert matters >= {
        "open-to-all:clubs",
        "cookies-in-clear",
        "link-key-in-database",
        f"secret-readable:{key}",
    }

    afar = opened(station, log_url="redis://192.0.2.1", smtp_host="mail.example")
    assert {one.code for one in passwords_are_set(afar)} == {"valkey-without-password", "smtp-in-clear"}


def test_a_person_and_a_script_read_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Nothing runs here: much is wrong, nothing is made, and the exit code says so."""
    monkeypatch.setenv("ISHC_DATA_DIR", str(tmp_path / "data"))

    shown, told = (CliRunner().invoke(main, ["doctor", *more]) for more in ([], ["--json"]))

    assert shown.exit_code == told.exit_code == 1
    answer = json.loads(told.output)
    assert answer["ok"] is False
    assert {"code", "about", "wrong", "facts", "said_vi", "said_en", "do_vi", "do_en"} == set(
        answer["matters"][0]
    )
    assert all(
        matter["said_vi"] in shown.output and matter["do_en"] in shown.output for matter in answer["matters"]
    )
    assert not (tmp_path / "data").exists()
