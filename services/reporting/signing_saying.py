"""Sign-off in words: periods, who vouches for them, what changed since; the facts of a province's page."""

from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import Connection

from services.reporting.asking import Clocks
from services.reporting.diff_saying import more_or_less
from services.reporting.periods import period_of, periods_between
from services.reporting.saying import range_words, told_sentence
from services.reporting.sign_off_sheet import SCHEME_OF, line
from services.reporting.signing import (
    Act,
    Changed,
    Explained,
    about,
    acts,
    after_sign_off,
    in_force,
    state_of,
)
from shared.periods import Period, period
from shared.places import PROVINCES, province_name
from shared.texts import Language, moment, say, when

PERIODS_SHOWN: Final = 4


def act_in_words(lang: Language, act: Act) -> dict[str, Any]:
    """A sign-off or a reopening with its sentence."""
    data = act.said.model_dump(mode="json", by_alias=True, exclude_none=True)
    said = told_sentence(lang, act.said.type, data)
    return act.as_json() | {"said": said, "recorded_text": moment(lang, act.recorded_at)}


def explained_in_words(lang: Language, one: Explained) -> dict[str, Any]:
    """A line that changed and why, as the language writes its edges."""
    told = one.as_json()
    return told | {
        "indicator_text": say(lang, f"indicator.{one.indicator}.name"),
        "signed_text": range_words(lang, told["signed"]),
        "now_text": range_words(lang, told["now"]),
        "difference_text": more_or_less(lang, (one.way.after - one.way.before).value),
    }


def changed_in_words(lang: Language, one: Changed) -> dict[str, Any]:
    """A line that changed, as the language writes its edges."""
    return {
        "indicator_text": say(lang, f"indicator.{one.indicator}.name"),
        "signed_text": range_words(lang, one.signed.as_json()),
        "now_text": range_words(lang, one.now.as_json()),
        "difference_text": more_or_less(lang, one.now.range.value - one.signed.range.value),
    }


def signing_facts(connection: Connection, clocks: Clocks, lang: Language, province: str) -> dict[str, Any]:
    """What `signing.html` shows of a province (code on today's map): the newest periods somebody vouched for, under
    today's name and former ones, and the last whole quarter even if nobody did."""
    names = [f"province:{one.list}:{one.code}" for one in PROVINCES.values() if one.now == province]
    done = [act for name in names for act in acts(connection, clocks.position, name)]
    here = f"province:2025-07:{province}"
    quarter = last_quarter(clocks)
    shown = {(act.province, act.days): act.said.period for act in done}
    shown.setdefault((here, (quarter.first, quarter.last)), quarter)
    newest = sorted(shown, key=lambda one: (*one[1][::-1], one[0]), reverse=True)[:PERIODS_SHOWN]
    return {
        "signing": [
            _shown(connection, clocks, lang, name, shown[name, days], about(done, name, days))
            for name, days in newest
        ]
    }


def last_quarter(clocks: Clocks) -> Period:
    """The last whole quarter on the day asked for."""
    today = clocks.valid_at
    [before] = [
        one
        for one in periods_between(today.replace(day=1) - timedelta(days=92), today, "quarter")
        if one.name != period_of(today, "quarter")
    ][-1:]
    return period(before.name)


def why_link(lang: Language, act: Act, signed_position: int, indicator: str, clocks: Clocks) -> str:
    """Where a page says why a line changed since it was signed."""
    asked = line(clocks.position, act.province, act.said.period, indicator)
    query = {
        "indicator": indicator,
        "scope": asked.scope,
        "scheme": asked.scheme,
        "from": asked.start.isoformat(),
        "to": asked.end.isoformat(),
        "from_known": signed_position,
        "to_known": clocks.position,
        "lang": lang,
    }
    return f"/figures/why?{urlencode(query)}"


def _shown(
    connection: Connection, clocks: Clocks, lang: Language, province: str, of: Period, done: list[Act]
) -> dict[str, Any]:
    changed = after_sign_off(connection, clocks.position, done)
    state = state_of(done, changed)
    signed = in_force(done)
    match = signed.verified(connection) if signed else None
    _, place_list, code = province.split(":")
    return {
        "period": when(lang, of.when),
        "of": str(of),
        "code": code,
        "scheme": SCHEME_OF[place_list],
        "province": None if place_list == "2025-07" else province_name(place_list, code),
        "state": state.value,
        "state_text": say(lang, f"signing.state.{state.value}"),
        "last": act_in_words(lang, done[-1]) if done else None,
        "match": match.value if match else None,
        "match_text": say(lang, f"signing.match.{match.value}") if match else None,
        "changed": [
            changed_in_words(lang, one)
            | {"why": why_link(lang, signed.act, signed.figures.position, one.indicator, clocks)}
            for one in changed
            if signed is not None
        ],
    }
