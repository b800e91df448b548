"""The log proves itself: whoever changes, loses or inserts anything, the position is named."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, update

from services.registry.tables import metadata
from services.registry.verifying import verify
from services.registry.work import Archiver
from shared.archive import Archive, archive
from shared.catch_up import catch_up
from shared.chain import Fault, Kind, fault_in
from shared.doorbell import FOLLOWERS
from shared.log import START, Head, Mark, link
from shared.refill import open_log
from shared.report import Recorded
from shared.valkey import connect
from shared.valkey_log import ValkeyLog
from tests.builders import NOW, club_founded, entry, meeting_held
from tests.servers import Valkey

HOT, EVENTS = 100, 450


@pytest.fixture
def log(valkey: Valkey, programme: str, database: Engine) -> Iterator[ValkeyLog]:
    """450 events: 300 archived, of which the stream has let go of some hundred, and 150 that are in Valkey only."""
    metadata.create_all(database)
    made = ValkeyLog(connect(valkey.url), Archive(database), programme, FOLLOWERS)
    open_log(made, HOT)
    entries = [entry(club_founded(id="founding"))]
    entries += [entry(meeting_held(id=f"m{n}"), n + 2) for n in range(EVENTS - 1)]
    made.append(entries[:300], NOW)
    catch_up(made, Archiver(database), lambda events: made.archived(events, HOT), limit=100)
    made.append(entries[300:], NOW)
    yield made
    made.close()


def change(database: Engine, position: int, **columns: str) -> None:
    with database.begin() as transaction:
        transaction.execute(update(archive).where(archive.c.position == position).values(**columns))


def test_a_log_that_nobody_touched_is_whole(log: ValkeyLog):
    seen: list[int] = []

    found = verify(log, walked=lambda events, total: seen.append(events))

    assert (found.position, found.hash, found.fault) == (EVENTS, log.head().hash, None)
    assert sum(seen) >= EVENTS
    assert verify(log, 250).fault is None
    assert verify(log, EVENTS).fault is None


def test_an_empty_log_is_whole_and_has_no_second_event(valkey: Valkey, programme: str, database: Engine):
    metadata.create_all(database)
    log = ValkeyLog(connect(valkey.url), Archive(database), programme, FOLLOWERS)
    open_log(log, HOT)

    assert verify(log)[:3] == (0, START.hash, None)
    with pytest.raises(LookupError):
        verify(log, 2)
    log.close()


def test_an_event_that_is_gone_from_the_archive_is_missed(log: ValkeyLog, database: Engine):
    with database.begin() as transaction:
        transaction.execute(delete(archive).where(archive.c.position == 7))

    assert verify(log)[2:] == (Fault(7, Kind.MISSING), "archive")
    assert verify(log, 8)[2:] == (Fault(7, Kind.MISSING), "log")


def test_an_event_that_is_gone_from_valkey_is_missed_though_the_archive_has_it(log: ValkeyLog):
    log.client.xdel(log.keys.log, "444-0")

    assert verify(log)[2:] == (Fault(444, Kind.MISSING), "log")


def test_the_end_of_the_log_cannot_be_cut_off_unseen(log: ValkeyLog):
    log.client.xdel(log.keys.log, *(f"{position}-0" for position in range(440, EVENTS + 1)))

    assert verify(log)[2:] == (Fault(440, Kind.MISSING), "log")


def test_a_head_that_names_another_hash_is_named(log: ValkeyLog):
    log.client.hset(log.keys.meta, "hash", "f" * 64)

    assert verify(log)[2:] == (Fault(EVENTS, Kind.HEAD), "log")


def test_an_archive_written_anew_with_a_chain_of_its_own_is_apart_from_the_log(
    log: ValkeyLog, database: Engine
):
    [before] = log.archive.read(254, 1)
    head = Head(before.epoch, before.position, before.hash, before.envelope["recordedtime"])
    entries = [entry(meeting_held(id=f"m{n}", weighed=1), n + 2) for n in range(254, 299)]
    with database.begin() as transaction:
        transaction.execute(delete(archive).where(archive.c.position > 255))
        Archive.copy(transaction, link(head, entries, NOW))

    assert verify(log)[2:] == (Fault(256, Kind.APART), "log")


CHAINED: list[Recorded] = link(
    Head(1, 0, START.hash, ""),
    [
        entry(club_founded(id="founding", name="CLB Cổ Điển")),
        *(entry(meeting_held(id=f"m{n}"), n + 2) for n in range(5)),
    ],
    NOW,
)


def first_fault(events: list[Recorded]) -> Fault | None:
    before = START
    for event in events:
        if fault := fault_in(event, before):
            return fault
        before = Mark.of(event)
    return None


@given(
    at=st.integers(0, len(CHAINED) - 1),
    field=st.sampled_from(["envelope_json", "data_json", "salt", "content_hash", "hash"]),
    where=st.floats(0, 1, exclude_max=True),
    flip=st.integers(1, 127),
)
def test_whatever_character_is_changed_its_position_is_named(at: int, field: str, where: float, flip: int):
    stored = {name: getattr(CHAINED[at], name) for name in Recorded.__dataclass_fields__}
    text = stored[field]
    index = int(where * len(text))
    stored[field] = text[:index] + chr(ord(text[index]) ^ flip) + text[index + 1 :]

    found = first_fault([*CHAINED[:at], Recorded(**stored), *CHAINED[at + 1 :]])

    assert found is not None
    assert found.position == at + 1
    assert first_fault(CHAINED) is None


@pytest.mark.parametrize(
    ("forge", "fault"),
    [
        (lambda all: [*all[:2], *all[3:]], Fault(3, Kind.MISSING)),
        (lambda all: [*all[:3], all[2], *all[3:]], Fault(3, Kind.DOUBLED)),
        (lambda all: [*all[:1], all[2], all[1], *all[3:]], Fault(2, Kind.MISSING)),
    ],
)
def test_events_left_out_put_in_or_swapped_are_named(forge: Callable, fault: Fault):
    assert first_fault(forge(CHAINED)) == fault


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(position=st.integers(1, 300), column=st.sampled_from(["envelope", "data", "salt", "content_hash"]))
def test_what_is_changed_in_the_archive_is_named(
    log: ValkeyLog, database: Engine, position: int, column: str
):
    with database.connect() as connection:
        row = connection.execute(archive.select().where(archive.c.position == position)).mappings().one()
    change(database, position, **{column: row[column].replace("1", "7", 1).replace("a", "b", 1) + " "})

    found = verify(log)
    change(database, position, **{column: row[column]})

    assert (found.position, found.fault.position, found.place) == (position - 1, position, "archive")
    assert verify(log).fault is None
