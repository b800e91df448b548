"""The desk: what waits, what was refused, and whether the sums are right."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from services.registry import answers, held, quarantine
from services.registry.parts import Parts
from services.registry.verdicts import Sent
from shared.access import Role, Token
from shared.clock import as_utc_text
from shared.openapi import problems
from shared.texts import Language, knows, say
from shared.values import LARGEST
from shared.web import language

After = Annotated[int, Query(ge=0, le=LARGEST, description="Go on behind this number.")]
Limit = Annotated[int, Query(ge=1, le=1000)]


def add_desk(app: FastAPI, parts: Parts) -> None:
    """`/v1/held`, `/v1/quarantine` and `/v1/tally`."""

    @app.get("/v1/held", tags=["desk"], summary="Báo cáo đang chờ / reports that wait")
    async def waiting(request: Request, after: After = 0, limit: Limit = 100) -> dict[str, Any]:
        mine = _own(await parts.door.bearer(request))
        rows = await run_in_threadpool(held.listed, parts.database, after, limit, mine)
        lang = language(request)
        return {"items": [_shown(row, lang) for row in rows], "next": rows[-1]["id"] if rows else after}

    @app.get("/v1/quarantine", tags=["desk"], summary="Báo cáo bị từ chối / refused reports")
    async def refused(request: Request, after: After = 0, limit: Limit = 100) -> dict[str, Any]:
        mine = _own(await parts.door.bearer(request))
        rows = await run_in_threadpool(quarantine.listed, parts.database, after, limit, mine)
        lang = language(request)
        return {"items": [_shown(row, lang) for row in rows], "next": rows[-1]["id"] if rows else after}

    @app.post(
        "/v1/quarantine/{id}/readmit",
        tags=["desk"],
        summary="Xét lại báo cáo / judge the same bytes again",
        response_class=Response,
        responses={201: {"description": "It is in the log now"}, **problems(202, 409, 422)},
    )
    async def readmit(request: Request, id: Annotated[int, Path(ge=1, le=LARGEST)]) -> Response:
        token = await parts.door.operator(request)
        outcome = await parts.commits.alone(lambda: parts.recorder.readmit(id, token))
        return answers.single(request, Sent(b""), outcome, dry_run=False)

    @app.get(
        "/v1/tally",
        tags=["desk"],
        summary="Phép cộng đúng / received = accepted + duplicate + held + quarantined",
    )
    async def tally(request: Request) -> dict[str, int]:
        await parts.door.reader(request, "aggregates")
        counted = await parts.commits.alone(parts.recorder.tally)
        return counted._asdict()


def _own(token: Token) -> list[str] | None:
    """Whose reports a token may look at: an overseer sees all, others see their own."""
    return None if token.role in (Role.NATION, Role.OPERATOR) else [token.name]


def _shown(row: Mapping[str, Any], lang: Language) -> dict[str, Any]:
    """One line of the desk: the reason in words, never the bytes."""
    shown = dict(row) | {"received_at": as_utc_text(row["received_at"]), "detail": None}
    if knows(f"problem.{row['code']}.title"):
        shown["detail"] = say(lang, f"problem.{row['code']}.title")
    if "faults" in shown:
        faults = json.loads(shown["faults"])
        shown["faults"] = [
            {"pointer": at, "code": code, "detail": say(lang, f"fault.{code}")} for at, code in faults
        ]
    return shown
