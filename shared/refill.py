"""Opening the log: giving birth to it, or refilling a Valkey that is empty or older than the archive.

An old copy of Valkey under a newer archive would give used positions to new events. So no Valkey that has started
anew is written to until it was compared with the archive, the log answers nothing until it reaches as far, and every
refill begins a new epoch (decision 0029).
"""

import logging
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

import redis

from shared.log import NO_HASH, Forked, Mark
from shared.problems import LogAway
from shared.report import Recorded
from shared.valkey import answering
from shared.valkey_log import ValkeyLog, stored_event

logger = logging.getLogger(__name__)

BATCH: Final = 500
_LEASE_MS: Final = (
    10_000  # Renewed with every batch; whoever died while refilling keeps others waiting this long.
)
RESTORING: Final = "restoring"  # The state of a log whose restore is under way, or was cut off.
_RELEASE: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"
# Who stood still so long that another took over must not set back what went on without it.
_WRITE_IF_MINE: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[2], unpack(ARGV, 2))
return 1
"""


def open_log(log: ValkeyLog, hot_window: int) -> None:
    """Make sure the log is open and reaches as far as its archive.

    Raises `LogAway` while Valkey does not answer, another process is refilling it or a restore is not done, `Forked`
    if log and archive tell different histories: then nothing is written, and a person must decide.
    """
    me, lease = str(uuid4()), log.keys.lease("refill")
    with answering():
        if not log.client.set(lease, me, nx=True, px=_LEASE_MS):
            raise LogAway
        try:
            _open(log, hot_window, me)
            _begin_a_new_file(log)
            log.admit()
        finally:
            log.client.eval(_RELEASE, 1, lease, me)


def _open(log: ValkeyLog, hot_window: int, me: str) -> None:
    archived = log.archive.last()
    state, epoch, head, hash_ = log.client.hmget(log.keys.meta, ("state", "epoch", "head", "hash"))
    position = int(head or 0)
    if state == RESTORING:
        raise LogAway
    if state == "open" and position >= archived.position:
        _prove_same_history(log, archived)
        return
    _write(log, me, log.keys.meta, {"state": "refilling"})
    if position:
        _prove_same_history(log, Mark(0, position, hash_ or NO_HASH))
    _refill(log, position, archived, max(int(epoch or 0), archived.epoch) + 1, hot_window, me)


def _begin_a_new_file(log: ValkeyLog) -> None:
    """Let nothing be written behind what a power cut may have left at the end of Valkey's append-only file.

    Noise that begins with # is a comment to Valkey, up to the end of a line: it says nothing, and at the next start the
    comment swallows the beginning of what was written behind it, and all that follows is lost. Once for each start of
    Valkey. Raises `LogAway` while Valkey has not begun the new file.
    """
    told = log.client.info("persistence")
    if not told["aof_enabled"] or told.get("aof_rewrites") != 0:
        return
    if not told["aof_rewrite_scheduled"]:
        try:
            log.client.bgrewriteaof()
        except redis.ResponseError as error:  # Without a word the log would stay closed for ever.
            logger.warning("Valkey cannot begin a new append-only file: %s", error)
            raise
    if not log.client.info("persistence")["aof_rewrites"]:
        raise LogAway


def _prove_same_history(log: ValkeyLog, mark: Mark) -> None:
    """Log and archive hold the same event at `mark`, where both hold one."""
    if mark.position == 0:
        return
    archived = log.archive.read(mark.position - 1, 1)
    with answering():
        rows: Any = log.client.xrange(log.keys.log, f"{mark.position}-0", f"{mark.position}-0")
    hashes = {mark.hash, *(event.hash for event in archived), *(stored_event(row, 0).hash for row in rows)}
    if len(hashes) > 1:
        raise Forked(mark)


def _refill(log: ValkeyLog, position: int, archived: Mark, epoch: int, hot_window: int, me: str) -> None:
    """Append the archive's newest events behind `position`, then open a new epoch in one step."""
    newest: Any = log.client.xrevrange(
        log.keys.log, count=1
    )  # Beyond `position` if a refill was interrupted.
    in_stream = int(newest[0][0].partition("-")[0]) if newest else 0
    at = max(position, in_stream, archived.position - hot_window)
    if at > in_stream:
        log.client.xtrim(
            log.keys.log, minid=f"{at + 1}-0", approximate=False
        )  # The stream has no gap inside.
    while events := log.archive.read(at, BATCH):
        _store(log, events)
        log.client.pexpire(log.keys.lease("refill"), _LEASE_MS)
        at = events[-1].position
    versions = list(log.archive.versions().items())
    for start in range(0, len(versions), BATCH):
        _write(log, me, log.keys.versions, dict(versions[start : start + BATCH]))
    duplicate = int(log.client.hget(log.keys.meta, "duplicate") or 0)
    last = log.archive.read(archived.position - 1, 1) if archived.position else []
    opened = {
        "state": "open",
        "epoch": epoch,
        "head": archived.position,
        "hash": archived.hash,
        "recorded": last[0].envelope["recordedtime"] if last else "",
        "received": archived.position + duplicate,
        "duplicate": duplicate,
    }
    _write(log, me, log.keys.meta, opened)
    if archived.position:
        logger.warning("log refilled from the archive to position %d, epoch %d", archived.position, epoch)


def _write(log: ValkeyLog, me: str, key: str, fields: Mapping[str, str | int]) -> None:
    """Set the fields of a hash while the lease is ours. Raises `LogAway` if it is another's by now."""
    flat = [part for field in fields.items() for part in field]
    if not log.client.eval(_WRITE_IF_MINE, 2, log.keys.lease("refill"), key, me, *flat):
        raise LogAway


def _store(log: ValkeyLog, events: list[Recorded]) -> None:
    pipeline = log.client.pipeline(transaction=False)
    for event in events:
        pipeline.xadd(
            log.keys.log,
            {
                "e": event.envelope_json,
                "d": event.data_json,
                "s": event.salt,
                "c": event.content_hash,
                "h": event.hash,
            },
            id=f"{event.position}-0",
        )
    try:
        pipeline.execute()
    except redis.ResponseError as error:
        raise LogAway from error
