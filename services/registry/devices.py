"""Which devices were heard from, and which of their reports never arrived: `GET /v1/intake`.

Tells "nothing was heard from this device" from "it reported other things".
"""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Connection, Engine, exists, false, func, or_, select, true
from starlette.concurrency import run_in_threadpool

from services.registry.parts import Parts
from services.registry.sequences import gaps
from services.registry.tables import devices, heard, held, quarantine
from services.registry.verdicts import RECEIVED
from shared.access import Role, Token
from shared.clock import VIET_NAM, as_utc_text, day_in_viet_nam
from shared.database import snapshot
from shared.places import PROVINCES
from shared.problems import BadQuestion, Fault

USUAL: Final = timedelta(days=31)
PAGE: Final = 1000
YEARS: Final = range(2000, 9999)  # Beyond lies no report, and no calendar can shift a time zone.

Shown = dict[str, Any]


class IntakeAsked(BaseModel):
    """The parameters of `GET /v1/intake`. An unknown one is refused: ignored, it would make a device look silent."""

    model_config = ConfigDict(extra="forbid")

    since: Annotated[
        str | None,
        Field(description="A day in Viet Nam, or a moment with time zone. Left out: 31 days back."),
    ] = None
    province: Annotated[str | None, Field(pattern=r"^\d{2}$", description="Code on today's map.")] = None
    source: Annotated[str | None, Field(pattern=r"^[!-~]{1,249}$", description="One device.")] = None
    after: Annotated[str, Field(pattern=r"^[!-~]{0,249}$", description="Go on behind this source.")] = ""
    limit: Annotated[int, Field(ge=1, le=PAGE, description="Devices, each with all its items.")] = PAGE
    lang: Annotated[str | None, Field(description="vi or en")] = None

    def begins(self, now: datetime) -> tuple[date | datetime, datetime]:
        """`since` as it was asked, and the moment it means. Raises `BadQuestion`."""
        if self.province is not None and ("2025-07", self.province) not in PROVINCES:
            raise _wrong("province", "not-in-the-list")
        since = day_in_viet_nam(now) - USUAL if self.since is None else _day_or_moment(self.since)
        if isinstance(since, datetime):
            return since, since
        return since, datetime.combine(since, time.min, VIET_NAM)


def add_devices(app: FastAPI, parts: Parts) -> None:
    """`/v1/intake`."""

    @app.get("/v1/intake", tags=["desk"], summary="Máy nào đã gửi gì / which devices were heard from")
    async def intake(request: Request, asked: Annotated[IntakeAsked, Query()]) -> Shown:
        token = await parts.door.bearer(request)
        now = parts.clock()
        since, begin = asked.begins(now)
        await parts.commits.alone(parts.hearing.write_down)
        found = await run_in_threadpool(listed, parts.database, asked, begin, seen_by(token))
        shown = as_utc_text(since) if isinstance(since, datetime) else since.isoformat()
        return {"since": shown, **found, "as_of": as_utc_text(now)}


def seen_by(token: Token) -> ColumnElement[bool]:
    """What a token may see: an overseer everything, a province what is about it, all others what they sent."""
    if token.role in (Role.NATION, Role.OPERATOR):
        return true()
    prefix = token.source.rstrip("/")
    # No LIKE: SQLite's does not tell "/devices/A" from "/devices/a".
    below = func.substr(heard.c.source, 1, len(prefix) + 1) == prefix + "/"
    about = heard.c.province.in_(token.provinces) if token.role is Role.PROVINCE else false()
    return or_(heard.c.source == prefix, below, about)


