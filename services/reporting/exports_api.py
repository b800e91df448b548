"""`/v1/exports`: sheets too long to wait for. Asked for now, fetched later."""

import pathlib
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import FastAPI, Path, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.concurrency import run_in_threadpool

from services.reporting.answering import stamp
from services.reporting.asking import FiguresAsked
from services.reporting.exports import Export, Exports
from services.reporting.parts import Parts
from services.reporting.sheets.kinds import MEDIA_TYPES, SHEETS
from shared.access import Token
from shared.audited import reads_sums
from shared.doorbell import Doorbell
from shared.faults import faults_in
from shared.problems import BadQuestion, CannotDo
from shared.texts import preferred

RETRY_SECONDS = "2"
Id = Annotated[str, Path(pattern=r"^[\w-]{43}$")]


class ExportAsked(BaseModel):
    """What is to be exported: a sheet, a format, and the parameters of the sheet's own address."""

    model_config = ConfigDict(extra="allow")

    sheet: Literal["figures", "clubs", "trainings", "targets", "reconciliation", "completeness"]
    format: Literal["csv", "xlsx"] = "xlsx"


def add_exports(app: FastAPI, parts: Parts, folder: pathlib.Path, doorbell: Doorbell) -> None:
    """Asking for an export, looking in, fetching the file. Only who asked may fetch."""
    exports = Exports(parts.database, folder, parts.clock)

    @app.post("/v1/exports", tags=["sheets"], status_code=202, summary="Đặt một tệp / ask for a file")
    async def ask(request: Request, export: ExportAsked) -> Response:
        kind = SHEETS[export.sheet]
        try:
            asked = kind.asked_as_sheet.model_validate(export.model_extra)
        except ValidationError as error:
            raise BadQuestion(faults=faults_in(error.errors())) from None
        lang = preferred(request.headers.get("accept-language"), asked.lang)
        asked, reader = await kind.let_in(parts.door, request, asked)

        def add() -> Export:
            asked.check_rules()
            with parts.asked(asked.known_at, asked.day, reader) as (_read, clocks):
                seen = stamp(f"/v1/{export.sheet}.{export.format}", asked, reader, clocks, lang)
                if isinstance(asked, FiguresAsked):
                    asked.question(clocks)  # What cannot be answered is refused now.
            pinned = {"known_at": str(clocks.position)}
            if "valid_at" in type(asked).model_fields:
                pinned["valid_at"] = clocks.valid_at.isoformat()
            told = asked.model_dump(mode="json", by_alias=True, exclude_defaults=True) | pinned
            id = exports.add(
                sheet=export.sheet,
                format=export.format,
                asked=told,
                lang=lang,
                permalink=str(request.base_url).rstrip("/") + seen.permalink,
                reader=_name(reader),
                least=parts.least(reader),
            )
            doorbell.ring(["exports"])
            return exports.find(id, _name(reader))

        return _told(await run_in_threadpool(add), 202)

    async def mine(request: Request, id: str) -> Export:
        reader = await parts.door.reader(request, "aggregates")
        return await run_in_threadpool(exports.find, id, _name(reader))

    @app.get("/v1/exports/{id}", tags=["sheets"], summary="Tệp đã đến đâu / how far it is")
    async def look(request: Request, id: Id) -> Response:
        return _told(await mine(request, id), 200)

    @app.get("/v1/exports/{id}/file", tags=["sheets"], summary="Tệp / the file", response_class=FileResponse)
    async def fetch(request: Request, id: Id) -> Response:
        export = await mine(request, id)
        reads_sums(request, only=False)
        if export.state != "ready":
            raise CannotDo
        name = f"{export.sheet}-{export.made_at:%Y-%m-%d}.{export.format}"
        media = MEDIA_TYPES["xlsx" if export.format == "xlsx" else "csv"]
        headers = {"Cache-Control": "private, no-store"}
        return FileResponse(exports.path(export), media_type=media, filename=quote(name), headers=headers)


def _name(reader: Token | None) -> str | None:
    return reader.name if reader else None


def _told(export: Export, status: int) -> Response:
    here = f"/v1/exports/{export.id}"
    told: dict[str, Any] = {
        "id": export.id,
        "sheet": export.sheet,
        "format": export.format,
        "state": export.state,
        "rows_done": export.done,
        "rows": export.rows,
        "permalink": export.permalink,
        "file": f"{here}/file" if export.state == "ready" else None,
    }
    later = {"Retry-After": RETRY_SECONDS} if export.state in ("waiting", "working") else {}
    return JSONResponse(told, status, {"Location": here, "Cache-Control": "no-store", **later})
