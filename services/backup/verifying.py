"""`ishc log verify --backup`: a backup proves itself, file by file and event by event."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from services.backup.folder import Damaged, File, Folder, NoBackup, Run, Segment
from services.backup.segments import read_line, read_segment
from shared.chain import Fault, Kind, Redactions, fault_in
from shared.log import START, Mark
from shared.report import Recorded

Walked = Callable[[int, int], object]


class Unsound(Exception):
    """What is wrong with a backup: the file, and the first position in it that is not what was recorded."""

    def __init__(self, file: str, fault: Fault | None = None) -> None:
        super().__init__(file, fault)
        self.file, self.fault = file, fault


class Cut(NamedTuple):
    """Where a restored log ends: at a position, or with the last event recorded at or before a moment."""

    position: int | None = None
    moment: datetime | None = None

    def keeps(self, event: Recorded) -> bool:
        if self.position is not None and event.position > self.position:
            return False
        return self.moment is None or event.recorded_at <= self.moment


WHOLE = Cut()


def verify_folder(folder: Folder, walked: Walked) -> Run:
    """Prove every file of every run, and every event of the newest. Returns that run.

    Raises `Unsound`, and `NoBackup` if there is none.
    """
    try:
        runs = folder.runs()
    except Damaged as damaged:
        raise Unsound(str(damaged)) from None
    if not runs:
        raise NoBackup
    newest = list(runs.values())[-1]
    verify_run(folder, newest, walked)
    proved = {file.file for file in newest.files()}
    for run in runs.values():
        for file in run.files():
            if file.file not in proved:
                _prove(folder, file)
                proved.add(file.file)
    return newest


class Proved(NamedTuple):
    """The last event that a cut keeps, and what the whole log of the run says of redacted ones."""

    last: Mark
    redactions: Redactions


def verify_run(folder: Folder, run: Run, walked: Walked, until: Cut = WHOLE) -> Proved:
    """Prove every file and every event of a run. Raises `Unsound`."""
    for kept in run.databases.values():
        for file in (file for parts in kept.tables.values() for file in parts):
            _prove(folder, file)
    before = kept_until = START
    redactions = Redactions()
    for segment in run.log:
        for event in _proved(folder, segment, before):
            before = Mark.of(event)
            redactions.hear(event)
            if until.keeps(event):
                kept_until = before
        if (before.position, before.hash) != (segment.last, segment.hash):
            raise Unsound(segment.file, Fault(before.position + 1, Kind.MISSING))
        walked(segment.last - segment.first + 1, run.position)
    if (before.position, before.hash) != (run.position, run.hash):
        raise Unsound("log", Fault(run.position, Kind.HEAD))
    if fault := redactions.fault():
        raise Unsound("log", fault)
    return Proved(kept_until, redactions)


def _proved(folder: Folder, segment: Segment, before: Mark) -> Iterator[Recorded]:
    """The events of a segment, each of which follows the one before it."""
    try:
        for event in read_segment(folder, segment):
            if fault := fault_in(event, before):
                raise Unsound(segment.file, fault)
            yield event
            before = Mark.of(event)
    except Damaged:
        raise Unsound(segment.file, _first_fault(folder, segment, before)) from None


def _first_fault(folder: Folder, segment: Segment, before: Mark) -> Fault | None:
    """Where in a damaged segment the events end or are changed; None if only its packing is."""
    try:
        for line in folder.lines_as_they_are(segment):
            event = read_line(line)
            if fault := fault_in(event, before):
                return fault
            before = Mark.of(event)
    except (Damaged, ValueError, KeyError, TypeError):
        return Fault(before.position + 1, Kind.MISSING)
    return None if before.position == segment.last else Fault(before.position + 1, Kind.MISSING)


def _prove(folder: Folder, file: File) -> None:
    try:
        folder.prove(file)
    except Damaged:
        raise Unsound(file.file) from None
