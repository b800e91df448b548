"""From facts to HTML: the templates and the words they use."""

from functools import partial
from pathlib import Path
from typing import Any, Final

from services.reporting.dashboard.cells import cell, figure_text, row
from services.reporting.dashboard.view import View
from services.reporting.saying import day_words
from shared.looks import templates, words
from shared.texts import span
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
        "figure": lambda sum: figure_text(lang, sum),
        "cell": partial(cell, lang),
        "row": partial(row, lang),
    }
    return _pages.get_template(page).render(**said, **facts)
