"""Women and older people among the members, only where a club's count tells them apart. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from services.reporting.indicators import AGE_OF_A_COUNT_MONTHS
from services.reporting.periods import months_after
from shared.norms import percent_of
from shared.people import HeadCount
from shared.values import NOTHING, Range, When


@dataclass(frozen=True, slots=True)
class Counted:
    """The newest head count of a club and its day; nothing if it has none."""

    heads: HeadCount | None = None
    day: When | None = None

    def speaks(self, on: date) -> bool:
        """Whether the count was made by a day and is not too old to speak for the club then."""
        return self.day is not None and self.day.last <= on < months_after(
            self.day.last, AGE_OF_A_COUNT_MONTHS
        )


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the members of `clubs` clubs that count it apart, and all members of these clubs."""

    part: Range
    whole: Range
    clubs: int

    @property
    def percent(self) -> Range | None:
        return percent_of(self.part, self.whole)


def women(clubs: Sequence[Counted], on: date) -> Share:
    """Women among the members."""
    return _share(clubs, on, lambda heads: heads.women.range if heads.women else None)


def older(clubs: Sequence[Counted], on: date) -> Share:
    """Members from 60 years on, the line of the Law on the Elderly."""
    return _share(clubs, on, _from_60)


def _share(clubs: Sequence[Counted], on: date, part_of: Callable[[HeadCount], Range | None]) -> Share:
    parts, wholes = [], []
    for one in clubs:
        if one.heads is None or not one.speaks(on):
            continue
        part, whole = part_of(one.heads), one.heads.people()
        if part is not None and whole is not None:
            parts.append(part)
            wholes.append(whole)
    return Share(sum(parts, start=NOTHING), sum(wholes, start=NOTHING), len(parts))


def _from_60(heads: HeadCount) -> Range | None:
    if heads.from_60 is not None:
        return heads.from_60.range
    bands = (heads.from_60_to_69, heads.from_70_to_79, heads.from_80)
    ranges = [band.range for band in bands if band is not None]
    return sum(ranges, start=NOTHING) if len(ranges) == len(bands) else None
