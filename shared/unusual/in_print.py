"""Doubts about what was printed: shares that do not fit their counts, groups and parts that were added wrongly."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Final

from shared.events import Event, FigurePublished
from shared.events.base import PrintedShare
from shared.people import GROUPS, SEXES, SPLITS, alias
from shared.unusual.warning import Warning
from shared.values import NOTHING, Count, Range

# Figures of groups that overlap: a poor older woman is counted in three of them.
OVERLAPPING: Final = frozenset(f"{group}_members" for group in (*GROUPS, "older", "women"))
_WHOLES: Final = tuple(frozenset(alias(name) for name in parts) for parts in (SEXES, *SPLITS))


def doubts_in_print(event: Event) -> Iterator[Warning]:
    """Every doubt about the printed shares an event cites and, of a printed figure, its parts and its whole."""
    if event.citation is not None and event.citation.printed_shares:
        yield from _about_shares(event.citation.printed_shares)
    if isinstance(event, FigurePublished):
        yield from _about_parts(event)
        if event.of is not None and event.value.surely_more_than(event.of.value):
            yield Warning("part-beyond-whole", "/data/value", {"part": event.value, "whole": event.of.value})


def _about_shares(shares: list[PrintedShare]) -> Iterator[Warning]:
    for number, share in enumerate(shares):
        if share.count is not None and share.of is not None and not _fits(share, share.count, share.of):
            facts = {"percent": Decimal(share.percent), "count": share.count, "of": share.of}
            yield Warning("printed-share", f"/data/citation/printed_shares/{number}", facts)
    by_whole: defaultdict[Count | None, dict[str, PrintedShare]] = defaultdict(dict)
    for share in shares:
        if share.group is not None:
            by_whole[share.of].setdefault(share.group, share)
    for found in by_whole.values():
        if (percent := max(_beyond_whole(found), default=None)) is not None:
            yield Warning("shares-beyond-whole", "/data/citation/printed_shares", {"percent": percent})


def _fits(share: PrintedShare, count: Count, of: Count) -> bool:
    """Whether the percentage is what the counts may give, rounded or cut off at the digits printed."""
    printed, digit = Fraction(share.percent), _last_digit(share)
    part, whole = count.range, of.range
    least = Fraction(100 * part.low, whole.high) if whole.high else Fraction(0)
    unbounded = part.high is None or not whole.low
    return least < printed + digit and (
        unbounded or printed - digit / 2 <= Fraction(100 * (part.high or 0), whole.low)
    )


def _beyond_whole(shares: dict[str, PrintedShare]) -> Iterator[Decimal]:
    """The sums of shares that exclude each other and make more than the whole, beyond what rounding can add."""
    for bands in _WHOLES:
        printed = [share for group, share in shares.items() if group in bands]
        rounding = sum(_last_digit(share) / 2 for share in printed)
        total = sum((Decimal(share.percent) for share in printed), start=Decimal(0))
        if Fraction(total) - rounding > 100:
            yield total


def _last_digit(share: PrintedShare) -> Fraction:
    return Fraction(1, 10 ** len(share.percent.partition(".")[2]))


def _about_parts(figure: FigurePublished) -> Iterator[Warning]:
    if not figure.parts:
        return
    total = _sum(part.value for part in figure.parts)
    adds_up = _may_be_equal(total, figure.value.range)
    overlap = len({part.indicator for part in figure.parts} & OVERLAPPING) > 1
    facts = {"sum": total, "value": figure.value}
    if overlap and adds_up:
        yield Warning("overlapping-groups-added", "/data/parts", facts)
    if not overlap and not adds_up:
        yield Warning("parts-do-not-add", "/data/parts", facts)


def _sum(counts: Iterable[Count]) -> Range:
    return sum((count.range for count in counts), start=NOTHING)


def _may_be_equal(one: Range, other: Range) -> bool:
    return (one.high is None or other.low <= one.high) and (other.high is None or one.low <= other.high)
