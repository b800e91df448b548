"""Lines that are cut after the request or before the answer, slowed, reset, half closed: between any two parts."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.database import migrate
from tests.faults.field import some_clubs
from tests.faults.ground import Ground, Rounds
from tests.faults.wire import Wire, to_port, to_socket
from tests.servers import PostgreSQL, Valkey
from tests.station import Mailbox


def test_the_line_between_phone_and_registry_breaks(ground: Ground, rounds: Rounds):
    wire = Wire(to_port(int(ground.station.registry.rpartition(":")[2])))
    for round in rounds.of("line phone – registry: cut, reset, half closed, slow, held up", ground):
        wire.fail(round.chance, within=12)
        ground.field.send(lambda: f"http://127.0.0.1:{wire.port}", *some_clubs(round.name))
        wire.heal()
    assert wire.struck
    wire.close()


def test_the_line_to_valkey_breaks(
    tmp_path: Path, valkey: Valkey, programme: str, mailbox: Mailbox, rounds: Rounds
):
    wire = Wire(to_socket(valkey.url.removeprefix("unix://")))
    ground = Ground(tmp_path, f"redis://127.0.0.1:{wire.port}", programme, mailbox)
    for round in rounds.of("line services – Valkey: cut, reset, half closed, slow, held up", ground):
        wire.fail(round.chance, within=60)
        ground.field.send(lambda: ground.station.registry, *some_clubs(round.name))
        ground.follow()
        wire.heal()
    assert wire.struck
    ground.close()
    wire.close()


def test_the_line_to_postgresql_breaks(
    tmp_path: Path, postgresql: PostgreSQL, valkey: Valkey, programme: str, mailbox: Mailbox, rounds: Rounds
):
    wire, urls = None, {}
    for service in ("registry", "reporting", "notifier"):
        url = postgresql.database()
        migrate(url, service)
        parts = urlsplit(url)
        folder = parse_qs(parts.query)["host"][0]
        wire = wire or Wire(to_socket(f"{folder}/.s.PGSQL.5432"))
        urls[f"{service}_database_url"] = (
            f"{parts.scheme}://{parts.username}@127.0.0.1:{wire.port}{parts.path}"
        )
    assert wire is not None
    ground = Ground(tmp_path, valkey.url, programme, mailbox, **urls)
    for round in rounds.of("line services – PostgreSQL: cut, reset, half closed, slow, held up", ground):
        wire.fail(round.chance, within=120)
        ground.field.send(lambda: ground.station.registry, *some_clubs(round.name))
        ground.follow()
        wire.heal()
    assert wire.struck
    ground.close()
    wire.close()


@pytest.fixture
def letters_by_wire(
    tmp_path: Path, valkey: Valkey, programme: str, mailbox: Mailbox
) -> Iterator[tuple[Ground, Wire]]:
    wire = Wire(to_port(mailbox.port))
    made = Ground(tmp_path, valkey.url, programme, mailbox, smtp_port=wire.port)
    yield made, wire
    made.close()
    wire.close()


def test_the_line_to_the_mail_server_breaks(letters_by_wire: tuple[Ground, Wire], rounds: Rounds):
    ground, wire = letters_by_wire
    for round in rounds.of("line letters – mail server: cut, reset, half closed, slow, held up", ground):
        ground.field.send(lambda: ground.station.registry, *some_clubs(round.name, 1))
        wire.fail(round.chance, within=7)
        ground.station.wake()
        wire.heal()
        ground.station.now += timedelta(minutes=10)
        ground.station.wake()

        assert ground.station.get("notifier/v1/letters?state=due")["items"] == []
    assert wire.struck
