"""`GET /v1/audit`: who did what, and who read about single clubs."""

from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from starlette.concurrency import run_in_threadpool

from services.registry.parts import Parts
from shared.values import LARGEST


def add_audit(app: FastAPI, parts: Parts) -> None:
    """For the national office and operators; all three services write into it."""

    @app.get(
        "/v1/audit", tags=["operations"], summary="Nhật ký truy cập / who did and read what, newest first"
    )
    async def listed(
        request: Request,
        who: Annotated[str | None, Query(max_length=80, description="Name of a token, or office:….")] = None,
        before: Annotated[
            int | None, Query(ge=1, le=LARGEST, description="Go on before this number.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> dict[str, Any]:
        await parts.door.operator(request)
        rows = await run_in_threadpool(parts.audit.listed, who, before, limit)
        return {"items": rows, "next": rows[-1]["id"] if len(rows) == limit else None}
