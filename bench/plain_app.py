"""The rival of `bench.http`: the same endpoint as a plain FastAPI route with one awaited append, the obvious way.

It validates the whole envelope and the same meeting, checks the same kind of token, knows identities and numbers
events. It has no rules, no versions of subjects, no chain, no group commit and no batches. Run by uvicorn.
"""

import hashlib
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Final, Literal

import redis.asyncio
from fastapi import Depends, FastAPI, Header, HTTPException, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.events import MeetingHeld

LOG: Final = "plain:log"
TOKENS: Final = "plain:tokens"
_FRESH_SECONDS: Final = 0.9
_APPEND: Final = """
local known = redis.call('GET', KEYS[2])
if known then return {200, tonumber(known)} end
local position = redis.call('INCR', KEYS[3])
redis.call('XADD', KEYS[1], position .. '-0', 'event', ARGV[1])
redis.call('SET', KEYS[2], position)
return {201, position}
"""


class Envelope(BaseModel):
    """A CloudEvent that tells of a meeting."""

    model_config = ConfigDict(extra="forbid")

    specversion: Literal["1.0"]
    id: Annotated[str, Field(min_length=1, max_length=249)]
    source: Annotated[str, Field(pattern=r"^[!-~]{1,249}$")]
    type: Literal["meeting.held"]
    subject: Annotated[str, Field(pattern=r"^[a-z0-9-]{3,64}$")]
    time: AwareDatetime
    dataschema: Annotated[str, Field(min_length=1, max_length=512)]
    datacontenttype: Literal["application/json"]
    data: MeetingHeld


class Answer(BaseModel):
    """What the sender hears."""

    id: str
    verdict: Literal["accepted", "duplicate"]
    position: int


def create_app() -> FastAPI:
    """The application, before the Valkey that `PLAIN_VALKEY` names."""
    client = redis.asyncio.Redis.from_url(os.environ["PLAIN_VALKEY"], max_connections=100)
    append = client.register_script(_APPEND)
    fresh: dict[str, float] = {}

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await client.aclose()

    app = FastAPI(lifespan=lifespan)

    async def bearer(authorization: Annotated[str, Header()]) -> None:
        """Let in who has a token; looked up once in a second."""
        key = hashlib.sha256(authorization.removeprefix("Bearer ").encode()).hexdigest()
        if time.monotonic() - fresh.get(key, float("-inf")) > _FRESH_SECONDS:
            if not await client.hexists(TOKENS, key):
                raise HTTPException(401)
            fresh[key] = time.monotonic()

    @app.post("/v1/events", status_code=201, dependencies=[Depends(bearer)])
    async def post_event(event: Envelope, response: Response) -> Answer:
        keys = [LOG, f"plain:id:{event.source}:{event.id}", "plain:position"]
        status, position = await append(keys=keys, args=[event.model_dump_json()])
        response.status_code = status
        return Answer(id=event.id, verdict="accepted" if status == 201 else "duplicate", position=position)

    @app.get("/health/ready")
    async def ready() -> bool:
        return bool(await client.ping())

    return app
