"""The checker is checked: every kind of damage, planted in the real stores, is named."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import chain
from typing import Any

import pytest
import redis
from sqlalchemy import Engine, delete, insert, select, update

from services.notifier import tables as notifier
from services.registry import tables as registry
from services.reporting import tables as reporting
from shared.archive import archive
from tests.faults.field import Field, some_clubs
from tests.faults.ground import Ground
from tests.faults.invariants import Line, Told, what_is_wrong
from tests.servers import Valkey
from tests.station import Mailbox

SERVICES = ("registry", "reporting", "notifier")

Damage = Callable[[Ground], Any]


@pytest.fixture(scope="module")
def well(valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """A system in which all is well, with events both in the stream and only in the archive."""
    mailbox = Mailbox()
    ground = Ground(tmp_path_factory.mktemp("well"), valkey.url, "well", mailbox)
    ground.field.send(lambda: ground.station.registry, [*chain(*some_clubs("quiet", 2))])
    ground.station.wake()
    ground.log.client.xtrim(ground.log.keys.log, minid="5-0", approximate=False)
    assert ground.what_is_wrong() == {}
    ground.station.restart_registry()  # It would begin to mend what is broken here.
    yield ground
    ground.close()
    mailbox.stop()


@pytest.fixture
def quiet(well: Ground, valkey: Valkey) -> Iterator[Ground]:
    """The same, and as it was before when the test is over."""
    databases = [well.station.settings.data_dir / f"{name}.sqlite" for name in SERVICES]
    copies = [sqlite3.connect(":memory:") for _ in databases]
    for file, copy in zip(databases, copies, strict=True):
        with sqlite3.connect(file) as live:
            live.backup(copy)
    raw = redis.Redis.from_url(valkey.url)
    keys = {key: raw.dump(key) for key in raw.scan_iter(f"{well.log.keys.prefix}*", count=1000)}
    told = copy_of(well.field)
    taken = list(well.mailbox.taken)
    yield well
    for file, copy in zip(databases, copies, strict=True):
        with sqlite3.connect(file) as live:
            copy.backup(live)
    raw.delete(*raw.scan_iter(f"{well.log.keys.prefix}*", count=1000))
    for key, value in keys.items():
        if value is not None:  # Else it ended by itself meanwhile.
            raw.restore(key, 0, value)
    vars(well.field).update(told)
    well.mailbox.taken[:] = taken


def copy_of(field: Field) -> dict[str, Any]:
    return {name: deepcopy(getattr(field, name)) for name in ("acknowledged", "waiting", "refused")}


def rewrite(ground: Ground, change: Callable[[dict[int, Line]], Any]) -> None:
    """Write the stream anew, as only a person with the password of Valkey could."""
    lines = {line.position: line for line in ground.evidence().stream()}
    change(lines)
    ground.log.client.delete(ground.log.keys.log)
    for at in sorted(lines):
        line = lines[at]
        parts = dict(zip("edsch", line[1:], strict=True))
        ground.log.client.xadd(ground.log.keys.log, parts, id=f"{at}-0")


def write(database: Engine, statement: Any) -> None:
    with database.begin() as transaction:
        assert transaction.execute(statement).rowcount != 0


def one(database: Engine, query: Any) -> Any:
    with database.connect() as connection:
        return connection.execute(query).first()


def in_registry(statement: Any) -> Damage:
    return lambda ground: write(ground.evidence().registry, statement)


def in_reporting(statement: Any) -> Damage:
    return lambda ground: write(ground.evidence().reporting, statement)


def in_notifier(statement: Any) -> Damage:
    return lambda ground: write(ground.evidence().notifier, statement)


def delete_an_event(ground: Ground) -> None:
    rewrite(ground, lambda lines: lines.pop(7))


def delete_the_newest(ground: Ground) -> None:
    rewrite(ground, lambda lines: lines.pop(max(lines)))


def swap_two(ground: Ground) -> None:
    def swap(lines: dict[int, Line]) -> None:
        lines[6], lines[7] = lines[7], lines[6]

    rewrite(ground, swap)


def changed(at: int, **parts: Any) -> Damage:
    return lambda ground: rewrite(
        ground,
        lambda lines: lines.update(
            {
                at: lines[at]._replace(
                    **{name: change(getattr(lines[at], name)) for name, change in parts.items()}
                )
            }
        ),
    )


def with_version(text: str) -> str:
    told = json.loads(text)
    return json.dumps(told | {"subjectversion": told["subjectversion"] + 1})


def set_back(text: str) -> str:
    return json.dumps(json.loads(text) | {"recordedtime": "2020-01-01T00:00:00.000000Z"})


def record_again(ground: Ground) -> None:
    def again(lines: dict[int, Line]) -> None:
        last = max(lines)
        told = lines[7].told | {"position": last + 1}
        lines[last + 1] = lines[7]._replace(position=last + 1, envelope=json.dumps(told))

    rewrite(ground, again)


def tell_two_places(ground: Ground) -> None:
    id, answers = next(iter(ground.field.acknowledged.items()))
    ground.field.acknowledged[id] = [*answers, Told(answers[0].position + 1, answers[0].content_hash)]


def give_a_position_twice(ground: Ground) -> None:
    first, second = list(ground.field.acknowledged)[:2]
    ground.field.acknowledged[second] = list(ground.field.acknowledged[first])


def forget_who_waits(ground: Ground) -> None:
    ground.field.waiting.add("never-kept")


def move_the_head(ground: Ground) -> None:
    ground.log.client.hincrby(ground.log.keys.meta, "head", 1)


def count_wrongly(ground: Ground) -> None:
    ground.log.client.hincrby(ground.log.keys.meta, "received", 1)


def let_wait_again(ground: Ground) -> None:
    database, held = ground.evidence().registry, registry.held
    line = ground.evidence().stream()[0].told
    row = {
        "identity": "x", "ground": "x", "code": "x", "subject": "x", "type": "x", "source": line["source"],
        "report_id": line["id"], "content_hash": "x", "raw": b"", "token": "x",
        "received_at": ground.station.now, "state": "waiting",
    }  # fmt: skip
    write(database, insert(held).values(row))


def arrive_twice(ground: Ground) -> None:
    ground.mailbox.taken.append(ground.mailbox.taken[0])


def arrive_never(ground: Ground) -> None:
    ground.mailbox.taken.pop()


def double_a_letter(ground: Ground) -> None:
    database = ground.evidence().notifier
    row = dict(one(database, select(notifier.letters))._mapping)
    row |= {"id": None, "key": "another", "message_id": "<another@ishc.test>", "state": "due"}
    write(database, insert(notifier.letters).values({name: it for name, it in row.items() if name != "id"}))


DAMAGES: dict[str, tuple[Damage, set[str]]] = {
    "an event deleted": (delete_an_event, {"gaps", "lost", "broken_chain"}),
    "the newest event deleted": (delete_the_newest, {"lost", "broken_chain"}),
    "two events swapped": (swap_two, {"gaps", "lost", "broken_chain", "archive_apart"}),
    "a byte of the data flipped": (
        changed(7, data=lambda text: text.replace("2", "3", 1)),
        {"broken_chain", "lost", "archive_apart"},
    ),
    "a byte of the salt flipped": (
        changed(7, salt=lambda text: ("1" if text[0] == "0" else "0") + text[1:]),
        {"broken_chain", "archive_apart"},
    ),
    "a content hash changed": (
        changed(7, content_hash=lambda text: text[::-1]),
        {"broken_chain", "archive_apart"},
    ),
    "a hash changed": (changed(7, hash=lambda text: text[::-1]), {"broken_chain", "archive_apart"}),
    "a version skipped": (changed(7, envelope=with_version), {"gaps", "broken_chain", "archive_apart"}),
    "recorded time set back": (changed(7, envelope=set_back), {"gaps", "broken_chain", "archive_apart"}),
    "a report recorded twice": (record_again, {"doubled", "gaps", "archive_apart"}),
    "an answer with two positions": (tell_two_places, {"doubled", "lost"}),
    "a position given twice": (give_a_position_twice, {"doubled", "lost"}),
    "the head moved": (move_the_head, {"broken_chain", "sums"}),
    "an archived event dropped": (
        in_registry(delete(archive).where(archive.c.position == 3)),
        {"archive_apart", "gaps", "lost"},
    ),
    "a hot event not archived": (
        in_registry(delete(archive).where(archive.c.position == 7)),
        {"archive_apart"},
    ),
    "an archived event changed": (
        in_registry(update(archive).where(archive.c.position == 7).values(data="{}")),
        {"archive_apart"},
    ),
    "a report neither held nor recorded": (forget_who_waits, {"lost_on_the_desk"}),
    "a refused report erased whole": (in_registry(delete(registry.quarantine)), {"lost_on_the_desk"}),
    "a count too many": (count_wrongly, {"sums"}),
    "a recorded report that still waits": (let_wait_again, {"waits_in_vain"}),
    "an effect changed": (
        in_reporting(
            update(reporting.effects).where(reporting.effects.c.indicator == "fund_vnd").values(value=7)
        ),
        {"figures_apart", "money"},
    ),
    "an effect applied twice": (
        in_reporting(
            insert(reporting.effects).from_select(
                [column.name for column in reporting.effects.columns],
                select(
                    *(
                        (column + 100 if column.name == "n" else column)
                        for column in reporting.effects.columns
                    )
                ).where(reporting.effects.c.indicator == "fund_spent_vnd"),
            )
        ),
        {"figures_apart", "money"},
    ),
    "a club forgotten": (in_reporting(delete(reporting.clubs)), {"figures_apart"}),
    "a fact changed": (in_notifier(update(notifier.facts).values(live=False)), {"facts_apart"}),
    "a condition dropped": (in_notifier(delete(notifier.conditions)), {"facts_apart"}),
    "an alert dropped": (in_notifier(delete(notifier.alerts)), {"letters"}),
    "a letter that arrived twice": (arrive_twice, {"letters"}),
    "a letter that is called sent and never arrived": (arrive_never, {"letters"}),
    "a letter written twice": (double_a_letter, {"letters"}),
    "a letter that arrived and is not known": (in_notifier(delete(notifier.letters)), {"letters"}),
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_is_named(quiet: Ground, kind: str):
    damage, named = DAMAGES[kind]

    damage(quiet)

    assert named <= what_is_wrong(quiet.evidence()).keys()
