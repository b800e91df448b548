"""From a report's words and numbers to a PDF: the same words give the same bytes on every machine."""

import json
import re
from datetime import datetime
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    import typst  # Else only once somebody prints: it is large.

Template = Literal["province", "nation"]

_TEMPLATES: Final = Path(__file__).parent
STANDARD: Final = "ua-1"  # Refuses what a screen reader could not read out.
# Latin letters, Vietnamese among them, and the punctuation of text: what the fonts surely show. Names are free
# text; one sign that no font has must not keep a province from its report.
_UNSHOWN: Final = re.compile(r"[^\n -~\xa0-\xac\xae-\u024f\u1e00-\u1ef9–—‘’‚“”„†‡•…‰₫€−≤≥≈→]")


def typeset(template: Template, facts: dict[str, Any], created: datetime) -> bytes:
    """The report as PDF/UA-1. `facts` are data for the template, never part of its text."""
    import typst

    return typst.compile(
        _TEMPLATES / f"{template}.typ",
        root=_TEMPLATES,
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"facts": json.dumps(shown(facts), ensure_ascii=False)},
        pdf_standards=STANDARD,
        timestamp=created.replace(microsecond=0),  # PDF knows seconds, and typst takes no more.
    )


def shown(facts: Any) -> Any:
    """The facts with every sign that our fonts do not have as a question mark."""
    match facts:
        case str():
            return _UNSHOWN.sub("?", facts)
        case dict():
            return {name: shown(fact) for name, fact in facts.items()}
        case list() | tuple():
            return [shown(fact) for fact in facts]
    return facts


@cache
def fonts() -> "typst.Fonts":
    """Be Vietnam Pro, and behind it the fonts typst brings along; never those of the machine."""
    import typst

    with as_file(files("fontpkg_be_vietnam_pro") / "files") as folder:
        return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(folder)])
