"""`/live`: the headline figures as they grow, for every listener from one look at the read models."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool

from services.reporting.dashboard.columns import COLUMNS, counted
from services.reporting.dashboard.league import told as told_of
from services.reporting.dashboard.rendering import render
from services.reporting.dashboard.view import View, read_view
from services.reporting.parts import Parts
from shared.door import Door
from shared.problems import BadQuestion, Fault, Problem, TurnedAway
from shared.texts import Language, moment
from shared.values import whole

EVERY_SECONDS: Final = 1.0
_BEAT_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Told:
    """The figures at a position, as they are written on the page in each language."""

    position: int
    html: dict[Language, str]


class Live:
    """Watches the read models while anybody listens: at most one look, and one message, a second."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._told = Told(0, {})
        self._new = asyncio.Event()
        self._listening = 0
        self._task: asyncio.Task[None] | None = None

    async def listen(self, lang: Language, after: int) -> AsyncIterator[Told | None]:
        """The figures beyond a position, the newest only; None now and then, so that a dead line is noticed."""
        self._listening += 1
        try:
            while True:
                if self._task is None or self._task.done():
                    self._task = asyncio.create_task(self._watch())
                new = self._new
                if self._told.position > after:
                    after = self._told.position
                    yield self._told
                    continue
                with suppress(TimeoutError):
                    await asyncio.wait_for(new.wait(), _BEAT_SECONDS)
                    continue
                yield None
        finally:
            self._listening -= 1

    async def _watch(self) -> None:
        while self._listening:
            with suppress(Problem, DBAPIError):  # Whoever listens waits until the store is back.
                told = await run_in_threadpool(self._look)
                if told is not None:
                    self._told = told
                    was, self._new = self._new, asyncio.Event()
                    was.set()
            await asyncio.sleep(EVERY_SECONDS)

    def _look(self) -> Told | None:
        """The figures now; None if nothing came in."""
        with self._parts.asked(None, None) as (connection, clocks):
            if clocks.position == self._told.position:
                return None
            totals = {
                column.indicator: told_of(
                    column.indicator, counted(connection, clocks, column, "nation", "nation", "34")[1]
                )
                for column in COLUMNS
            }
        html: dict[Language, str] = {}
        for lang in ("vi", "en"):
            view = View("/live", lang, "34", None, None, {})
            known_at = moment(lang, clocks.known_at) if clocks.known_at else None
            facts = {"totals": totals, "position": clocks.position, "known_at": known_at}
            html[lang] = render("live.html", view, facts)
        return Told(clocks.position, html)


def add_live(app: FastAPI, parts: Parts) -> None:
    """`GET /live`: server-sent events with the headline figures; `id:` is the position."""
    live = Live(parts)

    @app.get("/live", tags=["figures"], summary="Số liệu trực tiếp / headline figures as they grow")
    async def stream(request: Request) -> StreamingResponse:
        await parts.door.reader(request, "aggregates")
        lang = read_view("/live", request.query_params).lang
        after = _last_event_id(request)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(
            _messages(parts.door, request, live, lang, after), headers=headers, media_type="text/event-stream"
        )


async def _messages(
    door: Door, request: Request, live: Live, lang: Language, after: int
) -> AsyncIterator[str]:
    yield "retry: 2000\n\n"
    async for told in live.listen(lang, after):
        try:
            await door.check_still(request)
        except TurnedAway:
            return
        if told is None:
            yield ": \n\n"
            continue
        lines = "\n".join(f"data: {line}" for line in told.html[lang].splitlines() if line.strip())
        yield f"id: {told.position}\n{lines}\n\n"


def _last_event_id(request: Request) -> int:
    text = request.headers.get("last-event-id", "0")
    position = whole(text)
    if position is None:
        raise BadQuestion(faults=(Fault("/headers/last-event-id", "not-a-whole-number"),))
    return position
