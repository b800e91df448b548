"""The report of one province: one A4 page for its board to print and sign."""

from typing import Final

from sqlalchemy import Connection, select

from services.reporting import lists
from services.reporting.asking import Clocks
from services.reporting.lists import believed
from services.reporting.printing import comparing, counting
from services.reporting.printing.asking import Reported
from services.reporting.printing.sections import completeness, headline, trend, unknown
from services.reporting.printing.wording import (
    Facts,
    cut,
    letterhead,
    listing,
    place_words,
    provenance,
)
from services.reporting.saying import count_words, day_words
from services.reporting.tables import clubs
from shared.places import PROVINCES, look_up, province_name, provinces
from shared.texts import Language, say
from shared.values import When, when

# What one page holds with the longest lines.
TARGETS: Final = 4
PRINTED: Final = 4
CLUBS: Final = 5
TRAININGS: Final = 5
_NAME: Final = 44


def province_report(
    connection: Connection, clocks: Clocks, code: str, reported: Reported, lang: Language, clubs_open: bool
) -> Facts:
    """What the page of a province says. Names of clubs only where `clubs_open`."""
    scope = f"province:{code}"
    now, figures = headline(connection, clocks, code, reported, lang)
    place = place_words(lang, code)
    path = f"/reports/provinces/{code}.pdf"
    return {
        **letterhead(
            lang,
            say(lang, "report.association", place=place),
            province_name("2025-07", code),
            say(lang, "report.title.province", place=place),
            reported,
        ),
        "about": _made_of(lang, code),
        **figures,
        "trend": trend(connection, clocks, scope, reported, lang),
        "completeness": completeness(lang, counting.expected_meetings(connection, clocks, code, reported)),
        "targets": comparing.targets(connection, clocks, code, reported.last, lang, TARGETS),
        "printed": comparing.printed(connection, clocks, code, lang, PRINTED),
        "clubs": _new_clubs(connection, clocks, code, reported, lang)
        if clubs_open
        else {**listing(lang, "clubs", (), (), 0), "none": say(lang, "report.clubs.closed")},
        "trainings": _trainings(connection, clocks, code, reported, lang),
        "unknown": unknown(connection, clocks, scope, reported, lang),
        "provenance": provenance(lang, path, reported, clocks, {code: now}),
    }


def _made_of(lang: Language, code: str) -> str:
    """Which old provinces it was made of."""
    old = [province.name for province in provinces("63") if province.now == code]
    if old == [PROVINCES["2025-07", code].name]:
        return say(lang, "report.unchanged", code=code)
    return say(lang, "report.made-of", code=code, names=", ".join(old))


def _new_clubs(
    connection: Connection, clocks: Clocks, code: str, reported: Reported, lang: Language
) -> Facts:
    columns = (clubs.c.name, clubs.c.founded, clubs.c.commune_now, clubs.c.as_written, clubs.c.village)
    wanted = (believed(clubs, clocks.position), clubs.c.province_now == code, clubs.c.founded.is_not(None))
    rows = connection.execute(select(*columns).where(*wanted).order_by(clubs.c.subject)).all()
    new = sorted(
        ((when(row.founded), row) for row in rows if _within(when(row.founded), reported)),
        key=lambda pair: pair[0].last,
    )
    lines = [
        [cut(row.name, _NAME), cut(_commune(row), 30), day_words(lang, row.founded) or ""] for _, row in new
    ]
    return listing(lang, "clubs", ("club", "commune", "founded"), lines, CLUBS)


def _trainings(
    connection: Connection, clocks: Clocks, code: str, reported: Reported, lang: Language
) -> Facts:
    found, _ = lists.trainings_like(connection, clocks.position, "", code, comparing.MOST_TOLD, 0)
    held = [
        one
        for one in found
        if one["state"] == "held" and one["occurred_on"] and _within(when(one["occurred_on"]), reported)
    ]
    lines = [
        [
            cut(one["title"] or say(lang, "type.training.held"), _NAME),
            day_words(lang, one["occurred_on"]) or "",
            count_words(lang, (one["held"].get("delegates") or {}).get("total"))
            or say(lang, "count.unknown"),
        ]
        for one in reversed(held)
    ]
    return listing(lang, "trainings", ("training", "day", "delegates"), lines, TRAININGS)


def _within(day: When, reported: Reported) -> bool:
    return reported.first <= day.first and day.last <= reported.last


def _commune(row: object) -> str:
    code = getattr(row, "commune_now", None)
    commune = look_up("2025-07", code) if code else None
    if commune is not None:
        return f"{commune.type} {commune.name}"
    return str(getattr(row, "as_written", None) or "–")
