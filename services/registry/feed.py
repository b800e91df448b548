"""The change feed: every event, in order and resumable, as JSON, NDJSON or server-sent events."""

import asyncio
import threading
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import suppress
from typing import Annotated, Final

from fastapi import FastAPI, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from services.registry.answers import NDJSON
from services.registry.club import Subject, provinces_of, remember
from services.registry.judging import Judge
from services.registry.parts import Parts
from shared.effective import standings
from shared.events import ReportCorrected, ReportWithdrawn
from shared.log import Log
from shared.problems import BadQuestion, Fault, LogAway, NotFound, Problem
from shared.report import Recorded
from shared.values import LARGEST, whole

PAGE: Final = 1000
_BEAT_SECONDS: Final = 15.0
_STREAM: Final = "text/event-stream"


class Filter:
    """Which events a reader wants. The province of an event is that of its place, or of its club's."""

    def __init__(
        self, judge: Judge, types: Collection[str], subject: str | None, province: str | None, narrowed: bool
    ) -> None:
        self._judge, self._types, self._subject, self._province = judge, types, subject, province
        self._narrowed = narrowed
        self._lock = threading.Lock()

    def wanted(self, events: Sequence[Recorded]) -> list[Recorded]:
        found = [event for event in events if self._matches(event)]
        if self._province is None or not found:
            return found
        with self._lock:
            subjects = self._judge.subjects({event.subject for event in found})
        if self._narrowed:
            return [one for one in found if self._province in _own(subjects[one.subject], one.subject)]
        told = (ReportCorrected, ReportWithdrawn)
        return [
            event
            for event in found
            if self._province
            in provinces_of(
                subjects[event.subject], event.subject, [] if isinstance(event.event, told) else [event.event]
            )
        ]

    def _matches(self, event: Recorded) -> bool:
        right_type = not self._types or event.type in self._types
        return right_type and (self._subject is None or event.subject == self._subject)


def _own(subject: Subject, name: str) -> set[str]:
    """The provinces whose phones may read about a subject. A visit may name clubs of others: it is for offices."""
    return set() if subject.kind == "visit" else provinces_of(subject, name, [])


class Pulse:
    """Wakes all who wait for the log to grow: one reader of Valkey for any number of streams."""

    def __init__(self, log: Log) -> None:
        self._log = log
        # To be taken before the log is read: what comes in between is not missed then.
        self.grown = asyncio.Event()
        self._waiting = self._position = 0
        self.watcher: asyncio.Task[None] | None = None

    async def beyond(self, position: int, grown: asyncio.Event, seconds: float) -> None:
        """Return when the log may have grown beyond `position` since `grown` was taken, or after `seconds`."""
        self._waiting += 1
        try:
            if self.watcher is None or self.watcher.done():
                self._position = position
                self.watcher = asyncio.create_task(self._watch())
            # Who asks for what lies beyond the end, perhaps since a backup was put back, keeps nobody else waiting.
            self._position = min(self._position, position)
            with suppress(TimeoutError):
                await asyncio.wait_for(grown.wait(), seconds)
        finally:  # Also where the reader hung up meanwhile.
            self._waiting -= 1

    async def _watch(self) -> None:
        while self._waiting:
            try:
                if await run_in_threadpool(self._log.wait_beyond, self._position, 2.0):
                    grown, self.grown = self.grown, asyncio.Event()
                    grown.set()
                    self._position = (await run_in_threadpool(self._log.head)).position
            except LogAway:
                await asyncio.sleep(1)


def add_feed(app: FastAPI, parts: Parts) -> None:
    """`/v1/events` and `/v1/subjects/{subject}/events`."""
    judge, pulse = Judge(parts.log, parts.clock), Pulse(parts.log)

    @app.get("/v1/events", tags=["events"], summary="Dòng sự kiện / the change feed", response_class=Response)
    async def feed(
        request: Request,
        after: Annotated[
            int | None, Query(ge=0, le=LARGEST, description="Go on behind this position.")
        ] = None,
        limit: Annotated[
            int, Query(ge=1, le=PAGE, description="Events looked at, filtered ones included.")
        ] = 100,
        type: Annotated[list[str] | None, Query(description="Only these types.")] = None,
        subject: str | None = None,
        province: Annotated[str | None, Query(pattern=r"^\d{2}$", description="Code on today's map.")] = None,
    ) -> Response:
        reader = await parts.door.reader(request, "clubs", own=True)
        parts.door.check_reads(reader, subject, [province] if province else [])
        wanted = Filter(judge, set(type or ()), subject, province, narrowed=parts.door.narrows(reader))
        accept = request.headers.get("accept", "")
        if _STREAM in accept:
            start = _last_event_id(request) if after is None else after
            told = _stream(request, parts, pulse, wanted, start)
            return StreamingResponse(told, media_type=_STREAM)
        events = await run_in_threadpool(parts.log.read, after or 0, limit)
        found = await run_in_threadpool(wanted.wanted, events)
        if NDJSON in accept:
            return Response("".join(event.as_json() + "\n" for event in found), media_type=NDJSON)
        head = await run_in_threadpool(parts.log.head)
        scanned = events[-1].position if events else after or 0
        items = ",\n".join(event.as_json() for event in found)
        body = f'{{"items": [{items}],\n"next": {scanned}, "head": {head.position}, "epoch": {head.epoch}}}'
        return Response(body, media_type="application/json")

    @app.get(
        "/v1/events/{position}", tags=["events"], summary="Một sự kiện / one event", response_class=Response
    )
    async def one(request: Request, position: Annotated[int, Path(ge=1, le=LARGEST)]) -> Response:
        await parts.door.reader(request, "clubs")
        found = await run_in_threadpool(parts.log.at, [position])
        if position not in found:
            raise NotFound
        return Response(found[position].as_json(), media_type="application/cloudevents+json")

    @app.get(
        "/v1/subjects/{subject}/events",
        tags=["events"],
        summary="Lịch sử của một đối tượng / the history of one subject",
        response_class=Response,
    )
    async def history(request: Request, subject: str) -> Response:
        reader = await parts.door.reader(request, "clubs", own=True)
        events = await run_in_threadpool(parts.log.history, subject)
        parts.door.check_reads(reader, subject, _own(remember(events), subject))
        if not events:
            raise NotFound
        worth = standings(events)
        items = ",\n".join(
            f'{event.as_json()[:-1]},"standing":"{worth[event.position]}"}}' for event in events
        )
        return Response(f'{{"items": [{items}],\n"version": {len(events)}}}', media_type="application/json")


async def _stream(
    request: Request, parts: Parts, pulse: Pulse, wanted: Filter, after: int
) -> AsyncIterator[bytes]:
    yield b"retry: 2000\n\n"
    while not await request.is_disconnected():
        try:
            await parts.door.check_still(request)
            grown = pulse.grown
            events = await run_in_threadpool(parts.log.read, after, 100)
        except Problem:
            return  # The client comes back with its Last-Event-ID.
        for event in await run_in_threadpool(wanted.wanted, events):
            yield f"id: {event.position}\nevent: {event.type}\ndata: {event.as_json()}\n\n".encode()
        if events:
            after = events[-1].position
        else:
            await pulse.beyond(after, grown, _BEAT_SECONDS)
            yield b": \n\n"


def _last_event_id(request: Request) -> int:
    text = request.headers.get("last-event-id", "0")
    position = whole(text)
    if position is None:
        raise BadQuestion(faults=(Fault("/headers/last-event-id", "not-a-whole-number"),))
    return position
