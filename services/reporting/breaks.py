"""Where a series stops meaning the same, so that nobody reads a new border as growth. Pure.

On today's map nothing breaks: every old province went whole into one present one. On the map of 63 a report since
1 July 2025 may name only a merged province and cannot be placed; as recorded, the lists of codes themselves change.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from services.reporting.question import Question
from shared.places import LIST_OF, PROVINCES, candidates

MERGED_ON: Final = date(2025, 7, 1)  # Resolution 202/2025/QH15: 63 provinces became 34.


@dataclass(frozen=True, slots=True)
class Break:
    """A day from which a series is not comparable with before, and why (`break.<code>` in the catalogues)."""

    on: date
    code: str

    def as_json(self) -> dict[str, str]:
        return {"on": self.on.isoformat(), "code": self.code}


def breaks(question: Question) -> list[Break]:
    """The breaks of a series; none where the question is about one period, or about the whole nation."""
    if question.step is None or not question.start < MERGED_ON <= question.end:
        return []
    return [Break(MERGED_ON, "provinces-merged")] if _is_touched(question) else []


def _is_touched(question: Question) -> bool:
    kind, _, rest = question.scope.partition(":")
    match question.scheme, kind:
        case "34", _:
            return False
        case "63", "province":
            merged = PROVINCES[LIST_OF["63"], rest.rpartition(":")[2]].now
            return len(candidates(LIST_OF["34"], merged, "63")) > 1
        case "as-recorded", "province":
            return True
        case _, "nation":
            return "province" in question.by or "district" in question.by or "commune" in question.by
        case _:
            return kind in ("district", "commune")
