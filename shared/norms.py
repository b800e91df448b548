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

    def surely_broken(self, count: Range, of: Range = ONE, times: int = 1) -> bool:
        """Whether `count` in `times` × `of` lies outside whatever its honest edges mean.

        A percentage is compared as the whole percent it rounds to: that is how norms are written.
        """
        least, most = self.bounds
        scale, half = (200, 1) if self.unit == "percent" else (2, 0)
        too_few = (
            least is not None
            and count.high is not None
            and scale * count.high < (2 * least - half) * times * of.low
        )
        return too_few or (
            most is not None
            and of.high is not None
            and scale * count.low > (2 * most + half) * times * of.high
        )


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
