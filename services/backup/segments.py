"""Events of the log as lines of a file, and back."""

from collections.abc import Callable, Iterator
from typing import Final

import orjson

from services.backup.folder import Damaged, Folder, Segment
from shared.chain import Fault, Kind, fault_in
from shared.log import Mark
from shared.report import Recorded, canonical
from shared.valkey_log import ValkeyLog

SIZE: Final = 10_000  # Events of a segment. The last one is shorter until the log has grown.
BATCH: Final = 1000


class Broken(Exception):
    """The log itself is damaged: the first fault. What was backed up before stays as it is."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def as_line(event: Recorded) -> bytes:
    """One event: envelope and data as they were chained and sealed, the salt, the hashes."""
    return (
        b'{"chainhash":"%b","contenthash":"%b","data":%b,"envelope":%b,"epoch":%d,"position":%d,"salt":"%b"}'
    ) % (
        event.hash.encode(),
        event.content_hash.encode(),
        event.data_json.encode(),
        event.envelope_json.encode(),
        event.epoch,
        event.position,
        event.salt.encode(),
    )


def read_line(line: bytes) -> Recorded:
    """The event of a line. Raises `ValueError` or `KeyError` if it is none."""
    told = orjson.loads(line)
    return Recorded(
        told["position"],
        told["epoch"],
        told["chainhash"],
        canonical(told["envelope"]).decode(),
        canonical(told["data"]).decode(),
        told["salt"],
        told["contenthash"],
    )


def write_segment(
    folder: Folder, log: ValkeyLog, before: Mark, last: int, told: Callable[[int], object]
) -> Segment:
    """Write the events behind `before` up to `last`, each proved. Raises `Broken`, `LogAway`."""
    mark = before
    redacted: list[int] = []

    def lines() -> Iterator[bytes]:
        nonlocal mark
        while mark.position < last:
            limit = min(BATCH, last - mark.position)
            # The archive knows in which epoch an event was recorded, and leaves Valkey alone.
            events = log.archive.read(mark.position, limit) or log.read(mark.position, limit)
            if not events:
                raise Broken(Fault(mark.position + 1, Kind.MISSING))
            for event in events:
                if fault := fault_in(event, mark):
                    raise Broken(fault)
                if event.redacted:
                    redacted.append(event.position)
                yield as_line(event)
                mark = Mark.of(event)
            told(len(events))

    first = before.position + 1
    file = folder.write(f"log/{first:012}-{last:012}", lines())
    return Segment(**file.model_dump(), first=first, last=last, hash=mark.hash, redacted=redacted)


def read_segment(folder: Folder, segment: Segment) -> Iterator[Recorded]:
    """The events of a segment, once the file is proved. Raises `Damaged`."""
    try:
        for line in folder.lines(segment):
            yield read_line(line)
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged(segment.file) from error
