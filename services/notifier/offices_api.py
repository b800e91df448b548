"""Offices over HTTP: who gets mail, and what became of each."""

from typing import Annotated, Any

from fastapi import FastAPI, Path, Request
from starlette.concurrency import run_in_threadpool

from services.notifier.offices import (
    Office,
    all_offices,
    delete_office,
    find_office,
    history_of,
    put_office,
)
from services.notifier.parts import Parts
from shared.access import OFFICES
from shared.door import Door
from shared.problems import NotFound

OfficeId = Annotated[str, Path(pattern=r"^[a-z0-9-]{3,64}$")]


def add_offices(app: FastAPI, parts: Parts, door: Door) -> None:
    """Read by offices; written by the national office and operators."""

    @app.get("/v1/offices", tags=["offices"], summary="Nơi nhận thư / who gets mail")
    async def offices(request: Request) -> dict[str, Any]:
        (await door.bearer(request)).check_role(*OFFICES)
        return {"items": await run_in_threadpool(all_offices, parts.database)}

    @app.get("/v1/offices/{id}", tags=["offices"], summary="Một nơi nhận / one office")
    async def one(request: Request, id: OfficeId) -> dict[str, Any]:
        (await door.bearer(request)).check_role(*OFFICES)
        office = await run_in_threadpool(find_office, parts.database, id)
        if office is None:
            raise NotFound
        return office

    @app.get("/v1/offices/{id}/history", tags=["offices"], summary="Lịch sử / what became of an office")
    async def history(request: Request, id: OfficeId) -> dict[str, Any]:
        await door.operator(request)
        return {"items": await run_in_threadpool(history_of, parts.database, id)}

    @app.put("/v1/offices/{id}", tags=["offices"], summary="Ghi một nơi nhận / write an office down")
    async def put(request: Request, id: OfficeId, office: Office) -> dict[str, Any]:
        token = await door.operator(request)
        await run_in_threadpool(put_office, parts.database, id, office, token.name, parts.clock())
        return {"id": id, **office.model_dump(mode="json")}

    @app.delete("/v1/offices/{id}", tags=["offices"], summary="Bỏ một nơi nhận / take an office out")
    async def delete(request: Request, id: OfficeId) -> dict[str, Any]:
        token = await door.operator(request)
        if not await run_in_threadpool(delete_office, parts.database, id, token.name, parts.clock()):
            raise NotFound
        return {"id": id}
