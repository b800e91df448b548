"""Every sheet there is: what is asked, who may ask, and how it is made."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import IO, Annotated, Any, Final, Literal

from fastapi import Request
from pydantic import BaseModel, Field, create_model
from sqlalchemy import Connection

from services.reporting.asking import Asked, Clocks, ClubsAsked, FiguresAsked, TrainingsAsked
from services.reporting.completeness_asked import CompletenessAsked
from services.reporting.sheets.as_csv import write_csv
from services.reporting.sheets.as_xlsx import write_xlsx
from services.reporting.sheets.of_completeness import completeness_sheet
from services.reporting.sheets.of_figures import figures_sheet
from services.reporting.sheets.of_lists import clubs_sheet, trainings_sheet
from services.reporting.sheets.of_told import reconciliation_sheet, targets_sheet
from services.reporting.sheets.sheet import Sheet
from services.reporting.told import PrintedAsked, TargetsAsked
from shared.access import PublicRead, Token
from shared.door import Door
from shared.texts import Language

Format = Literal["csv", "xlsx"]
Header = Literal["words", "keys"]
MEDIA_TYPES: Final[Mapping[Format, str]] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_BEFORE_EVERYTHING: Final = datetime(2000, 1, 1, tzinfo=UTC)  # The moment of a workbook about an empty log.


class Headed(BaseModel):
    """How the first row names the columns."""

    header: Annotated[Header, Field(description="words, or keys that stay the same.")] = "words"


@dataclass(frozen=True, slots=True)
class SheetKind:
    """One kind of sheet. `let_in` raises what the door does, and returns the question as it is meant."""

    name: str
    asked: type[Asked]
    let_in: Callable[[Door, Request, Any], Awaitable[tuple[Any, Token | None]]]
    make: Callable[[Connection, Clocks, Any, Language], Sheet]

    @property
    def asked_as_sheet(self) -> Any:
        """The question with what only a sheet is asked."""
        return _headed(self.asked)


def write(
    sheet: Sheet, file: IO[bytes], format: Format, header: Header, lang: Language, clocks: Clocks
) -> None:
    """Write a sheet in one of the formats."""
    if format == "csv":
        write_csv(sheet, file, lang, keys=header == "keys")
    else:
        write_xlsx(sheet, file, lang, clocks.known_at or _BEFORE_EVERYTHING, keys=header == "keys")


@cache
def _headed(asked: type[Asked]) -> Any:
    return create_model(f"{asked.__name__}AsSheet", __base__=(asked, Headed))


async def _of_figures(door: Door, request: Request, asked: FiguresAsked) -> tuple[Asked, Token | None]:
    return asked, await door.reader(request, asked.needs)


async def _of_province(door: Door, request: Request, asked: CompletenessAsked) -> tuple[Asked, Token | None]:
    token = await door.bearer(request)
    return asked.model_copy(update={"province": asked.province_for(token)}), token


def _reader(needs: PublicRead) -> Callable[[Door, Request, Asked], Awaitable[tuple[Asked, Token | None]]]:
    async def let_in(door: Door, request: Request, asked: Asked) -> tuple[Asked, Token | None]:
        reader = await door.reader(request, needs)
        asked.check()
        return asked, reader

    return let_in


SHEETS: Final = {
    kind.name: kind
    for kind in (
        SheetKind("figures", FiguresAsked, _of_figures, figures_sheet),
        SheetKind("clubs", ClubsAsked, _reader("clubs"), clubs_sheet),
        SheetKind("trainings", TrainingsAsked, _reader("aggregates"), trainings_sheet),
        SheetKind("targets", TargetsAsked, _reader("aggregates"), targets_sheet),
        SheetKind("reconciliation", PrintedAsked, _reader("aggregates"), reconciliation_sheet),
        SheetKind("completeness", CompletenessAsked, _of_province, completeness_sheet),
    )
}
