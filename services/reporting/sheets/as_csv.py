"""A sheet as CSV (RFC 4180), in UTF-8 with the mark by which Excel knows it."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import IO, Final

from services.reporting.sheets.sheet import Cell, Sheet
from shared.texts import Language

# A spreadsheet program takes text that begins so for a formula, and would run what a stranger wrote as a club's name.
_FORMULA: Final = tuple("=+-@\t\r\n")


def write_csv(sheet: Sheet, file: IO[bytes], lang: Language, keys: bool = False) -> None:
    """Write the rows under their headings in a language; with `keys`, under the stable names of the columns."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=False)
    lines = csv.writer(text)
    lines.writerow([column.name if keys else column.heading(lang) for column in sheet.columns])
    lines.writerows(_line(row) for row in sheet.rows)
    text.detach()  # The file stays open for whoever reads it back.


def _line(row: Sequence[Cell]) -> list[str | int | float | None]:
    return [_cell(cell) for cell in row]


def _cell(cell: Cell) -> str | int | float | None:
    match cell:
        case str() if cell.startswith(_FORMULA):
            return f"'{cell}"
        case date():
            return cell.isoformat()
        case _:
            return cell
