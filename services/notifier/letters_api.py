"""Letters over HTTP: what was written to whom, why, and why not."""

from typing import Annotated, Any, Literal

from fastapi import FastAPI, Query, Request
from sqlalchemy import ColumnElement, and_, or_
from starlette.concurrency import run_in_threadpool

from services.notifier.listing import After, Id, Limit, newest, page
from services.notifier.offices import all_offices
from services.notifier.parts import Parts
from services.notifier.tables import entries, letters
from services.notifier.why import why_not, why_told
from services.notifier.writing import write_letter
from shared.access import OFFICES, Role, Token
from shared.clock import from_utc_text
from shared.door import Door
from shared.openapi import problems
from shared.problems import CannotDo, NotFound
from shared.web import language

State = Literal["due", "claimed", "sending", "sent", "unknown", "held", "set_aside"]


def add_letters(app: FastAPI, parts: Parts, door: Door) -> None:
    """A board reads the letters about its provinces; the national office and operators all."""

    @app.get("/v1/letters", tags=["letters"], summary="Thư / letters, the newest first")
    async def written(
        request: Request,
        state: State | None = None,
        office: str | None = None,
        rule: str | None = None,
        held: Annotated[
            bool, Query(description="Instead: what became no letter, or none yet, and why.")
        ] = False,
        before: After = None,
        limit: Limit = 100,
    ) -> dict[str, Any]:
        token = await door.bearer(request)
        token.check_role(*OFFICES)
        wanted = {"office": office, "rule": rule}
        if held:
            return await run_in_threadpool(_held, parts, token, wanted, before, limit, language(request))
        return await run_in_threadpool(_letters, parts, token, wanted | {"state": state}, before, limit)

    @app.get("/v1/letters/{id}/why", tags=["letters"], summary="Vì sao có thư này / why this letter was sent")
    async def why(request: Request, id: Id) -> dict[str, Any]:
        token = await door.bearer(request)
        token.check_role(*OFFICES)
        return await run_in_threadpool(_why, parts, token, id)

    @app.post(
        "/v1/letters/{id}/resend",
        tags=["letters"],
        summary="Gửi lại / send a settled letter again",
        responses=problems(409),
    )
    async def resend(request: Request, id: Id) -> dict[str, Any]:
        await door.operator(request)
        if not await run_in_threadpool(parts.delivery.resend, id):
            raise CannotDo
        return {"id": id, "state": "due"}

    @app.post(
        "/v1/letters/{id}/release",
        tags=["letters"],
        summary="Gửi thư bị giữ / send a held letter",
        responses=problems(409),
    )
    async def release(request: Request, id: Id) -> dict[str, Any]:
        await door.operator(request)
        if not await run_in_threadpool(parts.delivery.release, id):
            raise CannotDo
        return {"id": id, "state": "due"}


def letters_of(parts: Parts, token: Token) -> tuple[ColumnElement[bool], ...]:
    """Which letters a token may read: a board those about its provinces, and its own about several."""
    if token.role is not Role.PROVINCE:
        return ()
    mine = set(token.provinces)
    own = [
        one["id"] for one in all_offices(parts.database) if one["provinces"] and set(one["provinces"]) <= mine
    ]
    several = and_(letters.c.province_now.is_(None), letters.c.office.in_(own))
    return (or_(letters.c.province_now.in_(mine), several),)


def _letters(
    parts: Parts, token: Token, wanted: dict[str, Any], before: int | None, limit: int
) -> dict[str, Any]:
    rows = newest(parts.database, letters, wanted, before, limit, *letters_of(parts, token))
    return page(rows, limit, [_told(parts, row) for row in rows])


def _held(
    parts: Parts, token: Token, wanted: dict[str, Any], before: int | None, limit: int, lang: str
) -> dict[str, Any]:
    more: list[ColumnElement[bool]] = [entries.c.letter.is_(None)]
    if token.role is Role.PROVINCE:
        more.append(entries.c.province_now.in_(token.provinces))
    rows = newest(parts.database, entries, wanted, before, limit, *more)
    return page(rows, limit, [why_not(row, lang) for row in rows])


def _why(parts: Parts, token: Token, id: int) -> dict[str, Any]:
    rows = newest(parts.database, letters, {"id": id}, None, 1, *letters_of(parts, token))
    if not rows:
        raise NotFound
    return why_told(rows[0])


def _told(parts: Parts, row: dict[str, Any]) -> dict[str, Any]:
    """A letter with its words, and the events that caused it."""
    hidden = {"key", "told", "facts", "claim", "address"}
    shown = {name: value for name, value in row.items() if name not in hidden}
    letter = write_letter(row | {"made_at": from_utc_text(row["made_at"])}, parts.settings)
    items = [{name: item[name] for name in _SHOWN} for item in row["facts"]["items"]]
    shown |= {"addresses": [row["address"]]}
    return shown | {"subject": letter.subject, "text": letter.text, "items": items}


_SHOWN = ("alert_key", "rule", "occasion", "subject", "province_now", "causes", "day")
