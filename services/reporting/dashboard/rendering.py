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
    """The number of a figure, as it is printed large: a share with its sign, all else as it is."""
    if sum.of is None:
        return number(view.lang, sum.amounts.value)
    share = sum.as_json()["value"]
    return "–" if share is None else say(view.lang, "page.percent", n=percent(view.lang, share))
