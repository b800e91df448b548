"""How a reader looks at the pages: which one, in which language, with which filters. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from shared.texts import Language, preferred


@dataclass(frozen=True, slots=True)
class View:
    """A page as it was asked for; `own` are its filters."""

    path: str
    lang: Language
    own: Mapping[str, str]

    def link(self, path: str, **own: Any) -> str:
        """The address of another page, in the same language."""
        kept = {"lang": self.lang if self.lang != "vi" else None, **own}
        asked = {name: value for name, value in kept.items() if value not in (None, "")}
        return f"{path}{'&' if '?' in path else '?'}{urlencode(asked)}" if asked else path

    def here(self, **changes: Any) -> str:
        """The address of this page with something changed; None leaves a filter out."""
        return self.link(self.path, **{**self.own, **changes})

    def at(self, **changes: Any) -> "View":
        """The same page otherwise, such as in the other language."""
        return replace(self, **changes)


def read_view(path: str, query: Mapping[str, str]) -> View:
    """The view a request asks for; Vietnamese unless another language is."""
    own = {name: value for name, value in query.items() if name != "lang" and value}
    return View(path, preferred(None, query.get("lang")), own)
