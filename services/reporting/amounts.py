"""Amounts that always add up, and can be taken away again: what a figure is made of. Pure."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from shared.values import Range


class Amounts(NamedTuple):
    """A sum, or a difference of two. Unlike a range it keeps how much is bounded beside how many parts are not:
    so differences add up also where there is no upper edge. A tuple, as there are millions of them."""

    value: int = 0
    low: int = 0
    high: int = 0
    unbounded: int = 0
    certain: int = 0

    @classmethod
    def of(cls, range: Range) -> "Amounts":
        """The amounts of one number with its edges."""
        return cls(range.value, range.low, range.high or 0, int(range.high is None), range.certain)

    @classmethod
    def read(cls, columns: Iterable[int]) -> "Amounts":
        """The amounts of a row, from its five columns in their order."""
        return cls(*map(int, columns))  # PostgreSQL sums to Decimal.

    @property
    def range(self) -> Range:
        """The value with its edges."""
        return Range(self.value, self.low, None if self.unbounded else self.high)

    def at_most(self) -> "Amounts":
        """Of what only may belong here, the upper edge."""
        return Amounts(high=self.high, unbounded=self.unbounded)

    def at_most_one(self) -> "Amounts":
        """Whether there is any at all."""
        high = 1 if self.unbounded else min(1, self.high)
        return Amounts(min(1, self.value), min(1, self.low), high, 0, min(1, self.certain))

    def __add__(self, other: "Amounts") -> "Amounts":  # type: ignore[override]  # A sum, not a longer tuple.
        return Amounts(
            self.value + other.value,
            self.low + other.low,
            self.high + other.high,
            self.unbounded + other.unbounded,
            self.certain + other.certain,
        )

    def __sub__(self, other: "Amounts") -> "Amounts":
        return Amounts(
            self.value - other.value,
            self.low - other.low,
            self.high - other.high,
            self.unbounded - other.unbounded,
            self.certain - other.certain,
        )

    def __bool__(self) -> bool:
        return any(self)

    def as_json(self) -> dict[str, int | None]:
        """`high` is null where a part has no upper edge; `bounded_high` and `unbounded` always add up."""
        return {
            "value": self.value,
            "low": self.low,
            "high": None if self.unbounded else self.high,
            "certain": self.certain,
            "bounded_high": self.high,
            "unbounded": self.unbounded,
        }


NONE: Final = Amounts()


def total(some: Iterable[Amounts]) -> Amounts:
    """All of them together."""
    return sum(some, start=NONE)
