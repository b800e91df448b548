"""Making an export: the sheet as of its position, written to a file."""

from dataclasses import replace
from pathlib import Path

from services.reporting.exports import Export, Exports
from services.reporting.parts import Parts
from services.reporting.sheets.kinds import SHEETS, Format, write
from services.reporting.sheets.words import explained
from shared.texts import Language


def make(parts: Parts, exports: Exports, export: Export) -> None:
    """Write the file of an export. Raises `Overtaken`, and what the question itself raises."""
    kind = SHEETS[export.sheet]
    asked = kind.asked_as_sheet.model_validate(export.asked)
    lang: Language = "en" if export.lang == "en" else "vi"
    format: Format = "xlsx" if export.format == "xlsx" else "csv"
    unfinished: Path = exports.unfinished(export)
    asked.check_rules()
    try:
        with parts.asked(asked.known_at, asked.day) as (connection, clocks), unfinished.open("wb") as file:
            clocks = replace(clocks, least=export.least)
            made = kind.make(connection, clocks, asked, lang)
            sheet = explained(made, lang, asked, clocks, export.permalink)
            counted = replace(sheet, rows=exports.counted(export, sheet))
            write(counted, file, format, asked.header, lang, clocks)
        unfinished.replace(exports.path(export))
        exports.finish(export)
    finally:
        unfinished.unlink(missing_ok=True)
