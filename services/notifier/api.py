"""The notifier over HTTP: offices, alerts and letters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Path, Query, Request
from sqlalchemy import Engine, Table, select
from starlette.concurrency import run_in_threadpool

from services.notifier.boards import add_boards
from services.notifier.offices import Office, all_offices, put_office
from services.notifier.parts import Parts, assemble
from services.notifier.preview import add_preview
from services.notifier.rehearsing_api import add_rehearsing
from services.notifier.tables import alerts, letters
from services.notifier.writing import write_letter
from shared import clock as clocks
from shared.access import Role
from shared.clock import Clock, as_utc_text, from_utc_text
from shared.database import reads
from shared.problems import CannotDo, NotFound
from shared.settings import Notifier
from shared.web import Door, make_app

After = Annotated[int | None, Query(ge=1, description="Go on before this number: the newest come first.")]
Limit = Annotated[int, Query(ge=1, le=1000)]
Province = Annotated[str | None, Query(pattern=r"^\d{2}$", description="Code on today's map.")]
OfficeId = Annotated[str, Path(pattern=r"^[a-z0-9-]{3,64}$")]


def create_app(settings: Notifier | None = None, clock: Clock = clocks.now) -> FastAPI:
    """The notifier as an ASGI application."""
    settings = settings or Notifier()
    parts = assemble(settings, clock)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        parts.close()

    app = make_app(
        "ISHC Records – thư báo / notifier",
        "Cảnh báo và thư gửi Hội NCT tỉnh. Alerts, and letters to provincial boards.",
        lifespan,
        parts.ready(),
        parts.gauges(),
    )
    door = Door(parts.tokens, settings.public_read)
    _add_offices(app, parts, door)
    _add_alerts(app, parts, door)
    _add_letters(app, parts, door)
    add_preview(app, parts, door)
    add_rehearsing(app, parts, door)
    add_boards(app, parts, door)
    return app


def _add_offices(app: FastAPI, parts: Parts, door: Door) -> None:
    @app.get("/v1/offices", tags=["offices"], summary="Nơi nhận thư / who gets mail")
    async def offices(request: Request) -> dict[str, Any]:
        await door.bearer(request)
        return {"items": await run_in_threadpool(all_offices, parts.database)}

    @app.get("/v1/offices/{id}", tags=["offices"], summary="Một nơi nhận / one office")
    async def one(request: Request, id: OfficeId) -> dict[str, Any]:
        await door.bearer(request)
        found = [
            office for office in await run_in_threadpool(all_offices, parts.database) if office["id"] == id
        ]
        if not found:
            raise NotFound
        return found[0]

    @app.put("/v1/offices/{id}", tags=["offices"], summary="Ghi một nơi nhận / write an office down")
    async def put(request: Request, id: OfficeId, office: Office) -> dict[str, Any]:
        token = await door.operator(request)
        await run_in_threadpool(put_office, parts.database, id, office, token.name, parts.clock())
        return {"id": id, **office.model_dump(mode="json")}


def _add_alerts(app: FastAPI, parts: Parts, door: Door) -> None:
    @app.get("/v1/alerts", tags=["alerts"], summary="Cảnh báo / alerts, the newest first")
    async def found(
        request: Request,
        state: Literal["firing", "acknowledged", "resolved"] | None = None,
        rule: str | None = None,
        province: Province = None,
        before: After = None,
        limit: Limit = 100,
    ) -> dict[str, Any]:
        await door.reader(request, "clubs")
        wanted = {"state": state, "rule": rule, "province_now": province}
        rows = await run_in_threadpool(_newest, parts.database, alerts, wanted, before, limit)
        return {"items": rows, "next": rows[-1]["id"] if len(rows) == limit else None}


def _add_letters(app: FastAPI, parts: Parts, door: Door) -> None:
    @app.get("/v1/letters", tags=["letters"], summary="Thư / letters, the newest first")
    async def written(
        request: Request,
        state: Literal["due", "claimed", "sending", "sent", "unknown", "held", "set_aside"] | None = None,
        office: str | None = None,
        rule: str | None = None,
        before: After = None,
        limit: Limit = 100,
    ) -> dict[str, Any]:
        token = await door.bearer(request)
        token.check_role(Role.PROVINCE, Role.NATION, Role.OPERATOR)
        mine = list(token.provinces) if token.role is Role.PROVINCE else None
        wanted = {"state": state, "office": office, "rule": rule, "province_now": mine}
        rows = await run_in_threadpool(_newest, parts.database, letters, wanted, before, limit)
        return {
            "items": [_letter(parts, row) for row in rows],
            "next": rows[-1]["id"] if len(rows) == limit else None,
        }

    @app.post("/v1/letters/{id}/resend", tags=["letters"], summary="Gửi lại / send a settled letter again")
    async def resend(request: Request, id: int) -> dict[str, Any]:
        await door.operator(request)
        if not await run_in_threadpool(parts.delivery.resend, id):
            raise CannotDo
        return {"id": id, "state": "due"}


def _letter(parts: Parts, row: dict[str, Any]) -> dict[str, Any]:
    """A letter with its words, and the events that caused it."""
    hidden = {"key", "facts", "claim"}
    shown = {name: value for name, value in row.items() if name not in hidden}
    letter = write_letter(row | {"made_at": from_utc_text(row["made_at"])}, parts.settings)
    return shown | {"subject": letter.subject, "text": letter.text}


def _newest(
    engine: Engine, table: Table, wanted: dict[str, Any], before: int | None, limit: int
) -> list[dict[str, Any]]:
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    for name, value in wanted.items():
        if isinstance(value, list):
            query = query.where(table.c[name].in_(value))
        elif value is not None:
            query = query.where(table.c[name] == value)
    if before is not None:
        query = query.where(table.c.id < before)
    with reads(engine).connect() as connection:
        rows = [dict(row._mapping) for row in connection.execute(query)]
    return [{name: as_utc_text(v) if hasattr(v, "tzinfo") else v for name, v in row.items()} for row in rows]
