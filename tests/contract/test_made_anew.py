"""Read models made anew are those that were followed: rows, indexes, and whatever came together in one batch."""

from sqlalchemy import Engine, inspect, select

from services.reporting.projections import ReportingFollower
from services.reporting.tables import READ_MODELS, clubs, effects
from services.reporting.work import rebuild
from tests.builders import club_founded, corrected, meeting_held, of_club
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


def test_a_batch_that_fails_leaves_nothing_believed(database: Engine):
    reporter = Reporter(database).hears(*OF_A_CLUB_THAT_MOVED)
    followed = rows(database)
    log = reporter.given.log

    class Stumbles(ReportingFollower):
        """Fails once, after the third event of a batch was taken."""

        failed = False

        def apply(self, transaction, events):
            super().apply(transaction, events)
            if not self.failed and any(event.position == 3 for event in events):
                self.failed = True
                raise ValueError("once")

    rebuild(log, Stumbles(database, log), batch=3)

    assert rows(database) == followed


def rows(database: Engine) -> list[list[tuple]]:
    with database.connect() as connection:
        return [sorted(map(tuple, connection.execute(select(table))), key=str) for table in (effects, clubs)]


def indexes(database: Engine) -> dict[str, int]:
    return {table: len(inspect(database).get_indexes(table)) for table in (one.name for one in READ_MODELS)}
