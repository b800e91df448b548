"""`ishc log backup`: one more run, while the system goes on. Only what is new is written."""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence

from services.backup.folder import Damaged, Folder, Run, Segment
from services.backup.segments import SIZE, write_segment
from services.backup.tables import Store, keep
from shared.clock import Clock, as_utc_text
from shared.events import ReportRedacted
from shared.log import START, Forked, Log, Mark
from shared.valkey_log import ValkeyLog

Told = Callable[[int, int], object]
logger = logging.getLogger(__name__)


def back_up(
    folder: Folder, log: ValkeyLog, stores: Sequence[Store], clock: Clock, runs: int, told: Told
) -> Run:
    """Write a run and keep the newest `runs`. `told` hears how many events were written, of how many.

    The tables come first: whatever they say of the log is in the log that is written after them. Words that were
    taken out of the log since the last run go from all runs: then only this one stays. Raises `Forked` if the folder
    holds another history, `Broken` if the log is damaged, `Damaged`, `InUse`, `LogAway` and `OSError`: until it ends
    well the folder holds what it held.
    """
    with folder.alone():
        before = folder.newest()
        made_at = as_utc_text(clock())
        databases = {store.service: keep(folder, store) for store in stores}
        head, duplicate, redacted = log.head(), log.tally().duplicate, redacted_in(log)
        known = _known(log, before) if before else []
        telling = [one for one in known if _tells(one, redacted)]
        usable = [one for one in known if one not in telling and _is_whole(folder, one)]
        plan = list(_plan(usable, head.position))
        new = sum(last - first + 1 for first, last, stays in plan if stays is None)
        mark, segments = START, list[Segment]()
        for _, last, stays in plan:
            segment = stays or write_segment(folder, log, mark, last, lambda done: told(done, new))
            segments.append(segment)
            mark = Mark(0, segment.last, segment.hash)
        run = Run(
            programme=log.keys.programme,
            made_at=made_at,
            epoch=head.epoch,
            position=mark.position,
            hash=mark.hash,
            duplicate=duplicate,
            log=segments,
            databases=databases,
        )
        folder.write_run(run)
        folder.tidy(1 if telling else runs)
    return run


def redacted_in(log: Log) -> set[int]:
    """The positions of which words were taken out."""
    told = (event.event for event in log.history("programme"))
    return {event.position for event in told if isinstance(event, ReportRedacted)}


def _known(log: ValkeyLog, before: Run) -> list[Segment]:
    """The segments of the last run. Raises `Forked` if this log is not the one they were written from."""
    found = log.at([before.position]).get(before.position)
    same = before.position == 0 or (found is not None and found.hash == before.hash)
    if not same or before.programme != log.keys.programme:
        raise Forked(Mark(before.epoch, before.position, before.hash))
    return before.log


def _tells(segment: Segment, redacted: Collection[int]) -> bool:
    """Whether it still holds words that were taken out of the log."""
    mine = {position for position in redacted if segment.first <= position <= segment.last}
    return not mine <= set(segment.redacted)


def _is_whole(folder: Folder, segment: Segment) -> bool:
    try:
        folder.prove(segment)
    except Damaged:
        logger.warning("%s is damaged: written anew from the log", segment.file)
        return False
    return True


def _plan(usable: Sequence[Segment], head: int) -> Iterator[tuple[int, int, Segment | None]]:
    """First and last position of every segment up to the head, and the segment if it can stay as it is."""
    staying = {one.first: one for one in usable if one.last % SIZE == 0 or one.last == head}
    first = 1
    while first <= head:
        stays = staying.get(first)
        last = stays.last if stays else min(((first - 1) // SIZE + 1) * SIZE, head)
        yield first, last, stays
        first = last + 1
