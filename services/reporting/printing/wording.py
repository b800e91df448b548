"""What both reports say in the same words: figures, lists that are cut, the letterhead, and where it all comes from."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

from services.reporting.asking import Clocks
from services.reporting.figures import RULES, Sum
from services.reporting.printing.asking import Reported
from services.reporting.printing.counting import Counts
from shared.norms import percent_of
from shared.places import PROVINCES
from shared.report import canonical
from shared.texts import Language, day, moment, number, say, span, when
from shared.values import NOTHING

Facts = dict[str, Any]
HEADLINE: Final = (
    *("clubs", "new_clubs", "communes_with_club", "members"),
    *("meetings", "trainings", "delegates"),
    *("fund_received_vnd", "fund_vnd", "loans", "loans_outstanding_vnd"),
)
LONGEST: Final = 64  # Signs of a line in a list: longer ones are cut, so that a line stays a line.
_ROMAN: Final = {"1": "I", "2": "II", "3": "III", "4": "IV"}


def figure_words(lang: Language, figure: Sum | None) -> str:
    """A figure with its honest edges; in words where nobody reported it."""
    if figure is None:
        return say(lang, "report.no-report")
    return say(lang, "figure.below", n=figure.below) if figure.below else span(lang, figure.range)


def figure_rows(lang: Language, now: Counts, before: Counts, communes: int) -> list[list[str]]:
    """Each headline figure: its name, the figure of the period, and the one of the period before."""
    # Clubs without a count, or with one that is too old, have members all the same: how many is not known.
    unknown = {"members": say(lang, "count.unknown")} if now["clubs"] else {}
    whole = {"communes_with_club": f" / {number(lang, communes)}"}
    rows = []
    for code in HEADLINE:
        words = figure_words(lang, now[code]) + whole.get(code, "") if now[code] else None
        shown = words or unknown.get(code) or figure_words(lang, None)
        earlier = figure_words(lang, before[code]) if before[code] else "–"
        rows.append([say(lang, f"indicator.{code}.name"), shown, earlier])
    return rows


def share_row(lang: Language, name: str, share: Sum) -> list[str]:
    """Women or older members: the share, and among how many it was counted."""
    label = say(lang, f"report.{name}")
    if share.of is None or share.of.range == NOTHING:
        return [label, say(lang, "count.unknown"), ""]
    percent = percent_of(share.range, share.of.range)
    shown = say(lang, "report.percent", percent=span(lang, percent)) if percent else "–"
    whole = say(lang, "report.share", part=span(lang, share.range), whole=span(lang, share.of.range))
    return [label, f"{shown} ({whole})", ""]


def listing(
    lang: Language, section: str, columns: Sequence[str], rows: Sequence[Sequence[str]], most: int
) -> Facts:
    """A table of at most so many lines, which says how many it leaves out, or that there is nothing to tell."""
    return {
        "title": say(lang, f"report.section.{section}"),
        "columns": [say(lang, f"report.column.{column}") for column in columns],
        # A dash may end a line, not begin it.
        "rows": [[cut(cell).replace(" – ", "\N{NO-BREAK SPACE}– ") for cell in row] for row in rows[:most]],
        "more": say(lang, "report.more", n=len(rows) - most) if len(rows) > most else None,
        "none": None if rows else say(lang, f"report.none.{section}"),
    }


def cut(text: str, longest: int = LONGEST) -> str:
    """The beginning of a text that is too long for its line."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def period_words(lang: Language, reported: Reported) -> str:
    """*Quý III năm 2026*, *tháng 9/2026*; a period that is not over says to which day it is counted."""
    year, quarter, numeral = reported.period.text.partition("-Q")
    named = (
        say(lang, "report.quarter", quarter=_ROMAN[numeral], year=year)
        if quarter
        else when(lang, reported.period.when)
    )
    if reported.is_whole:
        return named
    return say(lang, "report.so-far", period=named, day=day(lang, reported.last))


def place_words(lang: Language, code: str) -> str:
    """*tỉnh Tuyên Quang*, *thành phố Hà Nội*."""
    province = PROVINCES["2025-07", code]
    kind = "city" if province.type == "thành phố" else "province"
    return say(lang, f"report.place.{kind}", name=province.name)


def letterhead(lang: Language, association: str, place: str, title: str, reported: Reported) -> Facts:
    """How a letter of an association begins and ends in Viet Nam (Decree 30/2020/NĐ-CP), with lines to fill in."""
    words = ("union", "country", "motto", "number", "kicker", "prepared", "board", "signature", "page")
    return {
        "lang": lang,
        "title": title,
        "association": association,
        "dateline": say(lang, "report.dateline", place=place),
        "period": period_words(lang, reported),
        **{word: say(lang, f"report.{word}") for word in words},
    }


def provenance(
    lang: Language, path: str, reported: Reported, clocks: Clocks, counts: dict[str, Counts]
) -> list[str]:
    """What was known, on which map, by which rules; how to get the same page again; the seal of the figures."""
    asked = f"period={reported.period}&known_at={clocks.position}&valid_at={clocks.valid_at}&lang={lang}"
    return [
        say(
            lang,
            "report.provenance",
            position=clocks.position,
            known_at=moment(lang, clocks.known_at) if clocks.known_at else "–",
            valid_at=day(lang, clocks.valid_at),
            rules=RULES,
        ),
        say(lang, "report.again", link=f"{path}?{asked}"),
        say(lang, "report.seal", hash=seal(path, reported, clocks, counts)),
    ]


def seal(path: str, reported: Reported, clocks: Clocks, counts: dict[str, Counts]) -> str:
    """SHA-256 of the figures: RFC 8785 JSON of what was asked and of every figure with its edges.

    `{"report", "period", "position", "valid_at", "rules", "figures": {place: {indicator: figure or null}}}`, a figure
    as `GET /v1/figures` gives it. The same in every language.
    """
    figures = {
        place: {indicator: figure.as_json() if figure else None for indicator, figure in found.items()}
        for place, found in counts.items()
    }
    sealed = {
        "report": path,
        "period": str(reported.period),
        "position": clocks.position,
        "valid_at": clocks.valid_at.isoformat(),
        "rules": RULES,
        "figures": figures,
    }
    return sha256(canonical(sealed)).hexdigest()
