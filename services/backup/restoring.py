"""`ishc log restore`: a new machine from a backup. Everything is proved before anything is written.

Until the end the log is closed: services answer 503. A restore that was cut off leaves it closed, and the next one
begins anew. Then the log opens in a new epoch, so that nobody takes it for the one that was lost.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from alembic.util import CommandError
from sqlalchemy import Connection, MetaData

from services.backup.folder import Folder, Run
from services.backup.running import redacted_in
from services.backup.segments import read_segment
from services.backup.tables import Store, fill, is_empty
from services.backup.verifying import Cut, Walked, verify_run
from shared import clock
from shared.archive import Archive, archive
from shared.audit import who_runs_this
from shared.chain import Redactions
from shared.database import migrate
from shared.log import Entry, Forked, Mark
from shared.redaction import as_report, without
from shared.refill import RESTORING, open_log
from shared.report import Recorded
from shared.valkey import answering
from shared.valkey_log import ValkeyLog

BATCH = 1000
GoOn = Callable[[Connection, Mark], None]


class NotEmpty(Exception):
    """There is something in a store that would be written over."""


class Newer(Exception):
    """The backup was made by a newer version of this program."""


class EndsBefore(Exception):
    """The backup's log ends before the position asked for."""


class Place(NamedTuple):
    """A store to fill, and what makes its service go on from the last event of the restored log."""

    store: Store
    go_on: GoOn


def restore(
    folder: Folder,
    run: Run,
    until: Cut,
    log: ValkeyLog,
    places: Sequence[Place],
    hot_window: int,
    walked: Walked,
) -> Mark:
    """Fill empty stores from a run; returns the last event of the log. The services should not run.

    Raises `NotEmpty`, `EndsBefore`, `Newer`, `Unsound`, `Damaged` and `LogAway`.
    """
    if until.position is not None and until.position > run.position:
        raise EndsBefore(run.position)
    mark, redactions = verify_run(folder, run, lambda events, total: walked(events, 2 * total), until)
    resumed = _cut_off(log)
    for place in places:
        if not resumed and not is_empty(place.store):
            raise NotEmpty(place.store.service)
    with answering():
        log.client.hset(
            log.keys.meta,
            mapping={"state": RESTORING, "epoch": run.epoch, "duplicate": run.duplicate},
        )
    for place in places:
        _fill(folder, run, place, mark, redactions, walked)
    with answering():
        log.client.hset(log.keys.meta, "state", "refilling")
    open_log(log, hot_window)
    _record_again(log, redactions, mark)
    return mark


def restore_one(folder: Folder, run: Run, place: Place, log: ValkeyLog, walked: Walked) -> Mark:
    """Fill one service's empty database, while the log in Valkey is the one that was backed up and went on.

    Raises `NotEmpty`, `Newer`, `Unsound`, `Damaged`, `LogAway`, and `Forked` if the log is not that one, or does not
    hold every event behind the backup's last.
    """
    mark, redactions = verify_run(folder, run, lambda events, total: walked(events, 2 * total))
    if not is_empty(place.store):
        raise NotEmpty(place.store.service)
    if _has_archive(place.store) and mark.position:
        found = log.hot([mark.position]).get(mark.position)
        if found is None or found.hash != mark.hash:
            raise Forked(mark)
    _fill(folder, run, place, mark, redactions, walked)
    return mark


def _record_again(log: ValkeyLog, redactions: Redactions, end: Mark) -> None:
    """Words that were taken out stay out of a log that is cut off before it says so: it says so anew."""
    redacted = [position for position in redactions.records if position <= end.position]
    said = redacted_in(log)
    records = [redactions.records[position] for position in sorted(redacted) if position not in said]
    version = log.survey((), ["programme"]).versions["programme"]
    entries = [
        Entry(as_report(record), version + number, who_runs_this())
        for number, record in enumerate(records, start=1)
    ]
    if entries:
        log.append(entries, clock.now())


def _cut_off(log: ValkeyLog) -> bool:
    """Whether an earlier restore was cut off. Raises `NotEmpty` if the log holds anything."""
    with answering():
        state, head = log.client.hmget(log.keys.meta, ("state", "head"))
        in_stream = log.client.xrevrange(log.keys.log, count=1)
    if state == RESTORING:
        return True
    if int(head or 0) or in_stream:
        raise NotEmpty("log")
    return False


def _fill(
    folder: Folder, run: Run, place: Place, until: Mark, redactions: Redactions, walked: Walked
) -> None:
    """Make the tables as they were when they were kept, put the rows back, and bring them to this version."""
    store = place.store
    url = store.engine.url.render_as_string(hide_password=False)
    kept = run.databases[store.service]
    with store.engine.begin() as transaction:
        metadata = MetaData()
        metadata.reflect(transaction)
        metadata.drop_all(transaction)
    try:
        migrate(url, store.service, kept.version)
    except CommandError:
        raise Newer from None
    with store.engine.begin() as transaction:
        fill(folder, transaction, store, kept)
    migrate(url, store.service)
    for events in _batches(folder, run, until, redactions) if _has_archive(store) else ():
        with store.engine.begin() as transaction:
            Archive.copy(transaction, events)
        walked(len(events), 2 * run.position)
    with store.engine.begin() as transaction:
        place.go_on(transaction, until)


def _has_archive(store: Store) -> bool:
    return archive.name in store.drawn


def _batches(folder: Folder, run: Run, until: Mark, redactions: Redactions) -> Iterable[list[Recorded]]:
    """The events of the log up to one of them; without the words that were taken out since they were backed up."""
    batch: list[Recorded] = []
    for segment in run.log:
        if segment.first > until.position:
            break
        for event in read_segment(folder, segment):
            if event.position > until.position:
                break
            record = redactions.records.get(event.position)
            batch.append(without(event, record.texts) if record and not event.redacted else event)
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch
