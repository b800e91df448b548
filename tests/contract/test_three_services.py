"""The law of three services: however it came about, what they know is what the whole history amounts to."""

from collections.abc import Iterable, Mapping

from hypothesis import given as forall
from hypothesis import settings
from sqlalchemy import create_engine, select
from sqlalchemy.pool import StaticPool

from services.notifier import tables as notifier
from services.notifier.facts import Club, club_of
from services.notifier.following import NotifierFollower
from services.notifier.outbox import Outbox
from services.registry.club import remember
from services.reporting.blocks import AMOUNTS
from services.reporting.picture import picture
from services.reporting.rebuilding import rebuild
from services.reporting.tables import clubs, effects
from shared.catch_up import catch_up
from shared.database import snapshot
from shared.events import MeetingHeld
from shared.log import Log
from shared.same_club import alias_in, family, reports_of, root_of
from tests.builders import (
    NOW,
)
from tests.lives import NAMES, lives
from tests.reporter import Reporter

KEYS = (
    *("indicator", "part", "subject", "first_day", "last_day", "leaves"),
    *("province_now", "district", "commune", "commune_now", "province_63"),
)


@settings(max_examples=60)
@forall(lives())
def test_all_three_services_make_of_any_reports_what_stands_in_the_end(sent: list[dict]):
    reporter = Reporter(
        create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    )
    reporter.tries(*sent)
    log, judge = reporter.given.log, reporter.given.judge

    histories = {name: reporter.given.log.history(name) for name in NAMES}
    aliases = {name: into for name, history in histories.items() if (into := alias_in(history))}
    roots = {root_of(name, aliases) for name in NAMES}
    meetings = {
        root: sum(
            isinstance(report.event, MeetingHeld)
            for report in reports_of([histories.get(name, []) for name in family(root, aliases)])
        )
        for root in roots
    }
    counted = {row["club"]: row["value"] for row in reporter.ask("meetings", by="club")}
    assert {root: n for root, n in meetings.items() if n} == {root: n for root, n in counted.items() if n}
    told, drawn = (
        believed(reporter),
        [
            picture(root, [histories.get(name, []) for name in family(root, aliases)])
            for root in sorted(roots)
        ],
    )
    assert told == rebuilt(reporter)
    assert [club | {"known_from": 0, "known_until": None} for club in told[0]] == [
        one.club | {"subject": root, "known_from": 0, "known_until": None}
        for root, one in zip(sorted(roots), drawn, strict=True)
        if one.club is not None
    ]
    assert told[1] == summed(effect._asdict() for one in drawn for effect in one.effects.elements())
    assert judge.subjects(NAMES) == {name: remember(history) for name, history in histories.items()}
    assert facts_of_the_notifier(log) == {
        root: club
        for root in roots
        if (club := club_of(root, [histories[name] for name in family(root, aliases)])) is not None
    }


def facts_of_the_notifier(log: Log) -> dict[str, Club]:
    """What the notifier knows of clubs when it has followed the log, a few events at a time."""
    database = create_engine("sqlite://", poolclass=StaticPool)
    notifier.metadata.create_all(database)
    catch_up(log, NotifierFollower(database, log, lambda: NOW, Outbox("ishc.test")), limit=3)
    with database.connect() as connection:
        return {row.subject: Club(**row.told) for row in connection.execute(select(notifier.facts))}


def believed(reporter: Reporter) -> tuple:
    """The clubs as they stand, and what all effects add up to."""
    with snapshot(reporter.database).connect() as connection:
        now = connection.execute(select(clubs).where(clubs.c.known_until.is_(None)).order_by(clubs.c.subject))
        rows = [{**row._mapping, "known_from": 0} for row in now]
        sums = summed(row._mapping for row in connection.execute(select(effects)))
    return rows, sums


def summed(rows: Iterable[Mapping]) -> dict[tuple, tuple[int, ...]]:
    """What effects add up to, by all that tells them apart."""
    sums: dict[tuple, tuple[int, ...]] = {}
    for row in rows:
        key = tuple(row[name] for name in KEYS)
        sums[key] = tuple(a + row[name] for a, name in zip(sums.get(key, (0,) * 5), AMOUNTS, strict=True))
    return {key: amounts for key, amounts in sums.items() if any(amounts)}


def rebuilt(reporter: Reporter) -> tuple:
    rebuild(reporter.given.log, reporter.follower, batch=3)
    return believed(reporter)
