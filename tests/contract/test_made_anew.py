"""Read models made anew are those that were followed: rows, indexes, and whatever came together in one batch."""

import pytest
from sqlalchemy import Engine, inspect

from services.reporting.rebuilding import rebuild
from services.reporting.tables import READ_MODELS
from tests.builders import club_founded, corrected, meeting_held, members_counted, of_club
from tests.read_models import Poisoned, Stumbles, parked_in, rows
from tests.reporter import Reporter

MOVED = of_club("club.moved", occurred_on="2026-02-10", place={"list": "2025-07", "province": "12"})
MOVED_ON = of_club("club.moved", occurred_on="2026-04-10", place={"list": "2025-07", "province": "24"})
OF_A_CLUB_THAT_MOVED = (
    club_founded(),
    MOVED,
    MOVED_ON,
    meeting_held(on="2026-03-21"),
    corrected(MOVED, occurred_on="2026-03-28"),  # Its row stays as it was, and yet it sat elsewhere in March.
    meeting_held(on="2026-03-22"),
    corrected(MOVED_ON, occurred_on="2026-03-01"),
    meeting_held(on="2026-03-23"),
)


def test_an_old_move_that_is_corrected_moves_what_comes_after_it_in_the_same_batch(database: Engine):
    reporter = Reporter(database).hears(*OF_A_CLUB_THAT_MOVED)
    followed = rows(database)

    rebuild(reporter.given.log, reporter.follower)

    assert rows(database) == followed
    march = {"start": "2026-03-01", "end": "2026-03-31"}
    assert [row["value"] for row in reporter.ask("meetings", scope="province:24", **march)] == [3]


def test_a_rebuild_leaves_every_index_it_found(database: Engine):
    reporter = Reporter(database).hears(club_founded(), meeting_held())
    before = indexes(database)

    rebuild(reporter.given.log, reporter.follower)

    assert indexes(database) == before == {table.name: len(table.indexes) for table in READ_MODELS}


@pytest.mark.parametrize("written", [False, True])
def test_a_batch_that_fails_leaves_nothing_believed(database: Engine, written: bool):
    reporter = Reporter(database).hears(*OF_A_CLUB_THAT_MOVED)
    followed = rows(database)
    log = reporter.given.log

    rebuild(log, Stumbles(database, log, written), batch=3)

    assert rows(database) == followed


def test_what_cannot_be_digested_is_parked_by_a_rebuild_as_by_following(database: Engine):
    log = Reporter(database).hears(*OF_A_CLUB_THAT_MOVED, club_founded("bach-ma")).given.log
    rebuild(log, Poisoned(database, log), batch=100)
    at_once, parked = rows(database), parked_in(database)

    rebuild(log, Poisoned(database, log), batch=1)

    assert (
        parked
        == parked_in(database)
        == [(5, "ValueError"), *((n, "behind a parked event") for n in (6, 7, 8))]
    )
    assert rows(database) == at_once


def test_more_clubs_than_are_remembered_are_made_anew_alike(
    database: Engine, monkeypatch: pytest.MonkeyPatch
):
    names = [f"club-{number}" for number in range(5)]
    sent = [club_founded(name) for name in names]
    sent += [members_counted(name, on=f"2026-0{month}-01") for month in (3, 4) for name in names]
    reporter = Reporter(database).hears(*sent)
    followed = rows(database)
    monkeypatch.setattr("services.reporting.believed.MOST_CLUBS", 2)

    rebuild(reporter.given.log, reporter.follower, batch=2)

    assert rows(database) == followed


def indexes(database: Engine) -> dict[str, int]:
    return {table: len(inspect(database).get_indexes(table)) for table in (one.name for one in READ_MODELS)}
