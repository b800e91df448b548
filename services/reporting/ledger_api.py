"""`GET /v1/clubs/{id}/ledger`: a club's two funds over HTTP."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool

from services.reporting import lists
from services.reporting.asking import Clocks, KnownAt, ValidAt
from services.reporting.figures import RULES
from services.reporting.ledger_saying import ledger_in_words
from services.reporting.parts import Parts
from shared.ledger import Ledger, ledger
from shared.log import Log
from shared.problems import NotFound
from shared.same_club import reports_of
from shared.web import language


def add_ledger(app: FastAPI, parts: Parts) -> None:
    """The ledger of one club, open to whoever may read its history."""

    @app.get(
        "/v1/clubs/{id}/ledger",
        tags=["lists"],
        summary="Hai quỹ của câu lạc bộ / a club's two funds, beside what was counted in the box",
    )
    async def club_ledger(
        request: Request, id: str, known_at: KnownAt = None, valid_at: ValidAt = None
    ) -> dict[str, Any]:
        reader = await parts.door.reader(request, "clubs", own=True)
        lang = language(request)

        def answer() -> dict[str, Any]:
            with parts.asked(known_at, valid_at) as (connection, asked):
                provinces = lists.provinces_of(connection, asked.position, id)
                names = lists.family_of(connection, asked.position, id)
            parts.door.check_reads(reader, id, provinces)
            found = ledger_in_words(lang, ledger_in(parts.log, names, asked))
            return {"club": names[0], **found, **asked.as_json(), "rules": RULES}

        return await run_in_threadpool(answer)


def ledger_in(log: Log, names: Sequence[str], asked: Clocks) -> Ledger:
    """The ledger of a club, under all its names, as known and as at the day asked for.

    Raises `NotFound` if nothing was reported.
    """
    histories = [[event for event in log.history(name) if event.position <= asked.position] for name in names]
    if not any(histories):
        raise NotFound
    return ledger(reports_of(histories), asked.valid_at)
