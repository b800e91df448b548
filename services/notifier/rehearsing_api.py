"""`POST /v1/rules/rehearse`: what a rule would have told over a past period. Nothing is stored, nothing is sent."""

from datetime import date
from typing import Annotated, Any

from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from services.notifier.boards import saying
from services.notifier.boards.reader import Reader
from services.notifier.parts import Parts
from services.notifier.rehearsing import Asked, Rehearsed, rehearse
from shared.door import Door
from shared.texts import Language
from shared.web import language


class Question(BaseModel):
    """Which rule, over which days, with which thresholds instead of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: Annotated[str, Field(examples=["no_meeting"])]
    first: Annotated[date, Field(alias="from", examples=["2026-01-01"])]
    last: Annotated[date, Field(alias="to", description="The last day; it counts.", examples=["2026-06-30"])]
    thresholds: Annotated[dict[str, int], Field(default_factory=dict, examples=[{"days": 90}])]


def add_rehearsing(app: FastAPI, parts: Parts, door: Door) -> None:
    """A rule on the past, for those who set its thresholds, and for a board its own provinces."""

    @app.post(
        "/v1/rules/rehearse", tags=["rules"], summary="Diễn thử / what a rule would have told; sends nothing"
    )
    async def rehearsal(request: Request, asked: Question) -> dict[str, Any]:
        reader = Reader(await door.bearer(request))
        reader.check_reads_letters()
        wanted = Asked(asked.rule, asked.first, asked.last, asked.thresholds)
        found = await run_in_threadpool(rehearse, parts.database, parts.log, parts.outbox, wanted)
        return _shown(found, reader, language(request))


def _shown(found: Rehearsed, reader: Reader, lang: Language) -> dict[str, Any]:
    """What the reader may see of it, in words; letters are counted for all."""
    told = found.as_json()
    for name in ("told", "only_really"):
        mine = [one for one in told[name] if reader.oversees or reader.acts_on(one["province_now"])]
        rule = found.asked.rule
        told[name] = [one | {"text": saying.sentence(lang, one | {"rule": rule})} for one in mine]
    return told
