"""The common look of all pages: one skeleton, one base style, fonts and scripts of others. Services add their own."""

from datetime import date
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined

from shared.texts import LANGUAGES, Language, knows, number, say
from shared.texts import day as say_day

STATIC: Final = Path(__file__).parent / "static"


def templates(package: str) -> Environment:
    """The pages of a service, which may extend and include those of `looks/`."""
    ours = PrefixLoader({"looks": PackageLoader("shared.looks", "pages")})
    return Environment(
        loader=ChoiceLoader([PackageLoader(package, "pages"), ours]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def words(lang: Language) -> dict[str, Any]:
    """What every page needs to speak a language."""
    return {
        "lang": lang,
        "languages": LANGUAGES,
        "knows": knows,
        "say": lambda key, **values: say(lang, key, **values),
        "number": lambda value: number(lang, value),
        "date": lambda day: say_day(lang, day) if isinstance(day, date) else day,
    }


def add_looks(app: FastAPI) -> None:
    """Serve the common style, fonts and scripts under `/looks`."""
    app.mount("/looks", StaticFiles(directory=STATIC), name="looks")
