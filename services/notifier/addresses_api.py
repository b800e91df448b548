"""Addresses that mail comes back from, over HTTP."""

from typing import Annotated, Any

from fastapi import FastAPI, Path, Request
from starlette.concurrency import run_in_threadpool

from services.notifier.addresses import allow, returned_addresses
from services.notifier.parts import Parts
from shared.database import reads
from shared.door import Door
from shared.problems import NotFound


def add_addresses(app: FastAPI, parts: Parts, door: Door) -> None:
    """The national office and operators see which addresses fail, and allow one again."""

    def returned() -> list[dict[str, Any]]:
        with reads(parts.database).connect() as connection:
            return returned_addresses(connection)

    def allowed(address: str) -> bool:
        with parts.database.begin() as transaction:
            return allow(transaction, address)

    @app.get("/v1/addresses", tags=["offices"], summary="Địa chỉ bị trả thư / addresses mail comes back from")
    async def addresses(request: Request) -> dict[str, Any]:
        await door.operator(request)
        return {"items": await run_in_threadpool(returned)}

    @app.post(
        "/v1/addresses/{address}/allow", tags=["offices"], summary="Cho gửi lại / write to an address again"
    )
    async def allow_again(request: Request, address: Annotated[str, Path(max_length=254)]) -> dict[str, Any]:
        await door.operator(request)
        if not await run_in_threadpool(allowed, address):
            raise NotFound
        return {"address": address}
