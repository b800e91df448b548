"""The cold tier: what is archived can be trimmed, read again, and refill an empty Valkey."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from services.registry.tables import metadata
from services.registry.work import Archiver
from shared.archive import Archive
from shared.catch_up import Halt, catch_up, checkpoint, parked_count
from shared.doorbell import FOLLOWERS
from shared.log import Entry, Forked, Known
from shared.problems import LogAway
from shared.refill import open_log
from shared.valkey import connect
from shared.valkey_log import ValkeyLog
from tests.builders import NOW, club_founded, entry, meeting_held
from tests.servers import Valkey

HOT = 100


@pytest.fixture
def archive(database: Engine) -> Archive:
    metadata.create_all(database)
    return Archive(database)


@pytest.fixture
def archiver(archive: Archive, database: Engine) -> Archiver:
    return Archiver(database)


@pytest.fixture
def log(valkey: Valkey, programme: str, archive: Archive) -> Iterator[ValkeyLog]:
    log = ValkeyLog(connect(valkey.url), archive, programme, FOLLOWERS)
    open_log(log, HOT)
    yield log
    forget_everything(log)


def forget_everything(log: ValkeyLog) -> None:
    """As if Valkey had lost its disk."""
    for key in log.client.scan_iter(f"{log.keys.prefix}*", count=5000):
        log.client.delete(key)


def fill(log: ValkeyLog, events: int) -> list[Entry]:
    entries = [entry(club_founded(id="founding"))]
    entries += [entry(meeting_held(id=f"m{n}"), n + 2) for n in range(events - 1)]
    log.append(entries, NOW)
    return entries


def archive_all(log: ValkeyLog, archiver: Archiver) -> None:
    catch_up(log, archiver, lambda events: log.archived(events, HOT), limit=200)


def test_the_archive_holds_what_the_log_holds(log: ValkeyLog, archiver: Archiver, archive: Archive):
    fill(log, 500)

    archive_all(log, archiver)

    kept = [
        (e.position, e.hash, e.envelope_json, e.data_json, e.salt, e.content_hash)
        for e in archive.read(0, 1000)
    ]
    logged = [
        (e.position, e.hash, e.envelope_json, e.data_json, e.salt, e.content_hash) for e in log.read(0, 1000)
    ]
    assert kept[: len(logged)] == logged
    assert archive.last().position == log.head().position == 500


def test_readers_do_not_notice_that_the_stream_was_trimmed(log: ValkeyLog, archiver: Archiver):
    fill(log, 1000)
    before = log.history("co-dien")

    archive_all(log, archiver)

    assert log.client.xlen(log.keys.log) < 400
    read, at = [], 0
    while events := log.read(at, 170):
        read, at = read + events, events[-1].position
    assert [event.position for event in read] == list(range(1, 1001))
    assert [event.hash for event in log.history("co-dien")] == [event.hash for event in before]
    assert log.at([1, 1000, 1001]).keys() == {1, 1000}


def test_an_archive_never_has_a_gap(log: ValkeyLog, archiver: Archiver, archive: Archive, database: Engine):
    fill(log, 150)
    with database.begin() as transaction:
        stranger = log.read(120, 1)
        Archive.copy(transaction, stranger)

    with pytest.raises(Halt):
        archive_all(log, archiver)

    assert parked_count(archiver) == 0
    assert checkpoint(archiver).position == 0
    assert log.client.xlen(log.keys.log) == 150


def test_a_history_is_whole_while_its_newest_part_is_not_archived(log: ValkeyLog, archiver: Archiver):
    fill(log, 150)
    archive_all(log, archiver)
    log.append([entry(meeting_held(), 151)], NOW)

    assert [event.position for event in log.history("co-dien")] == list(range(1, 152))
    named = {event.identity for event in log.at([7, 151]).values()}
    assert [event.position for event in log.history("co-dien", {"meeting.held"}, named)] == [1, 7, 151]
    assert [event.position for event in log.of_types({"meeting.held"})] == list(range(2, 152))


def test_an_identity_is_known_for_ever(log: ValkeyLog, archiver: Archiver):
    first = fill(log, 300)[0]
    archive_all(log, archiver)
    key = log.keys.identity(first.report.identity.key)

    assert 0 < log.client.ttl(key) <= 24 * 3600
    log.client.delete(key)  # A day later.

    assert log.survey([first.report.identity], ()).known == {
        first.report.identity: Known(1, first.report.content_hash)
    }


def test_an_empty_valkey_is_refilled_with_the_same_positions(log: ValkeyLog, archiver: Archiver):
    fill(log, 300)
    archive_all(log, archiver)
    before, history = log.head(), log.history("co-dien")

    forget_everything(log)
    with pytest.raises(LogAway):
        log.read(0, 10)
    open_log(log, HOT)

    after = log.head()
    assert (after.position, after.hash, after.recorded_at) == (
        before.position,
        before.hash,
        before.recorded_at,
    )
    assert after.epoch == before.epoch + 1
    assert [event.hash for event in log.history("co-dien")] == [event.hash for event in history]
    appended = log.append([entry(meeting_held(), 301)], NOW)
    assert [event.position for event in appended.recorded] == [301]
    assert log.tally() == (301, 0)


def test_an_old_copy_of_valkey_gives_no_position_twice(log: ValkeyLog, archiver: Archiver):
    fill(log, 120)
    old = {key: log.client.hgetall(key) for key in (log.keys.meta, log.keys.versions)}
    log.append([entry(meeting_held(), n) for n in range(121, 151)], NOW)
    archive_all(log, archiver)
    for key, value in old.items():  # Yesterday's copy is put back.
        log.client.delete(key)
        log.client.hset(key, mapping=value)
    log.client.delete(log.keys.log)

    with pytest.raises(LogAway):
        log.check()
    open_log(log, HOT)

    appended = log.append([entry(meeting_held(), 151)], NOW)
    assert [event.position for event in appended.recorded] == [151]


def test_a_log_that_tells_another_story_than_its_archive_stays_closed(log: ValkeyLog, archiver: Archiver):
    fill(log, 20)
    archive_all(log, archiver)
    forget_everything(log)
    log.client.hset(
        log.keys.meta, mapping={"state": "open", "epoch": 1, "head": 5, "hash": "f" * 64, "recorded": ""}
    )

    with pytest.raises(Forked):
        open_log(log, HOT)
    with pytest.raises(LogAway):
        log.head()


def test_an_interrupted_refill_is_finished_by_the_next(log: ValkeyLog, archiver: Archiver):
    fill(log, 90)
    archive_all(log, archiver)
    forget_everything(log)
    log.client.hset(log.keys.meta, mapping={"state": "refilling"})
    for event in log.archive.read(0, 40):
        fields = {"e": event.envelope_json, "d": event.data_json, "s": event.salt, "c": event.content_hash}
        log.client.xadd(log.keys.log, fields | {"h": event.hash}, id=f"{event.position}-0")

    open_log(log, HOT)

    assert [event.position for event in log.read(0, 1000)] == list(range(1, 91))


def test_what_a_crash_left_half_let_go_is_finished_at_the_next_start(
    log: ValkeyLog, archiver: Archiver, archive: Archive
):
    fill(log, 50)
    catch_up(log, archiver)  # Archived, and then the worker died before it told Valkey.
    assert log.client.zcard(log.keys.tail("co-dien")) == 50

    log.archived(archive.read(0, checkpoint(archiver).position), HOT)

    assert log.client.zcard(log.keys.tail("co-dien")) == 0
    assert [event.position for event in log.history("co-dien")] == list(range(1, 51))


def test_a_refill_that_was_overtaken_sets_nothing_back(
    log: ValkeyLog, archiver: Archiver, monkeypatch: pytest.MonkeyPatch
):
    fill(log, 90)
    archive_all(log, archiver)
    forget_everything(log)
    other, read = ValkeyLog(log.client, log.archive, log.keys.prefix[6:-2]), log.archive.versions

    def stands_still() -> dict[str, int]:
        """Longer than its lease: another registry refills, opens, and goes on."""
        monkeypatch.undo()
        log.client.delete(log.keys.lease("refill"))
        open_log(other, HOT)
        other.append([entry(meeting_held(), 91)], NOW)
        return read()

    monkeypatch.setattr(log.archive, "versions", stands_still)
    with pytest.raises(LogAway):
        open_log(log, HOT)

    assert log.head().position == 91
    log.append([entry(meeting_held(), 92)], NOW)
    assert [event.position for event in log.read(0, 1000)] == list(range(1, 93))
