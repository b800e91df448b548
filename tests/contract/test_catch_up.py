"""The reading loop: exactly once, whatever dies, runs twice or cannot be digested."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as forall
from hypothesis import strategies as st
from sqlalchemy import Column as SqlColumn
from sqlalchemy import Connection, Engine, MetaData, Table, insert, select
from sqlalchemy import Integer as SqlInteger

from shared.catch_up import Overtaken, Reading, catch_up, checkpoint, digest, parked_count, replay
from shared.log import Forked
from shared.memory_log import MemoryLog
from shared.report import Recorded
from tests.builders import NOW, club_founded, entry, meeting_held


class Counting:
    """A follower that writes down the positions it took; it chokes on clubs named in `indigestible`."""

    name = "counting"

    def __init__(self, engine: Engine) -> None:
        metadata = MetaData()
        self.engine, self.reading = engine, Reading(metadata)
        self.taken = Table("taken", metadata, SqlColumn("position", SqlInteger, primary_key=True))
        self.indigestible: set[str] = set()
        metadata.create_all(engine)

    def apply(self, transaction: Connection, events: Sequence[Recorded]) -> None:
        for event in events:
            transaction.execute(insert(self.taken).values(position=event.position))
            if event.subject in self.indigestible:
                raise ValueError("cannot digest this")

    def positions(self) -> list[int]:
        with self.engine.connect() as connection:
            return list(connection.scalars(select(self.taken.c.position).order_by(self.taken.c.position)))


@pytest.fixture
def follower(database: Engine) -> Counting:
    return Counting(database)


def a_log_of(clubs: int, meetings: int) -> MemoryLog:
    """So many clubs, each founded and then meeting in turn."""
    log = MemoryLog()
    log.append([entry(club_founded(f"club-{c}")) for c in range(clubs)], NOW)
    for m in range(meetings):
        log.append([entry(meeting_held(f"club-{c}"), m + 2) for c in range(clubs)], NOW)
    return log


def test_every_event_is_taken_once_and_in_order(follower: Counting):
    log = a_log_of(3, 5)

    assert catch_up(log, follower, limit=4) == 18
    assert catch_up(log, follower) == 18
    assert follower.positions() == list(range(1, 19))


def test_rows_and_position_commit_together_or_not_at_all(follower: Counting):
    log, first = a_log_of(1, 3), checkpoint(follower)
    events = log.read(0, 4)

    with pytest.raises(Overtaken):  # A second worker, still at the start, comes too late.
        digest(follower, follower.engine.begin, first, events)
        digest(follower, follower.engine.begin, first, events[:2])

    assert follower.positions() == [1, 2, 3, 4]
    assert checkpoint(follower).position == 4


def test_an_indigestible_event_is_parked_with_the_later_ones_of_its_subject(follower: Counting):
    log = a_log_of(3, 4)
    follower.indigestible = {"club-1"}

    catch_up(log, follower, limit=7)

    mine = [event.position for event in log.history("club-1")]
    assert follower.positions() == [position for position in range(1, 16) if position not in mine]
    assert parked_count(follower) == len(mine) == 5
    assert checkpoint(follower).position == 15


def test_after_the_fix_what_was_parked_is_taken_in_order(follower: Counting):
    log = a_log_of(2, 2)
    follower.indigestible = {"club-0", "club-1"}
    catch_up(log, follower)

    follower.indigestible = {"club-1"}
    assert replay(log, follower) == 3
    follower.indigestible = set()
    assert replay(log, follower) == 0

    assert follower.positions() == [1, 2, 3, 4, 5, 6]


def test_a_reader_that_followed_another_history_halts(follower: Counting):
    catch_up(a_log_of(1, 3), follower)

    with pytest.raises(Forked):
        catch_up(a_log_of(1, 9), follower)

    assert follower.positions() == [1, 2, 3, 4]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@forall(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.sets(st.integers(0, 2), max_size=2))
def test_whatever_the_batches_the_same_events_are_taken(tmp_path_factory, limits: list[int], bad: set[int]):
    from shared.database import engine

    log, whole = a_log_of(3, 3), None
    for limit in [*limits, 1000]:
        follower = Counting(engine(f"sqlite:///{tmp_path_factory.mktemp('d')}/x.sqlite"))
        follower.indigestible = {f"club-{number}" for number in bad}
        catch_up(log, follower, limit=limit)
        whole = whole or follower.positions()
        assert follower.positions() == whole
