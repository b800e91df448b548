"""What is noted of requests in the book of audit: acts, and answers that tell more than sums (`audit.py`)."""

from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.audit import Audit

_WHO: Final = "ishc.who"
_READ: Final = "ishc.beyond_sums"
_LOOKS: Final = ("GET", "HEAD", "OPTIONS")


def who_asks(request: Request, name: str) -> None:
    """Remember for the audit who was let in: to more than sums, until something else is said."""
    request.scope[_WHO], request.scope[_READ] = name, True


def reads_sums(request: Request, only: bool = True) -> None:
    """Remember for the audit whether the answer has sums only."""
    request.scope[_READ] = not only


class Audited:
    """Notes every act that was done, and every answer beyond sums, of those whom the door let in."""

    def __init__(self, app: ASGIApp, audit: Audit) -> None:
        self.app, self._audit = app, audit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._note(scope, status)
            await send(message)

        await self.app(scope, receive, sending if scope["type"] == "http" else send)

    def _note(self, scope: Scope, status: int) -> None:
        acts = scope["method"] not in _LOOKS
        if _WHO not in scope or status >= 400 or not (acts or scope.get(_READ)):
            return
        path = getattr(scope.get("route"), "path", scope["path"])
        what = " ".join(str(value) for value in scope.get("path_params", {}).values())
        self._audit.note_soon(scope[_WHO], f"{scope['method']} {path}", what, status)
