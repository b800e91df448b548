"""`ishc log redact`: words of one event leave the log, the archive, and what was held or refused under its identity.

Begun, it can be cut off anywhere and run again: each step finds what is still to be done. The record comes first, so
that nothing is ever gone of which the log does not say so.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection, Engine, update

from services.registry.tables import held, quarantine
from services.registry.work import Archiver
from shared import clock
from shared.archive import archive
from shared.audit import Audit, who_runs_this
from shared.catch_up import catch_up
from shared.database import engine, scrub
from shared.events import ReportRedacted
from shared.log import Entry
from shared.redaction import NoSuchEvent, NothingToRedact, as_report, record_of, texts_in, without, words_at
from shared.report import Recorded
from shared.settings import Registry
from shared.valkey import answering
from shared.valkey_log import A_DAY, ValkeyLog

PROGRAMME: Final = "programme"
NODE: Final = 100  # Events that Valkey keeps together at most: stream-node-max-entries.


class Redaction(NamedTuple):
    """What is taken out of an event: `words` as they stood there, `after` is what remains."""

    after: Recorded
    words: list[str]


def redact_now(
    log: ValkeyLog, position: int, texts: Sequence[str], reason: str, tell: Callable[[Redaction], object]
) -> Redaction:
    """`ishc log redact`: `tell` hears what is taken out while the words are still known. Raises as `begin`."""
    database, me = engine(Registry().registry_database), who_runs_this()
    redaction = begin(log, position, texts, reason, me, clock.now())
    Audit(database, clock.now).note(me, "log redact", str(position))
    tell(redaction)
    finish(log, database, redaction)
    return redaction


def begin(
    log: ValkeyLog, position: int, texts: Sequence[str], reason: str, by: str, now: datetime
) -> Redaction:
    """Record that words are taken out: those at `texts` (JSON pointers), or all free texts.

    Raises `NoSuchEvent`, `NothingToRedact`, `NoSuchText`, `StillNeeded` and `LogAway`.
    """
    event = log.at([position]).get(position)
    if event is None:
        raise NoSuchEvent(position)
    before = record_for(log, position)
    wanted = list(texts) or ([] if before else texts_in(event.data))
    pointers = sorted({*wanted, *(before.texts if before else ())})
    if not pointers:
        raise NothingToRedact(position)
    after = without(event, pointers)
    if before is None or before.remains != after.content_hash:
        _append(log, record_of(after, pointers, reason), by, now)
    return Redaction(after, words_at(event.data, pointers))


def finish(log: ValkeyLog, database: Engine, redaction: Redaction) -> None:
    """Take the words out of Valkey and of the registry's database."""
    after, position = redaction.after, redaction.after.position
    _leave_it_to_the_archive(log, database, position)
    with answering():
        identity = log.keys.identity(after.identity.key)
        log.client.mset({identity: f"{position} {after.content_hash}"})
        log.client.expire(identity, A_DAY)
    with database.begin() as transaction:
        _take_out(transaction, after)
    scrub(database)
    _rewrite_file(log)


def _leave_it_to_the_archive(log: ValkeyLog, database: Engine, position: int) -> None:
    """Trim the stream until nothing of the event is left in Valkey: what is trimmed stays in memory, and in the file,
    as long as a neighbour in its node is there."""
    reached, empty = 0, False
    while not empty and reached < position + NODE:
        reached = catch_up(log, Archiver(database))
        with answering():
            log.client.xtrim(log.keys.log, minid=f"{reached + 1}-0", approximate=False)
            empty = not log.client.xrevrange(log.keys.log, count=1)


def _rewrite_file(log: ValkeyLog) -> None:
    """Valkey's append-only file holds what the stream no longer does, until it is written anew."""
    with answering():
        _wait_for_rewriting(log)
        log.client.bgrewriteaof()
        _wait_for_rewriting(log)


def _wait_for_rewriting(log: ValkeyLog) -> None:
    busy = ("aof_rewrite_in_progress", "aof_rewrite_scheduled")
    while any(map(log.client.info("persistence").get, busy)):
        time.sleep(0.1)


def record_for(log: ValkeyLog, position: int) -> ReportRedacted | None:
    """The newest record that words of the event at a position were taken out."""
    told = [event.event for event in log.history(PROGRAMME)]
    mine = [one for one in told if isinstance(one, ReportRedacted) and one.position == position]
    return mine[-1] if mine else None


def elsewhere(log: ValkeyLog, redaction: Redaction) -> list[int]:
    """Positions of the same subject where the same words still stand: corrections repeat what they correct."""
    history = log.history(redaction.after.subject)
    return [
        event.position
        for event in history
        if event.position != redaction.after.position
        and any(word in event.data_json for word in redaction.words)
    ]


def _append(log: ValkeyLog, record: ReportRedacted, by: str, now: datetime) -> None:
    stale = True
    while stale:
        version = log.survey((), [PROGRAMME]).versions[PROGRAMME]
        stale = log.append([Entry(as_report(record), version + 1, by)], now).stale


def _take_out(transaction: Connection, after: Recorded) -> None:
    remains = {"data": after.data_json, "salt": "", "content_hash": after.content_hash}
    transaction.execute(update(archive).where(archive.c.position == after.position).values(remains))
    was_held = held.c.identity == after.identity.key
    transaction.execute(update(held).where(was_held).values(raw=b"", content_hash=after.content_hash))
    was_refused = (quarantine.c.source == after.identity.source, quarantine.c.report_id == after.identity.id)
    transaction.execute(update(quarantine).where(*was_refused).values(raw=None))
