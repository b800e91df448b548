"""`GET /v1/figures.csv`, `/v1/clubs.xlsx` and their like: what the JSON says, as files for a spreadsheet program."""

import tempfile
from collections.abc import Iterator
from typing import IO, Annotated, Any, Final, cast
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.reporting.answering import Stamp, stamp
from services.reporting.asking import Asked, Clocks
from services.reporting.parts import Parts
from services.reporting.sheets.kinds import MEDIA_TYPES, SHEETS, Format, Header, write
from services.reporting.sheets.sheet import Sheet
from services.reporting.sheets.words import explained
from shared.texts import Language, say
from shared.web import language

_AT_ONCE: Final = CapacityLimiter(
    2
)  # Writing a workbook is hard work: other questions must not wait for many.
_PIECE: Final = 64 * 1024


def add_sheets(app: FastAPI, parts: Parts) -> None:
    """Every sheet in every format."""
    for name in SHEETS:
        for format in MEDIA_TYPES:
            _add_sheet(app, parts, name, format)


def _add_sheet(app: FastAPI, parts: Parts, name: str, format: Format) -> None:
    asked_of: Any = SHEETS[name].asked_as_sheet

    @app.get(
        f"/v1/{name}.{format}",
        tags=["sheets"],
        summary=f"{say('vi', f'sheet.{name}')} / {say('en', f'sheet.{name}').lower()}, {format.upper()}",
        name=f"{name}.{format}",
        response_class=Response,
        responses={200: {"content": {MEDIA_TYPES[format]: {}}}},
    )
    async def sheet(request: Request, asked: Annotated[asked_of, Query()]) -> Response:
        return await sheet_answer(request, parts, name, cast(Asked, asked), format)


def accepted(request: Request) -> Format | None:
    """The format of a sheet, if that is what the request accepts."""
    accept = request.headers.get("accept", "")
    return next((format for format, media in MEDIA_TYPES.items() if media in accept), None)


async def sheet_answer(request: Request, parts: Parts, name: str, asked: Asked, format: Format) -> Response:
    """The sheet as a file with its stamp; 304 where the asker has it already.

    It is written whole before it is sent: a slow reader holds no state of the database, and a fault is no half a file.
    Raises what the same question as JSON raises, and `SheetTooLong`.
    """
    kind, lang = SHEETS[name], language(request)
    asked, reader = await kind.let_in(parts.door, request, asked)
    header: Header = getattr(asked, "header", "words")

    def answer() -> Response:
        asked.check_rules()
        with parts.asked(asked.known_at, asked.day, reader) as (connection, clocks):
            seen = stamp(f"/v1/{name}.{format}", asked, reader, clocks, lang)
            if seen.is_known_to(request):
                return Response(status_code=304, headers=seen.headers())
            made = kind.make(connection, clocks, asked, lang)
            site = str(request.base_url).rstrip("/")
            file = tempfile.TemporaryFile()  # noqa: SIM115 (closed when it is sent)
            write(
                explained(made, lang, asked, clocks, site + seen.permalink),
                file,
                format,
                header,
                lang,
                clocks,
            )
        return _file(file, format, seen, _disposition(made, lang, clocks, format))

    return await to_thread.run_sync(answer, limiter=_AT_ONCE)


def _file(file: IO[bytes], format: Format, seen: Stamp, disposition: str) -> Response:
    length = file.tell()
    file.seek(0)
    headers = seen.headers() | {"Content-Disposition": disposition, "Content-Length": str(length)}
    return StreamingResponse(_pieces(file), headers=headers, media_type=MEDIA_TYPES[format])


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


def _disposition(sheet: Sheet, lang: Language, clocks: Clocks, format: Format) -> str:
    """The name of the file, with diacritics for those who can read them (RFC 5987)."""
    plain = f"{sheet.name}-{clocks.valid_at}.{format}"
    named = f"{sheet.title(lang)} {clocks.valid_at}.{format}"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(named)}"
