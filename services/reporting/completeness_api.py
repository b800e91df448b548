"""`GET /v1/completeness`: of the meetings expected in a month, which were held, which not, and which nobody told of."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from starlette.concurrency import run_in_threadpool

from services.reporting.asking import Clocks
from services.reporting.completeness import ClubMeetings, in_province
from services.reporting.completeness_asked import CompletenessAsked
from services.reporting.figures import RULES
from services.reporting.intake import Intake, intake
from services.reporting.parts import Parts
from shared.calendar import RECEIVED, Devices, Expected, State
from shared.clock import as_utc_text, day_in_viet_nam
from shared.periods import period
from shared.places import province_name
from shared.texts import Language, say
from shared.web import language

Shown = dict[str, Any]


def add_completeness(app: FastAPI, parts: Parts, registry: str) -> None:
    """Expected meetings of a province, for its board and those who oversee it."""

    @app.get(
        "/v1/completeness",
        tags=["lists"],
        summary="Buổi sinh hoạt dự kiến của một tháng / a month's expected meetings, held, missing or unheard of",
    )
    async def completeness(request: Request, asked: Annotated[CompletenessAsked, Query()]) -> Shown:
        province = asked.province_for(await parts.door.bearer(request))
        authorization = request.headers["authorization"]
        lang = language(request)

        def answer() -> Shown:
            asked.check_rules()
            month = period(asked.month)
            with parts.asked(asked.known_at, asked.valid_at) as (connection, clocks):
                found = in_province(connection, clocks, province, month.first, month.last)
            now = parts.clock()
            told = intake(registry, authorization, province, day_in_viet_nam(now))
            return {
                "month": asked.month,
                "province": province,
                "province_name": province_name("2025-07", province),
                **_reproducible(lang, found, clocks),
                "live": {"as_of": as_utc_text(now), **_live(lang, found, clocks.valid_at, told)},
            }

        return await run_in_threadpool(answer)


def _reproducible(lang: Language, found: Sequence[ClubMeetings], clocks: Clocks) -> Shown:
    """What the accepted reports show at a position: the same for ever."""
    became = {one.club: one.became(clocks.valid_at) for one in found}
    totals = _totals(became.values())
    return {
        "expected": sum(totals.values()),
        "received": sum(totals[state] for state in RECEIVED),
        "totals": totals,
        "items": [_club(lang, one, became[one.club]) for one in found],
        **clocks.as_json(),
        "rules": RULES,
    }


def _live(lang: Language, found: Sequence[ClubMeetings], on: date, told: Intake | None) -> Shown:
    """The same with what the registry knows of the devices now, refused and held reports included."""
    heard = told.last_heard if told else None
    devices = {one.club: _known_better(one.devices, heard) for one in found}
    became = {one.club: one.became(on, devices[one.club]) for one in found}
    missing = {
        club: states
        for club, some in became.items()
        if (states := [one.state for one in some if one.told is None and one.state is not State.DUE])
    }
    silent = {
        source: moment
        for one in found
        for source, moment in devices[one.club].last_heard.items()
        if any(day_in_viet_nam(moment) <= of.closes < on for of in one.expectations)
    }
    return {
        "answered": heard is not None,
        "note": say(lang, "completeness.registry-away") if heard is None else None,
        "held": told.held if told else None,
        "quarantined": told.quarantined if told else None,
        "totals": _totals(became.values()),
        "missing": [{"club": club, "states": states} for club, states in missing.items()],
        "silent": [
            {"source": source, "last_heard": as_utc_text(moment)} for source, moment in sorted(silent.items())
        ]
        if heard is not None
        else None,
    }


def _known_better(devices: Devices, heard: Mapping[str, datetime] | None) -> Devices:
    """What is known from the log and from the registry; without the registry, they may have been heard from since."""
    if heard is None:
        return Devices(devices.last_heard, whole=False)
    return Devices(
        {source: max(moment, heard.get(source, moment)) for source, moment in devices.last_heard.items()}
    )


def _totals(became: Any) -> dict[State, int]:
    counted = Counter(one.state for some in became for one in some)
    return {state: counted[state] for state in State}


def _club(lang: Language, of: ClubMeetings, became: Sequence[Expected]) -> Shown:
    newest = of.newest
    return {
        "club": of.club,
        "name": of.name,
        "expected": [_expected(lang, one) for one in became],
        "newest": newest and {"position": newest.position, "recorded_at": as_utc_text(newest.recorded_at)},
        "devices": [
            {"source": source, "last_heard": as_utc_text(moment)}
            for source, moment in of.devices.last_heard.items()
        ],
    }


def _expected(lang: Language, one: Expected) -> Shown:
    told = one.told
    return {
        "state": one.state,
        "state_text": say(lang, f"expected.{one.state}"),
        "from": one.of.first.isoformat(),
        "to": one.of.last.isoformat(),
        "due_on": one.of.due.isoformat(),
        "report": told
        and {
            "position": told.position,
            "first_day": told.first.isoformat(),
            "last_day": told.last.isoformat(),
        },
    }
