"""The rows of tables, and a figure as the cell of one. Written here, not in a template: a page has hundreds of them."""

from functools import lru_cache
from typing import Final

from markupsafe import Markup, escape

from services.reporting.dashboard.league import League, Line
from services.reporting.figures import Sum
from shared.texts import Language, number, percent, say, span

KEPT: Final = 4_000  # Most cells of a page are those of the page before.


@lru_cache(maxsize=KEPT)
def figure_text(lang: Language, sum: Sum) -> str:
    """The number of a figure, as it is printed large: a share with its sign, few people as *fewer than 5*."""
    value = sum.as_json()["value"]
    if value is None:
        return "–"
    shown = say(lang, "page.percent", n=percent(lang, value)) if sum.of else number(lang, value)
    return say(lang, "figure.below", n=shown) if sum.below else shown


def row(lang: Language, line: Line, table: League) -> Markup:
    """A place or club with its figures; quieter where nobody told of any."""
    name = escape(line.name)
    link = f'<a href="{escape(line.link)}">{name}</a>' if line.link else name
    note = f" <small>{escape(line.note)}</small>" if line.note else ""
    quiet = "" if any(line.figures.values()) else ' class="silent"'
    told = "".join(cell(lang, line.figures[one], table.whys[one], line.scope) for one in table.columns)
    # Every part is escaped.
    return Markup(f'<tr{quiet}><th scope="row">{link}{note}</th>\n{told}</tr>\n')  # noqa: S704  # nosec B704


def cell(lang: Language, sum: Sum | None, why: str | None = None, scope: str | None = None) -> Markup:
    """A number that leads to why it changed, with what it is a part of, and a sign where it may be another one.

    The link is no stop for the keyboard: hundreds of them would lie on its way, and each place's page asks the same.
    """
    before, shown, after = _inside(lang, sum)
    if sum and why and scope:
        shown = f'<a href="{escape(why + scope)}" tabindex="-1">{shown}</a>'
    # Every part is escaped.
    return Markup(f'<td class="n">{before}{shown}{after}</td>')  # noqa: S704  # nosec B704


@lru_cache(maxsize=KEPT)
def _inside(lang: Language, sum: Sum | None) -> tuple[str, str, str]:
    """What stands before the number, the number, and what stands behind it."""
    if sum is None:
        nothing = escape(say(lang, "page.no-data"))
        return (
            f'<span class="quiet">{nothing}</span>',
            "",
            f'<span aria-hidden="true" title="{nothing}">·</span>',
        )
    before, after = "", ""
    if sum.of:
        part, of = number(lang, sum.range.value), number(lang, sum.of.range.value)
        before = f"<small>{escape(say(lang, 'page.part-of', part=part, of=of))}</small> "
    elif sum.uncertain:
        after = f'<sup title="{escape(span(lang, sum.range))}">~</sup>'
    return before, str(escape(figure_text(lang, sum))), after
