"""What browsers are told about every answer: it comes from us, loads from us, and is framed by nobody."""

import re
from base64 import b64encode
from hashlib import sha256
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A page of ours loads styles, fonts, scripts and pictures from us, and has none of its own in its text.
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_NO_PAGE: Final = "default-src 'none'; frame-ancestors 'none'"
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_INLINE: Final = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


class Headed:
    """Adds what an answer does not say itself. Pages of others, such as `/docs`, may run the scripts they bring."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun: Message | None = None

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = message  # A page is judged by its text, which comes next.
                return
            if begun is not None:
                _add_headers(MutableHeaders(raw=begun["headers"]), message.get("body", b""))
                await send(begun)
                begun = None
            await send(message)

        await self.app(scope, receive, sending)


def _add_headers(headers: MutableHeaders, body: bytes) -> None:
    policy = _policy_for(body) if headers.get("content-type", "").startswith("text/html") else _NO_PAGE
    for name, value in {**_HEADERS, "Content-Security-Policy": policy}.items():
        headers.setdefault(name, value)


def _policy_for(page: bytes) -> str:
    """The policy of a page of ours; with the hash of each script that stands in the page."""
    hashes = [f"'sha256-{b64encode(sha256(script).digest()).decode()}'" for script in _INLINE.findall(page)]
    if not hashes:
        return PAGE_POLICY
    return PAGE_POLICY.replace("script-src 'self'", " ".join(["script-src 'self'", *hashes]))
