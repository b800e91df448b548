"""A club as it stands, in the words of its page: where it sits, its charter, its board, its members."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from services.reporting.norms_saying import share_words
from services.reporting.saying import count_words, day_words
from shared.codes import code_name
from shared.events import Event, HealthChecked
from shared.norms import ONE
from shared.people import GROUPS, SEXES, HeadCount, alias
from shared.places import look_up
from shared.texts import Language, number, say, span
from shared.values import Count, Range
from shared.values import count as read_count

Line = dict[str, Any]
BANDS: Final = (
    *("under_55", "from_55", "from_55_to_59", "from_60"),
    *("from_60_to_69", "from_70_to_79", "from_80"),
)
_MOST_CANDIDATES: Final = 8  # More names than this are a list nobody reads: their number is said.


def club_in_full(lang: Language, club: dict[str, Any], events: Sequence[Event]) -> dict[str, Any]:
    """The parts of a club's page as lists of labelled lines; a list is empty if nothing is told."""
    return {
        "place": place_lines(lang, club["place"]),
        "charter": charter_lines(lang, club["charter"] or {}),
        "board": board_lines(lang, club["management_board"] or {}),
        "people": people(lang, club["head_count"]),
        "checked": last_health_check(lang, events),
    }


def place_lines(lang: Language, place: dict[str, Any]) -> list[Line]:
    """As the report says it; on today's map, and how sure that is; the province before July 2025."""
    written = (place["as_written"] or place["village"], place["province_name"])
    now = (place["commune_now_name"], place["province_now_name"])
    before = look_up("pre-2025", place["province_63"]) if place["province_63"] else None
    lines = [
        _line(lang, "place.recorded", ", ".join(part for part in written if part)),
        _line(lang, "place.now", ", ".join(part for part in now if part))
        | {"note": say(lang, f"club.place.how.{place['how']}") + _candidates(lang, place["candidates"])},
    ]
    return lines + ([_line(lang, "place.before", before.name)] if before and _moved(place) else [])


def charter_lines(lang: Language, charter: dict[str, Any]) -> list[Line]:
    """When the club meets, what it charges and what it lends, as far as its charter says."""
    rhythm = charter.get("meetings")
    said = {
        "meeting_day": _said(lang, "charter.day", day=charter.get("meeting_day")),
        "meetings": say(lang, "club.charter.rhythm", **rhythm) if rhythm else None,
        "fee": _dong(lang, charter.get("monthly_fee_vnd")),
        "interest": _said(lang, "charter.percent", percent=_decimal(lang, charter)),
        "term": _said(lang, "charter.months", months=charter.get("loan_term_months")),
        "first_loan": _dong(lang, charter.get("first_loan_max_vnd")),
        "ages": _ages(lang, charter),
        "adopted": day_words(lang, charter.get("occurred_on")),
    }
    return [_line(lang, f"charter.{name}", text) for name, text in said.items() if text]


def board_lines(lang: Language, board: dict[str, Any]) -> list[Line]:
    """How many lead the club, how many of them are women, and in which roles; never who."""
    said = {
        "size": count_words(lang, board.get("size")),
        "women": count_words(lang, board.get("women")),
        "roles": _roles(lang, board.get("roles") or {}),
        "term": _said(lang, "board.years", years=board.get("term_years")),
        "elected": day_words(lang, board.get("occurred_on")),
    }
    return [_line(lang, f"board.{name}", text) for name, text in said.items() if text]


def people(lang: Language, told: dict[str, Any] | None) -> dict[str, list[Line]] | None:
    """The newest head count by sex, by age and by group, each with its own share of the members."""
    heads = HeadCount.model_validate(told) if told else None
    whole = heads.people() if heads else None
    if heads is None or whole is None:
        return None
    parts = {"sexes": SEXES, "bands": BANDS, "groups": GROUPS}
    return {part: list(_counted(lang, heads, names, whole)) for part, names in parts.items()}


def last_health_check(lang: Language, events: Iterable[Event]) -> str | None:
    """The newest health check, in one line; None if none was reported."""
    checks = [event for event in events if isinstance(event, HealthChecked)]
    if not checks:
        return None
    newest = max(checks, key=lambda check: check.occurred_on.last)
    kind = code_name(lang, "health_kind", newest.kind)
    examined = span(lang, newest.examined.range) if newest.examined else say(lang, "count.unknown")
    return say(
        lang, "club.checked.said", kind=kind, people=examined, day=day_words(lang, str(newest.occurred_on))
    )


def _counted(lang: Language, heads: HeadCount, names: Iterable[str], whole: Range) -> Iterable[Line]:
    for name in names:
        told: Count | None = getattr(heads, name)
        if told is not None:
            share = share_words(lang, told.range, whole)
            yield _line(lang, f"people.{alias(name)}", span(lang, told.range)) | {"share": share.strip(" ()")}


def _line(lang: Language, key: str, text: str | None) -> Line:
    return {"label": say(lang, f"club.{key}"), "text": text, "note": None}


def _said(lang: Language, key: str, **fact: Any) -> str | None:
    return None if None in fact.values() else say(lang, f"club.{key}", **fact)


def _dong(lang: Language, amount: int | None) -> str | None:
    return None if amount is None else say(lang, "money.dong", amount=amount)


def _decimal(lang: Language, charter: dict[str, Any]) -> str | None:
    percent = charter.get("loan_interest_percent_per_month")
    return None if percent is None else number(lang, Decimal(percent))


def _ages(lang: Language, charter: dict[str, Any]) -> str | None:
    edges = charter.get("youngest_age"), charter.get("oldest_age")
    match edges:
        case None, None:
            return None
        case youngest, None:
            return say(lang, "club.charter.ages.from", youngest=youngest)
        case None, oldest:
            return say(lang, "club.charter.ages.to", oldest=oldest)
    return say(lang, "club.charter.ages.between", youngest=edges[0], oldest=edges[1])


def _roles(lang: Language, roles: dict[str, Any]) -> str:
    told = ((code_name(lang, "role", role), read_count(count)) for role, count in roles.items())
    return ", ".join(
        role if count.range == ONE else f"{span(lang, count.range)} {role}" for role, count in told
    )


def _candidates(lang: Language, codes: Sequence[str]) -> str:
    found = [commune for code in codes if (commune := look_up("2025-07", code))]
    if len(found) < 2:
        return ""
    if len(found) > _MOST_CANDIDATES:
        return say(lang, "club.place.candidates.many", n=len(found))
    names = ", ".join(f"{commune.type} {commune.name}" for commune in found)
    return say(lang, "club.place.candidates", names=names)


def _moved(place: dict[str, Any]) -> bool:
    """Its old province is not the one the report names already."""
    return (place["list"], place["province"]) != ("pre-2025", place["province_63"])
