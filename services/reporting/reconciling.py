"""Printed figures beside what we count for the same scope and day. Never added: shown, with what does not fit. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.reporting.defects import Defect, defects, printed
from services.reporting.targets import edges
from shared.events import FigurePublished
from shared.saying import warning_words
from shared.texts import Language, say
from shared.unusual import Warning, unusual
from shared.values import Range

_TOLD: Final = tuple(FigurePublished.model_fields)


@dataclass(frozen=True, slots=True)
class Difference:
    """What we count beyond what was printed; negative where print says more. An edge of None is unbounded."""

    value: int
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A printed figure (`row`, as the list of printed figures has it) beside what we count.

    `counted` None: we count no such thing.
    """

    row: Mapping[str, Any]
    printed: Range
    counted: Range | None
    warnings: tuple[Warning, ...]
    defects: tuple[Defect, ...]

    @property
    def difference(self) -> Difference | None:
        return difference(self.counted, self.printed) if self.counted is not None else None

    def as_json(self, lang: Language) -> dict[str, Any]:
        """The row with both numbers, and what does not fit in words."""
        beyond = self.difference
        return dict(self.row) | {
            "printed": edges(self.printed),
            "counted": edges(self.counted) if self.counted else None,
            "difference": {"value": beyond.value, "low": beyond.low, "high": beyond.high} if beyond else None,
            "warnings": [warning_words(lang, warning) for warning in self.warnings],
            "defects": [defect_words(lang, defect) for defect in self.defects],
        }


def reconcile(rows: Iterable[Mapping[str, Any]], counted: Mapping[int, Range]) -> list[Reconciled]:
    """Each printed figure, in order, beside what we count for it and with what does not fit.

    `rows` are those of `lists.published_figures`, of one scope or of many; `counted` is by position of the report.
    """
    rows = list(rows)
    figures = [printed(row) for row in rows]
    of: defaultdict[int, list[Defect]] = defaultdict(list)
    for defect in defects(figures):
        for position in defect.positions:
            of[position].append(defect)
    return [
        Reconciled(
            row, one.count.range, counted.get(one.position), unusual(_told(row)), tuple(of[one.position])
        )
        for row, one in zip(rows, figures, strict=True)
    ]


def difference(counted: Range, printed: Range) -> Difference:
    """What is counted less what is printed, with the edges of both."""
    low = None if printed.high is None else counted.low - printed.high
    high = None if counted.high is None else counted.high - printed.low
    return Difference(counted.value - printed.value, low, high)


def defect_words(lang: Language, defect: Defect) -> dict[str, Any]:
    """A defect as it is answered."""
    return {
        "code": defect.code,
        "positions": list(defect.positions),
        "detail": say(lang, f"defect.{defect.code}", **defect.facts),
        **defect.facts,
    }


def _told(row: Mapping[str, Any]) -> FigurePublished:
    """The event a row was made of, as far as the row keeps it."""
    return FigurePublished.model_validate({name: row[name] for name in _TOLD if row.get(name) is not None})
