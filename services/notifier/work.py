"""The notifier's workers: one follows the log and passes the days, one delivers letters."""

import logging
from collections.abc import Sequence
from functools import cache
from typing import Final

import redis
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from services.notifier.parts import Parts, assemble
from services.notifier.tables import letters
from shared import clock, tracing
from shared.catch_up import BATCH, Overtaken
from shared.database import is_away, reads
from shared.doorbell import SEND_LETTER, enqueue
from shared.problems import Away
from shared.report import Recorded
from shared.settings import Notifier
from shared.work import follow_log, replay_parked, run_worker

logger = logging.getLogger(__name__)

LETTERS: Final = "letters"


@cache
def _parts() -> Parts:
    return assemble(Notifier(), clock.now)


def follow() -> None:
    """Answer the notifier's bell."""
    parts = _parts()

    def post(events: Sequence[Recorded]) -> None:
        if len(events) < BATCH:  # Behind by more, alerts wait: the next batch may end what this one begins.
            parts.follower.settle()
        post_letters(parts)

    follow_log(parts.log, parts.doorbell, parts.follower, post)


def sweep() -> None:
    """What time brings: days that passed, letters whose next try has come, work that a dead worker left."""
    follow()
    parts = _parts()
    try:
        parts.monthly.make()
        parts.follower.settle()
        parts.operator.look()
        parts.delivery.sweep()
        parts.returned.read()
        post_letters(parts)
    except Overtaken:
        pass  # Another worker passed the day.
    except (Away, DBAPIError) as error:
        if isinstance(error, DBAPIError) and not is_away(error):
            raise
        logger.warning("sweep put off: %s", type(error).__name__)
    finally:
        parts.doorbell.swept()


def send(id: int) -> None:
    """Deliver one letter."""
    parts = _parts()
    with tracing.span("letter", traces_of(parts, id), letter=id):
        parts.delivery.send(id)


def traces_of(parts: Parts, id: int) -> list[tracing.Trace]:
    """The traces of the reports that a letter tells of; none where they cannot be read."""
    with reads(parts.database).connect() as connection:
        causes = connection.scalar(select(letters.c.causes).where(letters.c.id == id)) or []
    try:
        events = parts.log.at(causes[: tracing.MOST])
    except Away:
        return []
    return tracing.of_events(events[position] for position in sorted(events))


def post_letters(parts: Parts) -> None:
    """One job for each letter that is due."""
    try:
        for id in parts.delivery.due():
            enqueue(LETTERS, SEND_LETTER, parts.jobs, parts.settings.programme, [id])
    except redis.RedisError:
        logger.warning("letters not queued, the sweep will")


def replay_now() -> int:
    """`ishc replay notifier`: how many events are still parked."""
    return replay_parked(_parts().log, _parts().doorbell, _parts().follower)


def main() -> None:
    """Run the worker that follows the log."""

    def start() -> None:
        _parts().operator.introduce()
        sweep()

    run_worker("notifier", _parts().settings, start)


def main_letters() -> None:
    """Run the worker that delivers letters."""
    run_worker(LETTERS, _parts().settings, lambda: None)
