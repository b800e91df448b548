"""From the bytes of a request to reports, or to the problem with each."""

import asyncio
from typing import Any

from starlette.requests import Request

from services.registry.verdicts import Sent
from shared import intake
from shared.problems import TooLarge, Unreadable
from shared.report import canonical


def read(raw: bytes) -> Sent:
    """One structured event."""
    try:
        return Sent(raw, report=intake.read_structured(raw))
    except Unreadable as problem:
        return Sent(raw, problem=problem)


def read_parsed(value: Any) -> Sent:
    """One event out of an array; kept, if it must be, as canonical JSON."""
    raw = canonical(value)
    if len(raw) > intake.EVENT_LIMIT:
        return Sent(raw, problem=TooLarge())
    try:
        return Sent(raw, report=intake.read_event(value))
    except Unreadable as problem:
        return Sent(raw, problem=problem)


def read_binary(request: Request, body: bytes) -> Sent:
    """Binary mode is kept, if it must be, as the one structured event it is."""
    attributes = intake.binary_attributes(request.headers)
    raw = body
    try:
        data = intake.parse(body)
        raw = canonical({**attributes, "data": data})
        return Sent(raw, report=intake.read_parts(attributes, data))
    except Unreadable as problem:
        return Sent(raw, problem=problem)


class Reading:
    """Reads the events that arrive in one turn of the event loop one right after the other.

    A processor that does one thing many times is quicker than one that does many things in turn.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[bytes, asyncio.Future[Sent]]] = []

    async def read(self, raw: bytes) -> Sent:
        """One structured event, soon."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._read_all)
        future: asyncio.Future[Sent] = loop.create_future()
        self._waiting.append((raw, future))
        return await future

    def _read_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        for raw, future in waiting:
            if future.done():  # The sender hung up.
                continue
            try:
                future.set_result(read(raw))
            except Exception as error:
                future.set_exception(error)
