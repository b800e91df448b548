"""Norms and targets: what a decision or the model expects, since when, and where that is written. Data: `norms.toml`.

A norm never refuses a report: what lies outside it is recorded and warned about. Decision 0014.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, Literal

from shared.values import Range

Level = Literal["club", "province", "nation"]
ONE: Final = Range(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Norm:
    """What one measure of a club, a province or the nation is expected to be.

    `at_least` and `at_most` bound it, in `unit`; `about` with its `tolerance` bounds it on both sides. None of
    them: the source gives no number, and nothing is measured. `valid_from` None: the source names no day, and we
    take it to hold from the start. `valid_until` is the end the source names. `ours` names what we chose ourselves.
    """

    code: str
    measure: str
    unit: str
    level: Level
    source: str
    name: dict[str, str]
    says: dict[str, str]
    at_least: int | None = None
    at_most: int | None = None
    about: int | None = None
    tolerance: int = 0
    valid_from: date | None = None
    valid_until: date | None = None
    ours: tuple[str, ...] = ()

    @property
    def bounds(self) -> tuple[int | None, int | None]:
        """The least and the most the norm allows."""
        if self.about is not None:
            return self.about - self.tolerance, self.about + self.tolerance
        return self.at_least, self.at_most

    def surely_broken(self, count: Range, of: Range = ONE, times: Range = ONE) -> bool:
        """Whether `count` in `times` × `of` lies outside whatever its honest edges mean.

        A percentage is compared as the whole percent it rounds to: that is how norms are written.
        """
        scale, least, most = self._scaled()
        whole = _product(of, times)
        too_few = least is not None and count.high is not None and scale * count.high < least * whole.low
        return too_few or (
            most is not None and whole.high is not None and scale * count.low > most * whole.high
        )

    def surely_kept(self, count: Range, of: Range = ONE, times: Range = ONE) -> bool:
        """Whether `count` in `times` × `of` lies inside whatever its honest edges mean. Never without a bound."""
        scale, least, most = self._scaled()
        whole = _product(of, times)
        if (least is None and most is None) or whole.high == 0:
            return False
        enough = least is None or (whole.high is not None and scale * count.low >= least * whole.high)
        return enough and (
            most is None or (count.high is not None and scale * count.high <= most * whole.low)
        )

    def _scaled(self) -> tuple[int, int | None, int | None]:
        """What to multiply a count with, and the bounds to compare it with then: half a percent further out."""
        scale, half = (200, 1) if self.unit == "percent" else (2, 0)
        least, most = self.bounds
        return scale, None if least is None else 2 * least - half, None if most is None else 2 * most + half


def _product(of: Range, times: Range) -> Range:
    high = None if of.high is None or times.high is None else of.high * times.high
    return Range(of.value * times.value, of.low * times.low, high)


def percent_of(part: Range, whole: Range) -> Range | None:
    """The part in whole percent, rounded; None where the whole has no end or may be nobody."""
    if part.high is None or whole.high is None or whole.low == 0:
        return None
    edges = (part.value, whole.value), (part.low, whole.high), (min(part.high, whole.high), whole.low)
    value, low, high = ((200 * count + of) // (2 * of) for count, of in edges)
    return Range(value, low, min(high, 100))


@dataclass(frozen=True, slots=True)
class Target:
    """What a decision wants reached `by` a day: at least `value`, or at least `percent` of another count, `of`.

    `since` is the day from which new clubs or members are counted; `by` None: the source names no day.
    """

    scheme: str
    indicator: str
    level: Level
    source: str
    since: date | None = None
    by: date | None = None
    value: int | None = None
    percent: int | None = None
    of: str | None = None


def _norm(code: str, row: dict[str, Any]) -> Norm:
    return Norm(code, **row | {"ours": tuple(row.get("ours", ()))})


_SHIPPED: Final = tomllib.loads(files("shared").joinpath("norms.toml").read_text(encoding="utf-8"))
NORMS: Final = {code: _norm(code, row) for code, row in _SHIPPED["norm"].items()}
TARGETS: Final = tuple(Target(**row) for row in _SHIPPED["target"])


@lru_cache(maxsize=4096)
def norms_in_force(day: date) -> dict[str, Norm]:
    """The norms of a day, one for each measure: of several the one with the latest `valid_from`.

    A norm goes on beyond its `valid_until` until another of the same measure follows: 1336 ended in 2025 and what
    was read of its successor says nothing of a club's size, so a club of 2026 is still held against `1336.size`.
    """
    begun = [norm for norm in NORMS.values() if norm.valid_from is None or norm.valid_from <= day]
    return {norm.measure: norm for norm in sorted(begun, key=lambda norm: norm.valid_from or date.min)}
