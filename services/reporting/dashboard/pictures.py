"""The drawings of a page: maps, tiles and curves, from its figures."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import Final

from markupsafe import Markup

from services.reporting.dashboard.cells import figure_text
from services.reporting.dashboard.columns import COLUMN
from services.reporting.dashboard.headline import Headline
from services.reporting.dashboard.league import League
from services.reporting.dashboard.trends import MONTHS, Trend
from services.reporting.dashboard.view import View
from services.reporting.drawing import Cell, Point, classes, line, province_map, sparkline, tile_grid
from services.reporting.figures import Sum
from services.reporting.indicators import INDICATORS
from shared.tet import TET
from shared.texts import Language, say

MERGER: Final = "2025-07"  # 63 provinces became 34, and districts ended.
DRAWN: Final = 100  # Curves that are not drawn anew: most stay as they are from page to page.
TET_MONTHS: Final = {f"{day:%Y-%m}" for day in TET}


def provinces_pictures(table: League, indicator: str, view: View) -> dict[str, Markup]:
    """The map and, for the present provinces, the tiles; nothing where provinces are as reported: two maps in one."""
    if view.scheme == "as-recorded":
        return {"map": Markup(), "tiles": Markup()}
    sums = {line.code: line.figures.get(indicator) for line in table.lines if line.code}
    values = {code: _whole(sum) for code, sum in sums.items()}
    share = INDICATORS[indicator].unit == "percent"
    found = classes(values.values(), int) if share else classes(values.values())
    cells = {
        one.code: _cell(view, one.name, one.link, found.shade(values[one.code]), sums[one.code])
        for one in table.lines
        if one.code
    }
    unit = say(view.lang, "page.percent", n="{n}") if share else "{n}"
    legend, title = found.words(view.lang, unit), column_title(view, indicator)
    return {
        "map": province_map(view.scheme, cells, legend, view.lang, title=title, measure=title),
        "tiles": tile_grid(cells, legend, view.lang, title=title) if view.scheme == "34" else Markup(),
    }


def column_title(view: View, indicator: str) -> str:
    """What a column counts, with its days: *Buổi sinh hoạt, 12 tháng*."""
    lang = view.lang
    return say(lang, f"column.{indicator}") if indicator in COLUMN else indicator_title(lang, indicator)


def indicator_title(lang: Language, indicator: str) -> str:
    """The name of one of our indicators."""
    return say(lang, f"indicator.{indicator}.name")


def sparklines(heads: list[Headline], view: View) -> dict[str, Markup]:
    """The small curve of each headline that has one."""
    return {
        one.indicator: _sparkline(view.lang, one.indicator, one.trend.last(MONTHS))
        for one in heads
        if one.trend
    }


@lru_cache(maxsize=DRAWN)
def _sparkline(lang: Language, indicator: str, curve: Trend) -> Markup:
    return sparkline(curve.values, title=say(lang, "trend.title", name=indicator_title(lang, indicator)))


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing for a desk and one for a phone, where a wide one could not be read; and what its marks mean."""

    wide: Markup
    narrow: Markup
    note: str


def months_chart(view: View, indicator: str, curve: Trend | None) -> Chart | None:
    """Two years of months, with the year before as a faint line for a flow, Tết shaded, the merger marked."""
    return _chart(view.lang, indicator, curve) if curve is not None and any(curve.values) else None


@lru_cache(maxsize=DRAWN)
def _chart(lang: Language, indicator: str, curve: Trend) -> Chart:
    flow = INDICATORS[indicator].kind == "flow"
    shown = curve.last(MONTHS)
    before = list(curve.values[:-12])[-MONTHS:] if flow else []
    merged = shown.months.index(MERGER) if MERGER in shown.months[1:] else None
    meant = {"before": any(before), "running": shown.running, "merger": merged is not None}
    draw = partial(
        line,
        [Point(value) for value in shown.values],
        [month_label(lang, month) for month in shown.months],
        lang,
        title=say(lang, "trend.months", name=indicator_title(lang, indicator)),
        before=before if any(before) else [],
        before_label=say(lang, "trend.before") if any(before) else "",
        breaks={merged: say(lang, "trend.merger")} if merged is not None else None,
        seasons=[
            (at, at, say(lang, "trend.tet"))
            for at, month in enumerate(shown.months)
            if flow and month in TET_MONTHS
        ],
        running=shown.running,
    )
    wide, narrow = draw(width=720, height=260), draw(width=360, height=230)
    note = " ".join(say(lang, f"trend.note.{mark}") for mark, there in meant.items() if there)
    return Chart(wide, narrow, note)


def month_label(lang: Language, month: str) -> str:
    """A month under an axis: *3/2026*, *Mar 2026*."""
    first = date.fromisoformat(f"{month}-01")
    return f"{first.month}/{first.year}" if lang == "vi" else f"{first:%b %Y}"


def _cell(view: View, name: str, link: str | None, shade: int | None, sum: Sum | None) -> Cell:
    if sum is None:
        return Cell(None, title=f"{name}: {say(view.lang, 'page.no-data')}", link=link)
    uncertain = sum.uncertain
    return Cell(shade, figure_text(view.lang, sum), link=link, uncertain=uncertain)


def _whole(sum: Sum | None) -> int | None:
    if sum is None:
        return None
    value = sum.as_json()["value"]
    return None if value is None else int(value)
