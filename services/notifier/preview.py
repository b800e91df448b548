"""`POST /v1/preview`: the alerts and letters a report would cause or end. Nothing is stored, nothing is sent."""

from typing import Any

from fastapi import FastAPI, Request
from sqlalchemy import Connection, Row, func, select
from starlette.concurrency import run_in_threadpool

from services.notifier.parts import Parts
from services.notifier.tables import alerts, entries
from shared.access import OFFICES
from shared.catch_up import checkpoint
from shared.door import Door
from shared.intake import EVENT_LIMIT
from shared.preview import on_trial, undone
from shared.web import body_within


def add_preview(app: FastAPI, parts: Parts, door: Door) -> None:
    """What a correction, or any other report, would mean for the boards."""

    @app.post(
        "/v1/preview",
        tags=["alerts"],
        summary="Xem trước / the alerts a report would cause or end; nothing is stored or sent",
        openapi_extra={"requestBody": {"content": {"application/cloudevents+json": {}}, "required": True}},
    )
    async def preview(request: Request) -> dict[str, Any]:
        (await door.bearer(request)).check_role(*OFFICES)
        body = await body_within(request, EVENT_LIMIT)
        return await run_in_threadpool(alerts_moved, parts, body)


def alerts_moved(parts: Parts, body: bytes) -> dict[str, Any]:
    """The alerts that would fire, fire again or be resolved, and the offices that would get a letter."""
    reached = checkpoint(parts.follower)
    trial = on_trial(body, parts.log, reached, parts.clock())
    with undone(parts.database) as transaction:
        before = _open(transaction)
        last_alert, last_entry = (
            transaction.scalar(select(func.max(table.c.id))) or 0 for table in (alerts, entries)
        )
        follower = parts.follower.on(trial)
        follower.apply(transaction, [trial.event])
        follower.settle_in(transaction, fire=True)
        after = _open(transaction)
        new = transaction.execute(select(alerts).where(alerts.c.id > last_alert).order_by(alerts.c.id)).all()
        again = [row for key, row in after.items() if key not in before and row.id <= last_alert]
        told = select(entries.c.rule, entries.c.office).where(
            entries.c.id > last_entry, entries.c.held.is_(None)
        )
        sent = [row._asdict() for row in transaction.execute(told.order_by(entries.c.id))]
    return {
        "would_fire": [_shown(row) for row in (*again, *new)],
        "would_resolve": [_shown(row) for key, row in before.items() if key not in after],
        "letters": sent,
        "position": reached.position,
    }


def _open(transaction: Connection) -> dict[str, Row[Any]]:
    """The alerts that are not resolved, by key."""
    query = select(alerts).where(alerts.c.state != "resolved").order_by(alerts.c.id)
    return {row.key: row for row in transaction.execute(query)}


def _shown(row: Row[Any]) -> dict[str, Any]:
    names = ("rule", "subject", "province_now", "causes", "facts")
    return {name: row._mapping[name] for name in names}
