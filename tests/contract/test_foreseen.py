"""Read models made anew with the help of other processes are those that were followed, whatever becomes of the help."""

import os
import signal
from collections.abc import Callable
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import orjson
import psutil
import pytest
from sqlalchemy import Engine

from services.reporting import believed
from services.reporting.ahead import HELPERS, Share
from services.reporting.projections import ReportingFollower
from services.reporting.rebuilding import rebuild
from services.reporting.tables import metadata
from shared.catch_up import catch_up
from shared.database import engine
from shared.log import Log
from shared.valkey_log import ValkeyLog
from tests.builders import (
    club_founded,
    corrected,
    dissolved,
    figure_published,
    meeting_held,
    members_counted,
    merged,
    of_club,
    training_held,
    withdrawn,
)
from tests.door import Door
from tests.read_models import Poisoned, Stumbles, parked_in, rows

NAMES = [f"club-{number}" for number in range(6)]
MOVED = of_club("club.moved", "club-1", occurred_on="2026-02-10", place={"list": "2025-07", "province": "12"})
MEETINGS = [meeting_held(name, on="2026-03-21") for name in NAMES]
MERGED = merged("club-0", into="club-5")  # Which would not fall to the same helper.
SENT = [
    *(club_founded(name) for name in NAMES),
    *(members_counted(name, on="2026-03-01") for name in NAMES),
    MOVED,
    *MEETINGS,
    training_held(),
    figure_published(),
    MERGED,
    *(meeting_held(name, on="2026-04-21") for name in NAMES),
    corrected(MOVED, occurred_on="2026-03-28"),
    corrected(MERGED, into="club-4"),
    withdrawn(MEETINGS[0]),
    dissolved("club-2"),
    *(members_counted(name, on="2026-04-01") for name in NAMES if name != "club-2"),
]


@pytest.fixture
def log(valkey_log: ValkeyLog, tmp_path: Path) -> ValkeyLog:
    """What the clubs sent, recorded; more than ten batches of two."""
    door = Door(valkey_log, tmp_path)
    door.record(orjson.dumps(one) for one in SENT)
    door.close()
    assert door.verdicts == {"accepted": len(SENT)}
    return valkey_log


@pytest.fixture
def followed(database: Engine, log: ValkeyLog) -> list[list[tuple]]:
    """The rows that following the log wrote."""
    metadata.create_all(database)
    catch_up(log, ReportingFollower(database, log))
    return rows(database)


def test_what_helpers_foresee_is_what_following_finds(
    database: Engine, log: ValkeyLog, opened: Callable[[], Log], followed: list[list[tuple]]
):
    follower = Counting(database, log)

    assert rebuild(log, follower, batch=2, open_log=opened) == len(SENT)

    assert rows(database) == followed
    assert follower.applied == 0  # Nothing was left to do.


def test_each_club_falls_to_one_helper_and_merged_ones_to_the_same():
    shares = [Share(number, {"club-0": "club-5", "club-4": "club-5"}) for number in range(HELPERS)]

    falling = {name: [share.number for share in shares if share.has(name)] for name in NAMES}

    assert all(len(numbers) == 1 for numbers in falling.values())
    assert falling["club-0"] == falling["club-4"] == falling["club-5"] != falling["club-1"]


@pytest.mark.parametrize(
    "trouble", ["cannot open", "is killed", "meets a poison", "finds no families", "remembers one club"]
)
def test_where_a_helper_ends_the_rebuild_goes_on_alone(
    database: Engine, log: ValkeyLog, opened: Callable[[], Log], followed: list[list[tuple]], trouble: str
):
    follower = Counting(database, log)

    rebuild(log, follower, batch=2, open_log=partial(opens_in_trouble, opened, trouble))

    assert rows(database) == followed
    assert follower.applied > 0


def test_what_was_foreseen_and_cannot_be_written_is_taken_apart(
    database: Engine, log: ValkeyLog, opened: Callable[[], Log], followed: list[list[tuple]]
):
    rebuild(log, Stumbles(database, log, written=True), batch=2, open_log=opened)

    assert rows(database) == followed
    assert parked_in(database) == []


def test_a_poison_that_stops_a_helper_is_parked(
    database: Engine, log: ValkeyLog, opened: Callable[[], Log], followed: list[list[tuple]]
):
    rebuild(
        log, Poisoned(database, log), batch=2, open_log=partial(opens_in_trouble, opened, "meets a poison")
    )

    assert parked_in(database)[0] == (5, "ValueError")


def test_a_rebuild_that_is_killed_leaves_the_old_read_models_and_no_helper(
    database: Engine,
    log: ValkeyLog,
    opened: Callable[[], Log],
    followed: list[list[tuple]],
    tmp_path: Path,
):
    url = database.url.render_as_string(hide_password=False)
    watched = partial(opens_and_signs, opened, tmp_path / "helpers")
    dying = get_context("spawn").Process(target=rebuild_and_die, args=(url, opened, watched))

    dying.start()
    dying.join()

    assert dying.exitcode == -signal.SIGKILL
    assert rows(database) == followed
    helpers = {int(pid) for pid in (tmp_path / "helpers").read_text().split()}
    living = [psutil.Process(pid) for pid in helpers if psutil.pid_exists(pid)]
    left = psutil.wait_procs(living, timeout=20)[1]
    assert [one for one in left if one.status() != psutil.STATUS_ZOMBIE] == []  # Where nobody buries orphans.
    assert rebuild(log, ReportingFollower(database, log), batch=2, open_log=opened) == len(SENT)
    assert rows(database) == followed


class Dies(ReportingFollower):
    """Is killed before its third batch is written, as by a power cut."""

    written = 0

    def write(self, transaction, difference):
        self.written += 1
        if self.written == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        super().write(transaction, difference)


def rebuild_and_die(url: str, opened: Callable[[], Log], watched: Callable[[], Log]) -> None:
    log = opened()
    rebuild(log, Dies(engine(url), log), batch=2, open_log=watched)


def opens_and_signs(opened: Callable[[], Log], list_of_helpers: Path) -> Log:
    with list_of_helpers.open("a") as signed:
        signed.write(f"{os.getpid()}\n")
    return opened()


class Counting(ReportingFollower):
    """Counts the batches that were projected in this process."""

    applied = 0

    def apply(self, transaction, events):
        self.applied += 1
        super().apply(transaction, events)


class Troubled:
    """A log that a helper has trouble with at the fifth event."""

    def __init__(self, log: Log, trouble: str) -> None:
        self._log, self._trouble = log, trouble

    def __getattr__(self, name):
        return getattr(self._log, name)

    def of_types(self, types):
        return iter(()) if self._trouble == "finds no families" else self._log.of_types(types)

    def follow(self, mark, limit):
        events = self._log.follow(mark, limit)
        if any(event.position == 5 for event in events):
            if self._trouble == "is killed":
                os._exit(9)
            if self._trouble == "meets a poison":
                raise ValueError("never")
        return events


def opens_in_trouble(opened: Callable[[], Log], trouble: str) -> Log:
    if trouble == "cannot open":
        raise ValueError(trouble)
    if trouble == "remembers one club":
        believed.MOST_CLUBS = 1  # type: ignore[misc]
    return Troubled(opened(), trouble)  # type: ignore[return-value]
