"""What whoever runs the system must look after. `ishc doctor` shows all of it; the notifier mails what cannot wait.

Judging is pure: what was read comes in, matters go out. Their words stand in the catalogues under `matter.<code>`
and, what to do about it, `matter.<code>.do`. Facts are numbers and our own names, never secrets or what was sent.
"""

import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from shared.log import Log
from shared.texts import Language, say

MIB: Final = 1024 * 1024
PATIENCE: Final = timedelta(minutes=15)  # A follower that is behind for longer will not come by itself.
_AMPLE: Final = 1.25  # A disk is well again only with a quarter more: what wavers is one matter, not twenty.


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that is wrong, or worth a look (`wrong` is false: then it asks for a person's decision).

    `about` tells two of the same kind apart: which follower, which setting.
    """

    code: str
    about: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    wrong: bool = True

    @property
    def key(self) -> str:
        return f"{self.code}:{self.about}"

    def said(self, language: Language) -> str:
        """What is the matter."""
        return say(language, f"matter.{self.code}", about=self.about, **self.facts)

    def to_do(self, language: Language) -> str:
        """What to do about it."""
        return say(language, f"matter.{self.code}.do", about=self.about, **self.facts)


class Standing(NamedTuple):
    """How a follower stands: events behind, for how long the first of them has waited, and what it says of itself."""

    name: str
    behind: int
    waits: timedelta
    parked: int = 0
    stopped: str = ""  # "forked" or "halted": it goes no further by itself.


class Backup(NamedTuple):
    """When the last good backup was finished, and when a later one failed (`Doorbell.last_backup`)."""

    finished_at: datetime | None
    failed_at: datetime | None = None


def of_disk(free: int, floor: int, known: Collection[str] = ()) -> Iterator[Matter]:
    """`free` and `floor` in bytes; `known` are keys of matters somebody was told of already."""
    low = Matter("disk-low", facts={"free": free // MIB, "floor": floor // MIB})
    if free < floor * (_AMPLE if low.key in known else 1):
        yield low


def of_followers(followers: Iterable[Standing]) -> Iterator[Matter]:
    for one in followers:
        if one.stopped:
            yield Matter(f"follower-{one.stopped}", one.name)
        elif one.waits > PATIENCE:
            minutes = int(one.waits / timedelta(minutes=1))
            yield Matter("follower-behind", one.name, {"n": one.behind, "minutes": minutes})
        if one.parked:
            yield Matter("follower-parked", one.name, {"n": one.parked})


def of_backup(
    backup: Backup | None, first_event_at: datetime | None, now: datetime, limit: timedelta
) -> Iterator[Matter]:
    """`first_event_at`: since when there is something to lose; None while the log is empty."""
    if backup is not None and backup.failed_at is not None:
        yield Matter("backup-failed", facts={"hours": _hours(now - backup.failed_at)})
    since = backup.finished_at if backup is not None and backup.finished_at else None
    if since is None and first_event_at is not None:
        yield Matter("backup-never", wrong=now - first_event_at > limit)
    if since is not None and now - since > limit:
        yield Matter("backup-old", facts={"hours": _hours(now - since)})


def free_space(folder: Path) -> int:
    """Bytes free where a folder lies, or will lie."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(there).free


def waiting(log: Log, position: int, head: int, now: datetime) -> timedelta:
    """How long the first event behind `position` has waited to be taken."""
    if position >= head:
        return timedelta(0)
    events = log.read(position, 1)
    return now - events[0].recorded_at if events else timedelta(0)


def _hours(age: timedelta) -> int:
    return max(0, int(age / timedelta(hours=1)))
