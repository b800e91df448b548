"""How large a body may be, and how long it may take to come, at whatever address."""

import asyncio
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.problems import TooLarge, TooSlow

BODY_LIMIT: Final = 1024 * 1024  # Bytes. Posted events are read piece by piece, and have limits of their own.
IDLE_SECONDS: Final = 30.0  # Between two pieces of a body: a phone in the hills may pause.
WHOLE: Final = "ishc.whole"  # In the scope once the server has all of a body: nothing need be waited for.


class Bounded:
    """Raises `TooLarge` or `TooSlow` out of the reading of a body; the application answers it."""

    def __init__(self, app: ASGIApp, limit: int | None = BODY_LIMIT) -> None:
        self.app, self._limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        http = scope["type"] == "http"
        await self.app(scope, bounded(scope, receive, self._limit) if http else receive, send)


def bounded(scope: Scope, receive: Receive, limit: int | None) -> Receive:
    """A body that is watched while it comes; without `limit` it may be of any length."""
    size, complete = 0, False

    async def watched() -> Message:
        nonlocal size, complete
        if complete:  # What comes now is that the line was cut, hours later perhaps.
            return await receive()
        message = await receive() if WHOLE in scope else await _in_time(receive)
        size += len(message.get("body", b""))
        complete = not message.get("more_body", False)
        if limit is not None and size > limit:
            raise TooLarge
        return message

    return watched


async def _in_time(receive: Receive) -> Message:
    try:
        async with asyncio.timeout(IDLE_SECONDS):
            return await receive()
    except TimeoutError:
        raise TooSlow from None
