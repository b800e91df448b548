"""How each service's HTTP interface is run: uvicorn, tuned for many short answers."""

import asyncio
import gc
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.bounds import WHOLE

HEAD_LIMIT: Final = 64 * 1024  # Bytes of request line and headers.
HEAD_SECONDS: Final = 30.0
TOO_LONG: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)
_ENOUGH: Final = 64 * 1024  # A long answer is not gathered, it flows.


def serve(app: ASGIApp, host: str, port: int) -> None:
    """Serve until told to stop."""
    collect_seldom()
    uvicorn.run(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http=OneWriteProtocol,
        access_log=False,
        log_config=None,  # As the process logs; `uvicorn` has a form of its own.
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )


def collect_seldom() -> None:
    """Tune the collector of garbage for a process that answers requests."""
    gc.collect()
    gc.freeze()  # What was made so far lives as long as the process: never look at it again,
    gc.set_threshold(50_000, 20, 20)  # and look less often: requests leave hardly any cycles behind.


class OneWriteProtocol(HttpToolsProtocol):
    """Sends head and body of a short answer together; uvicorn alone makes two system calls and packets of them.

    Hangs up on a request whose head is longer than any of ours, or does not come in time.
    """

    _head: int | None = None  # Bytes of the head that has begun; None between head and next request.
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(_Gathering(transport, self.loop))  # type: ignore[arg-type]
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._await_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_came()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self.scope[WHOLE] = True  # type: ignore[typeddict-unknown-key]
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head is not None and self.parser is not None:
            self._head += len(data)
            if self._head > HEAD_LIMIT:
                self.transport.write(TOO_LONG)
                self.transport.close()

    def _await_head(self) -> None:
        self._head_came()
        self._head = 0
        self._late = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _head_came(self) -> None:
        self._head = None
        if self._late is not None:
            self._late.cancel()
            self._late = None


class _Gathering:
    """A transport that sends at the end of the event loop's turn what was written in it."""

    __slots__ = ("_loop", "_size", "_transport", "_written")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._written: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        if not self._written:
            self._loop.call_soon(self._send)
        self._written.append(data)
        self._size += len(data)
        if self._size > _ENOUGH:
            self._send()

    def close(self) -> None:
        self._send()
        self._transport.close()

    def _send(self) -> None:
        if self._written and not self._transport.is_closing():
            self._transport.write(b"".join(self._written))
        self._written, self._size = [], 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
