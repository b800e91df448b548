"""`GET /v1/receipts/{code}`: whether what was acknowledged is still in the log, and nothing before it was changed."""

from typing import Annotated, Any

from fastapi import FastAPI, Path, Request
from starlette.concurrency import run_in_threadpool

from services.registry.parts import Parts
from shared.problems import BadQuestion, Fault, NotFound
from shared.receipt import read_receipt, receipt


def add_receipts(app: FastAPI, parts: Parts) -> None:
    """`/v1/receipts/{code}`: tells nothing of the content, so whoever reads sums may ask."""

    @app.get("/v1/receipts/{code}", tags=["events"], summary="Biên nhận / is what a receipt stands for there")
    async def check(
        request: Request, code: Annotated[str, Path(description="Such as 4821-K7QX-9M2B.")]
    ) -> dict[str, Any]:
        await parts.door.reader(request, "aggregates")
        asked = read_receipt(code)
        if asked is None:
            raise BadQuestion(faults=(Fault("/path/code", "wrong-form"),))
        position, written = asked
        event = (await run_in_threadpool(parts.log.at, [position])).get(position)
        if event is None or receipt(position, event.hash) != written:
            raise NotFound
        return {
            "receipt": written,
            "position": position,
            "recordedtime": event.envelope["recordedtime"],
            "chainhash": event.hash,
        }
