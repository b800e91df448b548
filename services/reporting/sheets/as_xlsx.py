"""A sheet as an Excel workbook: typed columns, and a second sheet that says what the numbers mean.

The same sheet as of the same moment has the same bytes. Rows go to disk as they come.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import IO, TYPE_CHECKING, Final

from services.reporting.sheets.sheet import Cell, Column, Kind, Sheet, definitions
from shared.problems import SheetTooLong
from shared.texts import Language, say

if TYPE_CHECKING:  # Else only once somebody asks for a workbook: it is large.
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS: Final = 1_048_576  # Of one Excel sheet, its heading included.
_LONGEST_CELL: Final = 32_767
_EXCEL_BEGAN: Final = date(1900, 3, 1)  # Excel believes in a 29 February 1900.
# Excel writes the point or comma of thousands as its reader's country does.
_FORMATS: Final[Mapping[Kind, str]] = {
    "text": "@",
    "number": "#,##0",
    "date": "dd/mm/yyyy",
    "percent": "0.0%",
    "VND": '#,##0 "₫"',
}
_WIDTHS: Final[Mapping[Kind, int]] = {"text": 22, "number": 10, "date": 14, "percent": 10, "VND": 18}


def write_xlsx(sheet: Sheet, file: IO[bytes], lang: Language, made: datetime, keys: bool = False) -> None:
    """Write the workbook. `made` is the moment it names as its beginning.

    Raises `SheetTooLong` beyond the rows Excel has.
    """
    from xlsxwriter import Workbook

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(file, options) as book:
        book.set_properties({"title": sheet.title(lang), "created": made.replace(tzinfo=None)})
        _write_rows(book, sheet, lang, keys)
        _write_definitions(book, sheet, lang)


def _write_rows(book: "Workbook", sheet: Sheet, lang: Language, keys: bool) -> None:
    page = book.add_worksheet(sheet.title(lang))
    formats = {kind: book.add_format({"num_format": written}) for kind, written in _FORMATS.items()}
    heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    for at, column in enumerate(sheet.columns):
        title = column.name if keys else column.heading(lang)
        page.set_column(at, at, _width(column, title), formats[column.kind])
        page.write_string(0, at, title, heading)
    page.freeze_panes(1, 0)
    last = 0
    for last, row in enumerate(sheet.rows, start=1):
        if last >= MOST_ROWS:
            raise SheetTooLong(rows=MOST_ROWS)
        for at, (column, cell) in enumerate(zip(sheet.columns, row, strict=True)):
            _write(page, last, at, cell, formats[column.kind], formats["text"])
    page.autofilter(0, 0, last, len(sheet.columns) - 1)


def _write_definitions(book: "Workbook", sheet: Sheet, lang: Language) -> None:
    page = book.add_worksheet(say(lang, "sheet.definitions"))
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 28, wrapped)
    page.set_column(1, 1, 100, wrapped)
    at = 0
    for title, pairs in definitions(lang, sheet):
        page.write_string(at, 0, title, bold)
        for row, (name, text) in enumerate(pairs, start=at + 1):
            page.write_string(row, 0, name, wrapped)
            page.write_string(row, 1, text[:_LONGEST_CELL], wrapped)
        at += len(pairs) + 2


def _write(page: "Worksheet", row: int, at: int, cell: Cell, written: "Format", as_text: "Format") -> None:
    match cell:
        case None:
            return
        case date() if cell >= _EXCEL_BEGAN:
            page.write_datetime(row, at, cell, written)
        case int() | float():
            page.write_number(row, at, cell, written)
        case _:
            # As text, or it would turn into a formula when somebody edits the cell.
            page.write_string(row, at, str(cell)[:_LONGEST_CELL], as_text)


def _width(column: Column, title: str) -> int:
    return max(_WIDTHS[column.kind], min(len(title) + 3, 30))
