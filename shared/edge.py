"""The outermost layer of every service: which trace a request belongs to, and how long its answer took to begin."""

import logging
import time
from functools import lru_cache
from typing import Final

import prometheus_client as metrics
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import tracing
from shared.logs import told

logger = logging.getLogger(__name__)

# Routes as they are written in the API, so that there are as many as routes and no more.
SECONDS: Final = metrics.Histogram(
    "ishc_http_seconds",
    "Seconds until an answer began",
    ["method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
TRACE: Final = "ishc.trace"  # In the scope: for those who answer when everything inside has given up.
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
_NONE: Final = "none"  # No route of ours: whatever strangers ask for is one.


class Edge:
    """Sees a request before and its answer after everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                _note(scope, message["status"], time.perf_counter() - began)
            await send(message)

        asked = tracing.read(_traceparent(scope))
        trace = asked or tracing.new()
        scope[TRACE] = trace.id
        with tracing.span(f"{scope['method']} {scope['path']}", [trace], begins=asked is None):
            await self.app(scope, receive, sending)


def _note(scope: Scope, status: int, seconds: float) -> None:
    method = scope["method"] if scope["method"] in _METHODS else _NONE
    route = getattr(scope.get("route"), "path", _NONE)
    _seconds(method, route, status // 100).observe(seconds)
    if logger.isEnabledFor(logging.DEBUG):
        milliseconds = round(seconds * 1000, 1)
        facts = told(method=method, route=route, status=status, milliseconds=milliseconds)
        logger.debug("%s %s %d in %s ms", method, route, status, milliseconds, extra=facts)


@lru_cache(maxsize=1024)
def _seconds(method: str, route: str, hundreds: int) -> metrics.Histogram:
    return SECONDS.labels(method, route, f"{hundreds}xx")


def _traceparent(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"traceparent":
            return str(value.decode("latin-1"))
    return None
