"""`GET /v1/norms`: every norm and how long it is valid, in both languages."""

from typing import Any

from fastapi import FastAPI, Request

from services.reporting.parts import Parts
from shared.norms import NORMS
from shared.saying import norm_words


def add_norms(app: FastAPI, parts: Parts) -> None:
    """What warnings are held against."""

    @app.get("/v1/norms", tags=["figures"], summary="Các chuẩn / the norms, with source and validity")
    async def norms(request: Request) -> list[dict[str, Any]]:
        await parts.door.reader(request, "aggregates")
        return [norm_words(norm) for norm in NORMS.values()]
