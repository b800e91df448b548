"""Sign-off over HTTP: the sheet a signer sees, the periods vouched for, and what became of each."""

from datetime import date
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from pydantic_core import PydanticCustomError
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from services.reporting import lists
from services.reporting.asking import Clocks, KnownAt
from services.reporting.figures import RULES
from services.reporting.parts import Parts
from services.reporting.saying import said_in_words
from services.reporting.sign_off_sheet import Sheet, sheet, to_sign
from services.reporting.signing import Act, Signature, about, acts, explained, in_force, state_of
from services.reporting.signing_saying import act_in_words, explained_in_words
from services.reporting.told_api import ToldPage
from shared.events import PeriodReopened, PeriodSignedOff
from shared.periods import Period, period
from shared.places import PROVINCES, province_name
from shared.problems import BadQuestion, Fault
from shared.texts import Language, say
from shared.web import language

_TYPES = (PeriodSignedOff.type, PeriodReopened.type)


def add_signing(app: FastAPI, parts: Parts) -> None:
    """`/v1/sheets/{province}/{period}`, `/v1/periods` and `/v1/periods/{province}/{period}`."""

    @app.get(
        "/v1/sheets/{province}/{of:path}",
        tags=["sign-off"],
        summary="Bảng số liệu để xác nhận / the figures a province vouches for, and their hash",
    )
    async def seen(request: Request, province: str, of: str, known_at: KnownAt = None) -> dict[str, Any]:
        await parts.door.reader(request, "aggregates")
        name, asked = _province(province), _period(of)

        def answer() -> dict[str, Any]:
            with parts.asked(known_at, None) as (connection, clocks):
                return _seen(sheet(connection, clocks.position, name, asked), clocks, language(request))

        return await run_in_threadpool(answer)

    @app.get("/v1/periods", tags=["sign-off"], summary="Kỳ đã xác nhận / periods vouched for")
    async def periods(request: Request, asked: Annotated[ToldPage, Query()]) -> dict[str, Any]:
        await parts.door.reader(request, "aggregates")
        asked.check()

        def answer() -> dict[str, Any]:
            with parts.asked(asked.known_at, None) as (connection, clocks):
                at = clocks.position
                rows = lists.said(connection, at, _TYPES, asked.province, asked.limit, asked.skip)
                found = acts(connection, at)
                words = {row["position"]: said_in_words(language(request), row) for row in rows}
                standing = _Standing(connection, clocks, found, language(request))
                items = [words[act.position] | standing.of(act) for act in found if act.position in words]
            return {"items": items[::-1], **clocks.as_json(), "rules": RULES}

        return await run_in_threadpool(answer)

    @app.get(
        "/v1/periods/{province}/{of:path}",
        tags=["sign-off"],
        summary="Một kỳ / one period: who vouches for it, and what changed since",
    )
    async def one(request: Request, province: str, of: str, known_at: KnownAt = None) -> dict[str, Any]:
        await parts.door.reader(request, "aggregates")
        name, asked = _province(province), _period(of)
        lang = language(request)

        def answer() -> dict[str, Any]:
            with parts.asked(known_at, None) as (connection, clocks):
                found = acts(connection, clocks.position, name)
                done = about(found, name, (asked.first, asked.last))
                standing = _Standing(connection, clocks, done, lang).of_period(done)
                history = [act_in_words(lang, act) | _verified(connection, lang, act) for act in done]
            _, place_list, code = name.split(":")
            return {
                "province": name,
                "name": province_name(place_list, code),
                "period": str(asked),
                "from": asked.first.isoformat(),
                "to": asked.last.isoformat(),
                **standing,
                "signed": next((one for one in history[-1:] if one["type"] == PeriodSignedOff.type), None),
                "history": history,
                **clocks.as_json(),
                "rules": RULES,
            }

        return await run_in_threadpool(answer)


class _Standing:
    """How periods stand, each looked at once."""

    def __init__(self, connection: Connection, clocks: Clocks, found: list[Act], lang: Language) -> None:
        self._connection, self._clocks, self._found, self._lang = connection, clocks, found, lang
        self._known: dict[tuple[str, tuple[date, date]], dict[str, Any]] = {}

    def of(self, act: Act) -> dict[str, Any]:
        """How the period of an act stands; what changed stands with the sign-off it changed after."""
        done = about(self._found, act.province, act.days)
        key = act.province, act.days
        if key not in self._known:
            self._known[key] = self.of_period(done)
        signed = in_force(done)
        stands = signed is not None and signed.act.position == act.position
        return self._known[key] | (
            {"in_force": True} if stands else {"in_force": False, "after_sign_off": []}
        )

    def of_period(self, done: list[Act]) -> dict[str, Any]:
        changed = explained(self._connection, self._clocks.position, done)
        state = state_of(done, changed).value
        return {
            "state": state,
            "state_text": say(self._lang, f"signing.state.{state}"),
            "after_sign_off": [explained_in_words(self._lang, one) for one in changed],
        }


def _seen(found: Sheet, clocks: Clocks, lang: Language) -> dict[str, Any]:
    told = found.as_json()
    return {
        "sheet": told,
        "figures_sha256": found.sha256,
        "ended": found.period.last < clocks.valid_at,
        "texts": {code: say(lang, f"indicator.{code}.name") for code in told["figures"]},
        "to_sign": to_sign(found),
        **clocks.as_json(),
        "rules": found.rules,
    }


def _verified(connection: Connection, lang: Language, act: Act) -> dict[str, Any]:
    """Of a sign-off, whether the figures it was signed for are those we count for its position."""
    if not isinstance(act.said, PeriodSignedOff):
        return {}
    match = Signature(act, act.said).verified(connection).value
    return {"figures": match, "figures_text": say(lang, f"signing.match.{match}")}


def _province(text: str) -> str:
    """The name of a province: `08` on today's map, `pre-2025:08` on the old one. Raises `BadQuestion`."""
    *place_list, code = text.removeprefix("province:").split(":")
    known = (place_list[0] if place_list else "2025-07", code)
    if len(place_list) > 1 or known not in PROVINCES:
        raise BadQuestion(faults=(Fault("/path/province", "not-in-the-list"),))
    return f"province:{known[0]}:{code}"


def _period(text: str) -> Period:
    try:
        return period(text)
    except PydanticCustomError:
        raise BadQuestion(faults=(Fault("/path/period", "not-a-period"),)) from None
