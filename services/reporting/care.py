"""What the newest care report of a club tells: how a report is kept among the effects, and read again. Pure.

An amount cannot say which of two reports of one month came later, nor tell "no volunteers" from "nobody said". So a
report is kept as the part it belongs to: its days, its position and its counts. Parts sort as the reports do.
"""

from collections.abc import Mapping
from typing import Final, Literal

from shared.events import CareReported
from shared.values import Count, Range

Field = Literal["volunteers", "cared_for"]
FIELDS: Final[tuple[Field, ...]] = ("volunteers", "cared_for")


def part_of(event: CareReported, position: int) -> str:
    """The part a care report is kept under: `2026-05-31 2026-05-01 000000000041 10 more_than:5`."""
    when = event.period.when
    counts = (_written(getattr(event, field)) for field in FIELDS)
    return " ".join((when.last.isoformat(), when.first.isoformat(), f"{position:012}", *counts))


def newest(reports: Mapping[str | None, Range], field: Field) -> Range | None:
    """The count of the newest report that surely lies in the window and tells it; None if there is none."""
    told = (part.split(" ") for part, number in reports.items() if part and number.low > 0)
    counts = {tuple(words[:3]): words[3 + FIELDS.index(field)] for words in told}
    counts = {when: count for when, count in counts.items() if count != "-"}
    return _read(counts[max(counts)]).range if counts else None


def _written(count: Count | None) -> str:
    if count is None:
        return "-"
    return f"{count.edge}:{count.stated}" if count.edge else str(count.stated)


def _read(written: str) -> Count:
    edge, _, stated = written.rpartition(":")
    return Count(int(stated), edge or None)
