"""From facts to HTML: the templates and the words they use."""

from pathlib import Path
from typing import Any, Final

from services.reporting.dashboard.view import View
from services.reporting.figures import Sum
from services.reporting.saying import day_words
from shared.looks import templates, words
from shared.texts import number, percent, say, span
from shared.values import Range

STATIC: Final = Path(__file__).parent.parent / "static"

_pages = templates("services.reporting")


def render(page: str, view: View, facts: dict[str, Any]) -> str:
    """A page, or a part of one, in the language of the view."""
    lang = view.lang
    said = {
        **words(lang),
        "view": view,
        "link": view.link,
        "here": view.here,
        "day": lambda text: day_words(lang, text),
        "edges": lambda sum: span(lang, sum.range),
        "amount": lambda edges: span(lang, Range(**edges)),
        "figure": lambda sum: figure_text(view, sum),
    }
    return _pages.get_template(page).render(**said, **facts)


def figure_text(view: View, sum: Sum) -> str:
    """The number of a figure, as it is printed large: a share with its sign, few people as *fewer than 5*."""
    value = sum.as_json()["value"]
    if value is None:
        return "–"
    lang = view.lang
    shown = say(lang, "page.percent", n=percent(lang, value)) if sum.of else number(lang, value)
    return say(view.lang, "figure.below", n=shown) if sum.below else shown
