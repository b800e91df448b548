"""Chance that repeats itself."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

_T = TypeVar("_T")


class Dice:
    """Everything left to chance. The same seed throws the same numbers on every machine and every Python.

    Only `Random.random` is used: of all its methods it alone is promised never to change.
    """

    def __init__(self, seed: str) -> None:
        self._throw = Random(seed).random  # noqa: S311 - a simulation, no secret

    def share(self) -> float:
        """A number from 0 up to, but not, 1."""
        return self._throw()

    def chance(self, share: float) -> bool:
        """True in this share of throws."""
        return self._throw() < share

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self._throw() * (high - low + 1))

    def pick(self, items: Sequence[_T]) -> _T:
        """One of the items."""
        return items[int(self._throw() * len(items))]

    def percent_of(self, whole: int, low: int, high: int) -> int:
        """`low` to `high` per cent of a number, rounded down."""
        return whole * self.between(low, high) // 100
