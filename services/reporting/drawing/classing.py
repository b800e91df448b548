"""Few classes with round limits, for maps: zero apart, and the rest in parts of about as many provinces."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from shared.texts import Language, brief, number, say

MOST: Final = 5
LARGE: Final = 10**6  # From here on numbers are said in millions, and no legend counts to the last đồng.
_ROUND: Final = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80)


@dataclass(frozen=True, slots=True)
class Classes:
    """The lower limits of the classes above zero: 1, 10 and 50 make 1 – 9, 10 – 49, and 50 or more."""

    limits: tuple[int, ...]

    def shade(self, value: int | None) -> int | None:
        """The class of a value: 0 for zero, None for no data."""
        return None if value is None else bisect_right(self.limits, value)

    def words(self, language: Language, unit: str = "{n}") -> list[str]:
        """What each class holds, zero first: the legend. `unit` is written to every number: `{n} %`."""
        spans = [
            self._from(language, low, following, unit)
            for low, following in zip(self.limits, self.limits[1:], strict=False)
        ]
        last = [unit.format(n=brief(language, self.limits[-1]))] if self.limits else []
        return [
            unit.format(n=number(language, 0)),
            *spans,
            *(say(language, "count.at-least", n=one) for one in last),
        ]

    @staticmethod
    def _from(language: Language, low: int, following: int, unit: str) -> str:
        """From a limit up to what comes before the next one; of millions, to just below it."""
        if low == following - 1:
            return unit.format(n=number(language, low))
        until = f"<{brief(language, following)}" if following >= LARGE else number(language, following - 1)
        return unit.format(n=f"{brief(language, low)} – {until}")


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
