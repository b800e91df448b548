"""What is asked of a figure: which indicator, by what, of which days and places, as known when."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from services.reporting.indicators import Indicator
from services.reporting.periods import Step
from shared.places import Scheme

By = Literal[
    "nation", "province", "district", "commune", "club", "source", "scheme", "month", "quarter", "year"
]
STEPS: Final[tuple[Step, ...]] = ("month", "quarter", "year")
PARTS: Final[tuple[By, ...]] = ("source", "scheme")
MOST_PERIODS: Final = 240


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `scope` is `nation`, `province:08` (in the scheme's list) or `province:pre-2025:08`,
    `district:070` (of the old list), `commune:02494` (in the scheme's list) or `club:tq-coc-1`.

    A flow is summed from `start` to `end`; a stock is taken at `end`, or at the end of each period in between. Fewer
    people than `least` are not told apart.
    """

    indicator: Indicator
    by: tuple[By, ...]
    start: date
    end: date
    scope: str
    scheme: Scheme
    position: int
    least: int = 0

    @property
    def step(self) -> Step | None:
        """The calendar step among the dimensions."""
        return next((step for step in STEPS if step in self.by), None)
