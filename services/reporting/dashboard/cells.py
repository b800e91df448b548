"""A figure as the cell of a table. Written here, not in a template: a page has hundreds of them."""

from markupsafe import Markup, escape

from services.reporting.dashboard.view import View
from services.reporting.figures import Sum
from shared.texts import number, percent, say, span


def figure_text(view: View, sum: Sum) -> str:
    """The number of a figure, as it is printed large: a share with its sign, few people as *fewer than 5*."""
    value = sum.as_json()["value"]
    if value is None:
        return "–"
    lang = view.lang
    shown = say(lang, "page.percent", n=percent(lang, value)) if sum.of else number(lang, value)
    return say(lang, "figure.below", n=shown) if sum.below else shown


def cell(view: View, sum: Sum | None, why: str | None = None, scope: str | None = None) -> Markup:
    """A number that leads to why it changed, with what it is a part of, and a sign where it may be another one.

    The link is no stop for the keyboard: hundreds of them would lie on its way, and each place's page asks the same.
    """
    lang = view.lang
    if sum is None:
        nothing = escape(say(lang, "page.no-data"))
        return _cell(
            f'<span class="quiet">{nothing}</span><span aria-hidden="true" title="{nothing}">·</span>'
        )
    before, shown, after = "", str(escape(figure_text(view, sum))), ""
    if sum.of:
        part, of = number(lang, sum.range.value), number(lang, sum.of.range.value)
        before = f"<small>{escape(say(lang, 'page.part-of', part=part, of=of))}</small> "
    elif sum.uncertain:
        after = f'<sup title="{escape(span(lang, sum.range))}">~</sup>'
    if why and scope:
        shown = f'<a href="{escape(why + scope)}" tabindex="-1">{shown}</a>'
    return _cell(before + shown + after)


def _cell(inside: str) -> Markup:
    return Markup(f'<td class="n">{inside}</td>')  # noqa: S704 (every part is escaped)  # nosec B704
