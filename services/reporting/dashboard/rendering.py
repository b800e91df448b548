"""From facts to HTML: the templates and the words they use."""

from datetime import date
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.reporting.dashboard.view import View
from services.reporting.figures import Sum
from services.reporting.saying import day_words
from shared.texts import LANGUAGES, knows, number, say, span
from shared.texts import day as say_day
from shared.values import Range

STATIC: Final = Path(__file__).parent.parent / "static"

_pages = Environment(
    loader=PackageLoader("services.reporting", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(page: str, view: View, facts: dict[str, Any]) -> str:
    """A page, or a part of one, in the language of the view."""
    lang = view.lang
    words = {
        "view": view,
        "lang": lang,
        "languages": LANGUAGES,
        "link": view.link,
        "here": view.here,
        "knows": knows,
        "say": lambda key, **values: say(lang, key, **values),
        "number": lambda value: number(lang, value),
        "day": lambda text: day_words(lang, text),
        "date": lambda day: say_day(lang, day) if isinstance(day, date) else day,
        "edges": lambda sum: span(lang, sum.range),
        "amount": lambda edges: span(lang, Range(**edges)),
        "figure": lambda sum: figure_text(view, sum),
    }
    return _pages.get_template(page).render(**words, **facts)


def figure_text(view: View, sum: Sum) -> str:
    """The number of a figure, as it is printed large: a share with its sign, all else as it is."""
    if sum.of is None:
        return number(view.lang, sum.range.value)
    share = sum.as_json()["value"]
    return "–" if share is None else say(view.lang, "page.percent", n=number(view.lang, share))