def listed(database: Engine, asked: IntakeAsked, begin: datetime, visible: ColumnElement[bool]) -> Shown:
    """A page of devices in the order of their names, silent ones too, and what they sent since `begin`."""
    wanted = [visible]
    if asked.province is not None:
        wanted.append(heard.c.province == asked.province)
    sent = exists().where(heard.c.source == devices.c.source, *wanted)
    sources = select(devices.c.source).where(devices.c.source > asked.after, sent)
    if asked.source is not None:
        sources = sources.where(devices.c.source == asked.source)
    with snapshot(database).connect() as connection:
        page = list(connection.scalars(sources.order_by(devices.c.source).limit(asked.limit + 1)))
        on_page = page[: asked.limit]
        return {
            "items": _items(connection, on_page, begin, wanted),
            "devices": _devices(connection, on_page, visible),
            "next": on_page[-1] if len(page) > asked.limit else None,
            "waiting": _waiting(connection, asked.source, wanted),
            "silent": _silent(connection, asked.source, begin, sent),
        }


def _waiting(
    connection: Connection, source: str | None, wanted: Collection[ColumnElement[bool]]
) -> dict[str, int]:
    """How many reports of these devices are held, and how many are in quarantine, as it stands."""
    mine = select(heard.c.source).where(*wanted)
    if source is not None:
        mine = mine.where(heard.c.source == source)
    # What could not be read names no source: it counts for the device whose token brought it.
    refused = func.coalesce(quarantine.c.source, "/devices/" + quarantine.c.token)
    counted = {
        "held": select(func.count()).where(held.c.state == "waiting", held.c.source.in_(mine)),
        "quarantined": select(func.count()).where(quarantine.c.state == "kept", refused.in_(mine)),
    }
    return {name: int(connection.scalar(query) or 0) for name, query in counted.items()}


def _silent(connection: Connection, source: str | None, begin: datetime, sent: ColumnElement[bool]) -> int:
    """How many of these devices sent nothing at all since `begin`."""
    query = select(func.count()).select_from(devices).where(sent, devices.c.last_heard_at < begin)
    if source is not None:
        query = query.where(devices.c.source == source)
    return int(connection.scalar(query) or 0)


def _items(
    connection: Connection, sources: Collection[str], begin: datetime, wanted: Collection[ColumnElement[bool]]
) -> list[Shown]:
    since = (heard.c.source.in_(sources), heard.c.last_heard_at >= begin)
    query = select(heard).where(*since, *wanted).order_by(heard.c.source, heard.c.day, heard.c.province)
    return [
        {
            "province": row["province"] or None,
            "source": row["source"],
            "day": row["day"],
            "last_heard": as_utc_text(row["last_heard_at"]),
            "verdicts": {verdict.value: row[verdict.value] for verdict in RECEIVED},
        }
        for row in connection.execute(query).mappings()
    ]


def _devices(connection: Connection, sources: Collection[str], visible: ColumnElement[bool]) -> list[Shown]:
    """The devices, each with the provinces it was ever heard about, as far as the token may see them."""
    provinces: dict[str, list[str]] = {source: [] for source in sources}
    about = select(heard.c.source, heard.c.province).where(heard.c.source.in_(sources), visible).distinct()
    for source, province in connection.execute(about.order_by(heard.c.province)):
        provinces[source] += [province] if province else []
    query = select(devices).where(devices.c.source.in_(sources)).order_by(devices.c.source)
    return [
        {
            "source": row.source,
            "provinces": provinces[row.source],
            "last_heard": as_utc_text(row.last_heard_at),
            "last_seq": row.seen[-1][1] if row.seen else None,
            "gaps": gaps(row.seen),
        }
        for row in connection.execute(query)
    ]


def _day_or_moment(text: str) -> date | datetime:
    try:
        day = len(text) == len("2026-11-01")
        # An unescaped + in a query arrives as a space.
        since = date.fromisoformat(text) if day else datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise _wrong("since", "wrong-form") from None
    if since.year not in YEARS or (isinstance(since, datetime) and since.tzinfo is None):
        raise _wrong("since", "wrong-form")
    return since


def _wrong(parameter: str, code: str) -> BadQuestion:
    return BadQuestion(faults=(Fault(f"/query/{parameter}", code),))
