"""The page that tells why a figure changed: `/figures/why`."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from pydantic import ValidationError

from services.reporting.asking import Clocks
from services.reporting.dashboard.view import end_of, known_day
from services.reporting.diff import DiffAsked, difference
from services.reporting.diff_api import Shown, told_of
from services.reporting.diff_saying import scope_name, scope_path, scope_scheme, sum_name
from services.reporting.parts import Parts
from shared.clock import day_in_viet_nam
from shared.faults import faults_of
from shared.problems import BadQuestion
from shared.texts import Language, day, moment, say


def why_facts(parts: Parts, asked: DiffAsked, lang: Language, opened: bool) -> Shown:
    """What the page shows: the answer in words, and how to ask it again; `opened`: single reports may be named."""
    with parts.asked(asked.to_known, asked.valid_at) as (connection, then):
        found = difference(parts, connection, asked, then)
        told = told_of(connection, found, asked, lang, opened)
        scope = scope_name(lang, connection, then.position, asked.scope, asked.scheme)
    start, end = found.question.start, found.question.end
    again = asked.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"lang", "skip"})
    again |= {"to_known": then.position}  # So that the page is the same for ever.
    shown = asked.skip + asked.limit
    more = opened and any(shown < len(account.causes) for account in found.accounts)
    two = (("numerator", found.account), ("denominator", found.of)) if found.of else ()
    return told | {
        "indicator_text": say(lang, f"indicator.{asked.indicator}.name"),
        "scope_text": scope,
        "scope_path": scope_path(asked.scope),
        "scope_scheme": scope_scheme(asked.scope, asked.scheme),
        "compare": {name: value for name, value in again.items() if name != "from_known"},
        "since": _since(asked, found.known[0]),
        "days": (None if start == date.min else day(lang, start), day(lang, end)),
        "is_flow": found.question.indicator.kind == "flow",
        "sides": (found.before, found.after),
        "known": [(clocks.position, _moment(lang, clocks)) for clocks in found.known],
        "accounts": [
            told[name] | {"heading": say(lang, f"diff.{name}", name=sum_name(lang, account.indicator.code))}
            for name, account in two
        ]
        or [told | {"heading": None}],
        "opened": opened,
        "following": f"?{urlencode(again)}&skip={shown}&lang={lang}" if more else None,
    }


def asked_of_page(query: Mapping[str, str]) -> DiffAsked:
    """The parameters of the page: a day stands for what was known at its end. Raises `BadQuestion`, a page too."""
    asked = dict(query)
    if (since := known_day(asked.get("from_known", ""))) is not None:
        asked["from_known"] = end_of(since).isoformat()
    try:
        return DiffAsked.model_validate(asked)
    except ValidationError as error:
        raise BadQuestion(faults=faults_of(error, "/query")) from None


def _since(asked: DiffAsked, first: Clocks) -> date | None:
    """The day the comparison begins with, to be changed; None of a position that nothing was recorded at."""
    try:
        return day_in_viet_nam(datetime.fromisoformat(asked.from_known) - timedelta(seconds=1))
    except (ValueError, OverflowError):
        return day_in_viet_nam(first.known_at) if first.known_at else None


def _moment(lang: Language, clocks: Clocks) -> str | None:
    return moment(lang, clocks.known_at) if clocks.known_at else None
