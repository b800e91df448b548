"""A machine of a log and the two databases of which a backup keeps something, for the tests of backups."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, select

from services.backup.folder import Folder, Run
from services.backup.restoring import Place
from services.backup.running import back_up
from services.backup.tables import Store
from services.notifier import keeping as notifier_keeping
from services.notifier.tables import letters, offices, reports
from services.registry import keeping as registry_keeping
from services.registry.tables import held, quarantine
from services.registry.work import Archiver
from shared.access import Role, Token, Tokens
from shared.catch_up import catch_up
from shared.report import Recorded
from shared.valkey_log import ValkeyLog
from tests.builders import NOW, club_founded, entry, meeting_held

HOT = 100
QUIET: Any = lambda done, of: None  # noqa: E731
KEEPING = {"registry": registry_keeping, "notifier": notifier_keeping}


@dataclass
class Machine:
    """A log and the two databases of which a backup keeps something."""

    log: ValkeyLog
    places: dict[str, Place]

    @property
    def stores(self) -> list[Store]:
        return [place.store for place in self.places.values()]

    def database(self, service: str) -> Engine:
        return self.places[service].store.engine

    def rows(self, service: str) -> dict[str, list[Any]]:
        """All that a backup keeps of a service."""
        found = {}
        with self.database(service).connect() as connection:
            for table in KEEPING[service].KEPT:
                found[table.name] = connection.execute(select(table).order_by(*table.primary_key)).all()
        return found

    def events(self) -> list[str]:
        found: list[str] = []
        while events := self.log.read(len(found), 1000):
            found += map(bytes_of, events)
        return found

    def append(self, number: int) -> None:
        version = self.log.survey((), ["co-dien"]).versions["co-dien"]
        entries = [] if version else [entry(club_founded(id="founding"))]
        for n in range(version + len(entries), version + number):
            entries.append(entry(meeting_held(id=f"m{n}", note="mưa, đến ít"), n + 1))
        self.log.append(entries, NOW)

    def archive(self) -> None:
        archiver = Archiver(self.database("registry"))
        catch_up(self.log, archiver, lambda events: self.log.archived(events, HOT), limit=50)

    def close(self) -> None:
        self.log.close()
        for store in self.stores:
            store.engine.dispose()


def bytes_of(event: Recorded) -> str:
    return repr((event.hash, event.envelope_json, event.data_json, event.salt, event.content_hash))


def run(folder: Folder, machine: Machine, runs: int = 30) -> Run:
    return back_up(folder, machine.log, machine.stores, lambda: NOW, runs, QUIET)


def flip(path: Path, where: float, bits: int = 1) -> None:
    found = bytearray(path.read_bytes())
    found[int(where * len(found))] ^= bits
    path.write_bytes(found)


def filled(machine: Machine, events: int = 250) -> Machine:
    """A machine in the middle of its life: half of its log archived, something in each table that is kept."""
    machine.append(events * 3 // 5)
    machine.archive()
    machine.append(events - events * 3 // 5)
    tokens = Tokens(machine.database("registry"), lambda: NOW)
    tokens.make(Token("phone", Role.DEVICE, "/devices/phone", ("08",)))
    with machine.database("registry").begin() as transaction:
        for n in range(3):
            transaction.execute(insert(quarantine).values(refused(n)))
            transaction.execute(insert(held).values(waiting(n)))
    with machine.database("notifier").begin() as transaction:
        transaction.execute(insert(offices).values(office("tuyen-quang")))
        transaction.execute(insert(letters), [letter(n, state) for n, state in enumerate(STATES)])
        transaction.execute(
            insert(reports).values(
                alert_key="a", language="vi", name="r.pdf", content=b"\0\xff%PDF", fetched_at=NOW
            )
        )
    return machine


STATES = ("due", "claimed", "sending", "sent", "set_aside")


def refused(n: int) -> dict[str, Any]:
    refused = {"verdict": "rejected", "code": "no", "pointer": "", "faults": "[]", "token": "phone"}
    raw = b"\x00\xff" * n if n else None
    return refused | {"raw": raw, "received_at": NOW, "state": "kept", "source": "/devices/phone"}


def waiting(n: int) -> dict[str, Any]:
    names = ("identity", "ground", "code", "subject", "type", "source", "report_id", "content_hash", "token")
    return dict.fromkeys(names, f"một {n}") | {"raw": b"{}", "received_at": NOW, "state": "waiting"}


def office(id: str) -> dict[str, Any]:
    office = {"id": id, "name": "Hội NCT", "kind": "provincial_association", "provinces": ["08"]}
    return office | {"addresses": ["a@b.test"], "language": "vi", "languages": {}, "hours": {}}


def letter(n: int, state: str) -> dict[str, Any]:
    texts = dict.fromkeys(("rule", "office", "office_name", "address", "language"), "vi")
    letter = {"key": f"k{n}", "told": "t", "kind": "digest", "facts": {"đ": n}, "causes": [n], "thread": []}
    moments = {"made_at": NOW, "next_try_at": NOW}
    return texts | letter | moments | {"message_id": f"<{n}@x>", "state": state, "attempts": 0}
