"""Reading a request's body piece by piece: gzip, limits, and NDJSON of any length."""

import zlib
from collections.abc import AsyncIterator
from typing import Final

from starlette.requests import Request

from shared.intake import EVENT_LIMIT
from shared.problems import NotGzip, TooLarge, UnknownMediaType

BODY_LIMIT: Final = 16 * 1024 * 1024
DRAINED: Final = (
    64 * 1024 * 1024
)  # A sender that is told "too large" must be able to finish sending to hear it.
LINES: Final = 100  # Lines read at a time: while these are recorded, the next are read.


async def whole(request: Request, limit: int) -> bytes:
    """The unpacked body. Raises `TooLarge`, `NotGzip` or `UnknownMediaType`."""
    found = bytearray()
    size = 0
    async for piece in pieces(request):
        size += len(piece)
        if size <= limit:
            found += piece
        elif size > DRAINED or "content-encoding" in request.headers:
            break
    if size > limit:
        raise TooLarge
    return bytes(found)


async def lines(request: Request) -> AsyncIterator[list[bytes | TooLarge]]:
    """The non-empty lines of an NDJSON body, some at a time; a line beyond the limit is skipped and reported."""
    ready: list[bytes | TooLarge] = []
    open_line = bytearray()
    too_long = False
    async for piece in pieces(request):
        *ended, rest = piece.split(b"\n")
        for end in ended:
            line = bytes(open_line) + end
            ready += _judged(line, too_long)
            open_line.clear()
            too_long = False
            if len(ready) >= LINES:
                yield ready
                ready = []
        open_line += rest
        if len(open_line) > EVENT_LIMIT:
            open_line.clear()
            too_long = True
    ready += _judged(bytes(open_line), too_long)
    if ready:
        yield ready


def pieces(request: Request) -> AsyncIterator[bytes]:
    """The unpacked body as it arrives. Raises `NotGzip` or `UnknownMediaType`."""
    match request.headers.get("content-encoding", "identity").lower():
        case "identity":
            return request.stream()
        case "gzip":
            return _unpacked(request.stream())
    raise UnknownMediaType("/headers/content-encoding")


async def _unpacked(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """At most `EVENT_LIMIT` bytes at a time, however well they were packed."""
    unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    async for packed in stream:
        more = bool(packed)
        while more:
            try:
                piece = unpack.decompress(packed, EVENT_LIMIT)
            except zlib.error:
                raise NotGzip from None
            yield piece
            packed = unpack.unconsumed_tail
            if unpack.eof and unpack.unused_data:  # gzip members may follow one another
                packed, unpack = unpack.unused_data, zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
            more = bool(packed) or len(piece) == EVENT_LIMIT
    if not unpack.eof:
        raise NotGzip


def _judged(line: bytes, too_long: bool) -> list[bytes | TooLarge]:
    if too_long or len(line) > EVENT_LIMIT:
        return [TooLarge()]
    return [line] if line.strip() else []
