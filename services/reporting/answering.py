"""An answer with its permalink, and none where the asker has it already (`ETag`, RFC 9110)."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from services.reporting.asking import Asked, Clocks
from services.reporting.figures import RULES
from services.reporting.parts import Parts
from shared.access import Token
from shared.places.terrain import terrain_list
from shared.texts import Language
from shared.web import language


@dataclass(frozen=True, slots=True)
class Stamp:
    """What names an answer: the address at which the same is answered for ever, and a tag of its bytes."""

    permalink: str
    etag: str
    lasting: bool
    public: bool

    def headers(self) -> dict[str, str]:
        kept = f"{'public' if self.public else 'private'}, max-age=31536000, immutable"
        return {
            "ETag": self.etag,
            "Cache-Control": kept if self.lasting else "no-cache",
            "Link": f'<{self.permalink}>; rel="canonical"',
            "Vary": "Accept, Accept-Language, Authorization",
        }

    def is_known_to(self, request: Request) -> bool:
        """Whether the asker says that it has these bytes."""
        known = {
            one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")
        }
        return bool(known & {self.etag, "*"})


def stamp(path: str, asked: Asked, reader: Token | None, clocks: Clocks, lang: Language) -> Stamp:
    """The stamp of an answer to a question, before it is counted.

    It follows from the question, the position, the rules, the language, the release (the words are the release's) and
    what the reader is told.
    It may be kept for ever where the asker names position and rules: without rules, newer ones must reach it.
    """
    pinned = {
        "known_at",
        "valid_at",
        "rules",
        "lang",
    }  # They come last, so that one question has one address.
    told = asked.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=pinned)
    told |= {"known_at": clocks.position, "rules": RULES, "lang": lang}
    if "valid_at" in type(asked).model_fields:
        told["valid_at"] = clocks.valid_at.isoformat()
    permalink = f"{path}?{urlencode(told, doseq=True, safe=':,|')}"
    seen = f"{permalink} {clocks.valid_at} {_release()} {terrain_list()} {clocks.least}"
    return Stamp(
        permalink,
        f'"{hashlib.sha256(seen.encode()).hexdigest()[:32]}"',
        lasting=asked.known_at is not None and asked.rules is not None and clocks.known_at is not None,
        public=reader is None,
    )


async def answered(
    request: Request,
    parts: Parts,
    asked: Asked,
    reader: Token | None,
    make: Callable[[Connection, Clocks], dict[str, Any]],
) -> Response:
    """The answer as JSON with its stamp; 304 where the asker has it already.

    Raises what `asked.check_rules` and `parts.asked` raise.
    """

    def answer() -> Response:
        asked.check_rules()
        with parts.asked(asked.known_at, asked.day, reader) as (connection, clocks):
            seen = stamp(request.url.path, asked, reader, clocks, language(request))
            if seen.is_known_to(request):
                return Response(status_code=304, headers=seen.headers())
            return JSONResponse(make(connection, clocks), headers=seen.headers())

    return await run_in_threadpool(answer)


@cache
def _release() -> str:
    return version("ishc-records")
