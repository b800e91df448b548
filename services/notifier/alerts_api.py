"""Alerts over HTTP: what fires, what became of each, who looks after it, and what nobody wants to hear of."""

from typing import Annotated, Any, Final, Literal

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Engine, select, true
from starlette.concurrency import run_in_threadpool

from services.notifier.life import acknowledge
from services.notifier.listing import After, Id, Limit, Province, as_told, newest, page
from services.notifier.parts import Parts
from services.notifier.rules.catalogue import RULES
from services.notifier.silences import SilenceAsked, all_silences, lift, silence
from services.notifier.tables import alert_history, alerts, entries
from shared.access import OFFICES, Role, Token
from shared.database import reads
from shared.door import Door
from shared.openapi import problems
from shared.problems import CannotDo, NotFound, OutsideYourScope

OF_THE_MACHINE: Final = [code for code, rule in RULES.items() if rule.audience == "operator"]


class Seen(BaseModel):
    """Who looks after an alert may say what is done."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    note: Annotated[str | None, Field(max_length=500, description="No names or health of people.")] = None


def add_alerts(app: FastAPI, parts: Parts, door: Door) -> None:
    """Alerts are read as clubs are; a board acknowledges those of its provinces."""

    @app.get("/v1/alerts", tags=["alerts"], summary="Cảnh báo / alerts, the newest first")
    async def found(
        request: Request,
        state: Literal["firing", "acknowledged", "resolved"] | None = None,
        rule: str | None = None,
        province: Province = None,
        before: After = None,
        limit: Limit = 100,
    ) -> dict[str, Any]:
        reader = await door.reader(request, "clubs", own=True)
        door.check_reads(reader, provinces=[province] if province else [])
        wanted = {"state": state, "rule": rule, "province_now": province}
        shown = _shown_to(reader)
        rows = await run_in_threadpool(newest, parts.database, alerts, wanted, before, limit, shown)
        return page(rows, limit)

    @app.get("/v1/alerts/{id}", tags=["alerts"], summary="Một cảnh báo / an alert, its history and entries")
    async def one(request: Request, id: Id) -> dict[str, Any]:
        reader = await door.reader(request, "clubs")
        return await run_in_threadpool(alert_told, parts, id, _shown_to(reader))

    @app.post(
        "/v1/alerts/{id}/acknowledge",
        tags=["alerts"],
        summary="Đã xem / say that somebody looks after it",
        responses=problems(409),
    )
    async def seen(request: Request, id: Id, said: Seen | None = None) -> dict[str, Any]:
        token = await door.bearer(request)
        note = said.note if said else None
        await run_in_threadpool(acknowledge_one, parts, id, token, note)
        return await run_in_threadpool(alert_told, parts, id)


def add_silences(app: FastAPI, parts: Parts, door: Door) -> None:
    """What is not to be told for a while. A board silences what is its own."""

    @app.get("/v1/silences", tags=["silences"], summary="Tạm ngừng báo / silences, the newest first")
    async def silences(
        request: Request,
        over: Annotated[bool, Query(description="Also those that are over or were lifted.")] = False,
    ) -> dict[str, Any]:
        token = await door.bearer(request)
        token.check_role(*OFFICES)
        return {"items": await run_in_threadpool(all_silences, parts.database, parts.clock(), over)}

    @app.post("/v1/silences", tags=["silences"], status_code=201, summary="Tạm ngừng báo / begin a silence")
    async def begin(request: Request, asked: SilenceAsked) -> dict[str, Any]:
        token = await door.bearer(request)
        return await run_in_threadpool(silence, parts.database, asked, token, parts.clock())

    @app.delete(
        "/v1/silences/{id}",
        tags=["silences"],
        summary="Báo lại / lift a silence; it stays on record",
        responses=problems(409),
    )
    async def end(request: Request, id: Id) -> dict[str, Any]:
        token = await door.bearer(request)
        return await run_in_threadpool(lift, parts.database, id, token, parts.clock())


def acknowledge_one(parts: Parts, id: int, token: Token, note: str | None) -> None:
    """Somebody looks after an alert; on disk when this returns. Once more is no error.

    Raises `NotFound`, `OutsideYourScope` for another province's, or `CannotDo` if it is over.
    """
    token.check_role(*OFFICES)
    with parts.database.begin() as transaction:
        alert = transaction.execute(select(alerts).where(alerts.c.id == id)).first()
        if alert is None:
            raise NotFound
        if token.role is Role.PROVINCE and alert.province_now not in token.provinces:
            raise OutsideYourScope("/path/id")
        if not acknowledge(transaction, [alert.key], token.name, note, parts.clock()) and (
            alert.state == "resolved"
        ):
            raise CannotDo


def _shown_to(reader: Token | None) -> ColumnElement[bool]:
    """What is the matter with the machine is for those who run it, and for the national office."""
    runs_it = reader is not None and reader.role in (Role.OPERATOR, Role.NATION)
    return true() if runs_it else alerts.c.rule.not_in(OF_THE_MACHINE)


def alert_told(parts: Parts, id: int, *shown: ColumnElement[bool]) -> dict[str, Any]:
    """An alert with its causes as links to the registry, what happened to it, and which office was told what.

    Raises `NotFound`.
    """
    told = _told(parts.database, id, *shown)
    return told | {"links": [f"/v1/events/{position}" for position in told["causes"]]}


def _told(engine: Engine, id: int, *shown: ColumnElement[bool]) -> dict[str, Any]:
    with reads(engine).connect() as connection:
        alert = connection.execute(select(alerts).where(alerts.c.id == id, *shown)).first()
        if alert is None:
            raise NotFound
        history = (
            select(alert_history).where(alert_history.c.alert_key == alert.key).order_by(alert_history.c.id)
        )
        told = select(entries).where(entries.c.alert_key == alert.key).order_by(entries.c.id)
        return as_told(alert._asdict()) | {
            "history": [_without(row._asdict(), "id", "alert_key") for row in connection.execute(history)],
            "entries": [
                _without(row._asdict(), "id", "key", "alert_key") for row in connection.execute(told)
            ],
        }


def _without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in as_told(row).items() if name not in names}
