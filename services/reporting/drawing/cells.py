"""What a map or a tile shows for one province, and the colours of the classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.texts import Language, say

INK: Final = "#1f1d1a"
MUTED: Final = "#625c53"
PAPER: Final = "#fdfcf9"
RULE: Final = "#d9d3c7"
HATCH: Final = "#a39a8b"
# One hue, each step about 1.7 times as dark as the one before, so that it also reads in grey. The first is zero.
TONES: Final = ("#f1ede4", "#c3d7d4", "#8eada9", "#517c77", "#2c5953", "#0b3935")
LAST: Final = len(TONES) - 1
DARK_FROM: Final = 3  # from this tone on, light text reads better than dark


@dataclass(frozen=True, slots=True)
class Cell:
    """A province's figure: its class (0 is zero, None is no data), the number as written, and where it leads.

    `title` is read aloud and shown on hover; without one it is the name and the number. `uncertain` adds a ~.
    """

    shade: int | None
    text: str = ""
    title: str = ""
    link: str | None = None
    uncertain: bool = False

    @property
    def written(self) -> str:
        """The number with its ~ where it is uncertain."""
        return f"{self.text}~" if self.uncertain else self.text


NO_DATA: Final = Cell(None)


def named(cell: Cell, name: str, language: Language) -> str:
    """What is said of a province: *Hà Nội: 120*."""
    return cell.title or f"{name}: {cell.written or say(language, 'page.no-data')}"


def tone(shade: int | None, classes: int) -> int | None:
    """The colour of a class where there are so many of them: few classes are spread over all tones."""
    if not shade:
        return shade
    return LAST if classes < 2 else 1 + round((shade - 1) * (LAST - 1) / (classes - 1))


def legend_rows(
    cells: Sequence[Cell], legend: Sequence[str], language: Language
) -> list[tuple[int | None, str]]:
    """The tones to explain with their words: zero and no data only where they occur."""
    classes = len(legend) - 1
    rows = [(tone(shade, classes), words) for shade, words in enumerate(legend) if shade]
    if any(cell.shade == 0 for cell in cells):
        rows.insert(0, (0, legend[0]))
    if any(cell.shade is None for cell in cells):
        rows.append((None, say(language, "page.no-data")))
    return rows
