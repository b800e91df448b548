"""Few classes with round limits, for maps: zero apart, and the rest in parts of about as many provinces."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from shared.texts import Language, number, say

MOST: Final = 5
_ROUND: Final = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80)


@dataclass(frozen=True, slots=True)
class Classes:
    """The lower limits of the classes above zero: 1, 10 and 50 make 1 – 9, 10 – 49, and 50 or more."""

    limits: tuple[int, ...]

    def shade(self, value: int | None) -> int | None:
        """The class of a value: 0 for zero, None for no data."""
        return None if value is None else bisect_right(self.limits, value)

    def words(self, language: Language) -> list[str]:
        """What each class holds, zero first: the legend."""
        spans = [
            number(language, low)
            if low == following - 1
            else f"{number(language, low)} – {number(language, following - 1)}"
            for low, following in zip(self.limits, self.limits[1:], strict=False)
        ]
        last = [say(language, "count.at-least", n=self.limits[-1])] if self.limits else []
        return [number(language, 0), *spans, *last]


def round_down(value: int) -> int:
    """The nearest round number that is not above: 1, 2 … 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120 …"""
    if value < 10:
        return value
    size: int = 10 ** (len(str(value)) - 2)
    return max(one for one in _ROUND if one * size <= value) * size


def classes(values: Iterable[int | None], limit: Callable[[int], int] = round_down) -> Classes:
    """At most five classes above zero, none of them empty. Values are none below zero; `limit` rounds where a class
    begins: percentages, which lie close together, want none.
    """
    different = sorted({value for value in values if value})
    starts = {len(different) * part // MOST for part in range(MOST)} if different else set()
    return Classes(tuple(sorted({limit(different[start]) for start in starts})))
