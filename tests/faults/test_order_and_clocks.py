"""Reports that come twice, late and in any order, and clocks that are wrong."""

import itertools
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select

from services.notifier.tables import days
from services.registry.tables import held
from services.reporting.tables import effects
from shared.database import engine, reads
from tests.faults.field import some_clubs
from tests.faults.ground import Ground, Rounds, until
from tests.reporter import Reporter


def test_twice_late_and_out_of_order_comes_to_the_same(ground: Ground, rounds: Rounds, tmp_path: Path):
    ordered: list[dict[str, Any]] = []
    late: list[dict[str, Any]] = []
    for round in rounds.of("reports: twice, late, and in any order from four phones", ground):
        clubs = list(itertools.chain(*some_clubs(round.name)))
        ordered += clubs
        sent = [*late, *clubs, *round.chance.sample(clubs, 5)]
        round.chance.shuffle(sent)
        late, sent = sent[:4], sent[4:]
        phones = [sent[phone::4] for phone in range(4)]
        ground.field.send(lambda: ground.station.registry, *phones)
    ground.field.send(lambda: ground.station.registry, late)
    until(lambda: nothing_waits(ground))
    assert ground.what_is_wrong() == {}

    in_order = Reporter(engine(f"sqlite:///{tmp_path}/in-order.sqlite")).tries(*ordered)
    assert added_up(ground.station.reporting_desk.follower.engine) == added_up(in_order.database)


def test_clocks_that_jump_set_no_time_back_and_begin_no_day_twice(ground: Ground, rounds: Rounds):
    right = ground.station.now
    for round in rounds.of("clocks: the server's jumps, phones' are years off", ground):
        began = days_begun(ground)
        ground.station.now = right + timedelta(
            days=round.chance.choice([0, -400, -1, 1, 45]), seconds=round.chance.randrange(-90_000, 90_000)
        )
        off = f"{round.chance.choice([1970, 2019, 2038, 2099])}-01-01T00:00:00Z"
        clubs = [[report | {"time": off} for report in club] for club in some_clubs(round.name)]
        ground.field.send(lambda: ground.station.registry, *clubs)
        ground.station.wake()
        if round.chance.random() < 0.5:
            ground.station.now = right
            ground.station.wake()
        assert began <= days_begun(ground)


def nothing_waits(ground: Ground) -> bool:
    with reads(ground.station.archive.archiver.engine).connect() as connection:
        waiting = select(func.count()).select_from(held).where(held.c.state == "waiting")
        return connection.scalar(waiting) == 0


def days_begun(ground: Ground) -> str:
    """The newest day that began, in Viet Nam."""
    with reads(ground.station.notifier_parts.database).connect() as connection:
        return connection.scalar(select(days.c.last_day)) or ""


def added_up(database: Engine) -> set[Any]:
    """What all reports come to, whatever their positions: by club, indicator, days and place."""
    names = ("subject", "indicator", "part", "first_day", "last_day", "leaves", "list", "province")
    by = [effects.c[name] for name in names]
    amounts = [func.sum(effects.c[name]) for name in ("value", "low", "high", "unbounded", "certain")]
    with reads(database).connect() as connection:
        rows = connection.execute(select(*by, *amounts).group_by(*by))
        return {tuple(row) for row in rows if any(row[len(by) :])}
