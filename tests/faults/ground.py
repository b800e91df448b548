"""A small system for rounds of a fault: real stores, a field that reports, and the proof after every round."""

import os
import random
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy.exc import DBAPIError

from shared.catch_up import Follower, checkpoint
from shared.doorbell import FOLLOWERS
from shared.problems import Away
from shared.valkey_log import ValkeyLog
from shared.work import follow_log
from tests.faults.actors import Actor
from tests.faults.field import Field, some_clubs
from tests.faults.invariants import Evidence, waits_in_vain, what_is_wrong
from tests.station import Mailbox, Station

ROUNDS: Final = int(os.environ.get("ISHC_FAULT_ROUNDS", "10"))
PER_HOUSE: Final = min(
    10, ROUNDS
)  # Rounds in one system: then its logs stay short, and a birth is tried again.
HOUSES: Final = range(-(-ROUNDS // 10))


class Round(NamedTuple):
    """One round: its name, which is its seed, and its dice."""

    name: str
    number: int
    chance: random.Random


class Ground:
    """Everything in this process but what a test plays by actors."""

    def __init__(
        self, folder: Path, valkey_url: str, programme: str, mailbox: Mailbox, **settings: Any
    ) -> None:
        self.mailbox = mailbox
        free = {"smtp_port": mailbox.port, "address_rate": 0, "token_rate": 0}
        self.station = Station(folder, valkey_url, programme, **(free | settings))
        self.field = Field(self.station.operator)
        self._actors: list[Actor] = []
        self._port = _free_port()
        with self.station.client(self.station.notifier) as client:
            client.put(
                "/v1/offices/mien-bac",
                json={
                    "name": "Hội NCT",
                    "kind": "provincial_association",
                    "provinces": ["08", "12"],
                    "addresses": ["mot@ishc.test"],
                },
            ).raise_for_status()

    @property
    def log(self) -> ValkeyLog:
        return self.station.archive.log

    def address(self) -> str:
        """Where the registry that an actor plays is to be found."""
        return f"http://127.0.0.1:{self._port}"

    def act(self, role: str, *more: Any) -> Actor:
        """A process of its own for a part of the system."""
        if role == "registry":
            more = (self._port,)
        actor = Actor(role, self.station.settings, self.station.now, *more)
        self._actors.append(actor)
        return actor

    def reports_come_in(self, seed: str) -> None:
        """A club's life, sent to the registry that lives on."""
        self.field.send(lambda: self.station.registry, *some_clubs(seed, 1))

    def follower(self, role: str) -> Follower:
        """The follower that workers of this role are."""
        station = self.station
        followers: dict[str, Follower] = {
            "archive": station.archive.archiver,
            "reporting": station.reporting_desk.follower,
            "notifier": station.notifier_parts.follower,
        }
        return followers[role]

    def follow(self) -> None:
        """All followers catch up as their workers do, until nothing is behind; what is away is asked again."""
        station, notifier = self.station, self.station.notifier_parts

        def current() -> bool:
            station.archive.follow()
            station.reporting_desk.follow()
            follow_log(notifier.log, notifier.doorbell, notifier.follower)
            try:
                head = self.log.head().position
                return all(checkpoint(self.follower(role)).position == head for role in FOLLOWERS)
            except (Away, DBAPIError):
                return False

        until(current, 60)

    def evidence(self) -> Evidence:
        station = self.station
        return Evidence(
            self.log,
            station.archive.archiver.engine,
            station.reporting_desk.follower.engine,
            station.notifier_parts.database,
            self.field.acknowledged,
            frozenset(self.field.waiting),
            frozenset(self.field.refused),
            Counter(letter["Message-ID"] for letter in self.mailbox.taken),
        )

    def what_is_wrong(self) -> dict[str, list[str]]:
        """All followers catch up, letters are delivered, the registry looked after its house; then the proof."""
        until(lambda: not waits_in_vain(self.evidence()), 10)
        head = -1
        while head != self.log.head().position:  # The registry may let in at any moment what waited.
            head = self.log.head().position
            self.station.wake()
            wrong = what_is_wrong(self.evidence())
        return wrong

    def close(self) -> None:
        for actor in self._actors:
            if actor.exitcode is None:
                actor.kill()
        self.field.close()
        self.station.stop()


class Rounds:
    """Runs the rounds of a fault in one system; after each everything is proved and noted for the table."""

    def __init__(self, note: Callable[[str, object], None], house: int) -> None:
        self._note, self._house = note, house

    def of(self, fault: str, ground: Ground, fewer: int = PER_HOUSE) -> Iterator[Round]:
        """`fewer`: of a fault whose rounds are slow, unless many were asked for."""
        for number in range(min(PER_HOUSE, fewer) if ROUNDS <= PER_HOUSE else PER_HOUSE):
            name = f"r{self._house}-{number}"
            began, before = time.monotonic(), len(ground.field.acknowledged)
            yield Round(name, self._house * PER_HOUSE + number, random.Random(f"{fault} {name}"))
            wrong = ground.what_is_wrong()
            acknowledged = len(ground.field.acknowledged) - before
            lost, doubled = len(wrong.get("lost", ())), len(wrong.get("doubled", ()))
            self._note("fault", [fault, acknowledged, lost, doubled, time.monotonic() - began])
            assert wrong == {}, f"{fault}, round {name}: {wrong}"


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    """Another process does the work: ask again and again, but not for ever."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]
