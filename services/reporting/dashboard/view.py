"""How a reader looks at the figures: language, both clocks, the map. Every link keeps them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final, get_args
from urllib.parse import urlencode

from shared.clock import VIET_NAM, day_in_viet_nam
from shared.places import Scheme
from shared.problems import BadQuestion, Fault
from shared.texts import Language, preferred

_KEPT: Final = ("lang", "known_at", "valid_at", "scheme")
_DEFAULTS: Final = {"lang": "vi", "scheme": "34"}
_SCHEMES: Final[tuple[Scheme, ...]] = get_args(Scheme)


@dataclass(frozen=True, slots=True)
class View:
    """A page as it was asked for. `own` are the parameters of this page alone, such as how a table is sorted.

    `known_at` is a position, a moment, or a day: what was known at its end. None: now.
    """

    path: str
    lang: Language
    scheme: Scheme
    known_at: str | None
    valid_at: date | None
    own: Mapping[str, str]

    @property
    def of_today(self) -> bool:
        """Whether both clocks stand at now."""
        return self.known_at is None and self.valid_at is None

    def clocks(self, now: datetime) -> tuple[str | None, date | None]:
        """What to ask the read models for. A day that has not ended is now. Raises `BadQuestion` for a later one."""
        day = known_day(self.known_at or "")
        if day is None:
            return self.known_at, self.valid_at
        if day > day_in_viet_nam(now):
            raise BadQuestion(faults=(Fault("/query/known_at", "in-the-future"),))
        if day == day_in_viet_nam(now):
            return None, self.valid_at
        return end_of(day).isoformat(), self.valid_at or day

    def link(self, path: str, **own: Any) -> str:
        """The address of another page, at the same clocks."""
        return self._address(path, own)

    def here(self, **changes: Any) -> str:
        """The address of this page with something changed; None leaves a parameter out."""
        return self._address(self.path, {**self.own, **changes})

    def fields(self, *without: str) -> dict[str, str]:
        """What a form on this page must send along beside its own fields."""
        kept = {**self.own, **_kept(*self._stands)}
        return {name: value for name, value in kept.items() if value and name not in without}

    def at(self, **changes: Any) -> "View":
        """The same view with other clocks or another map."""
        return replace(self, **changes)

    def _address(self, path: str, own: Mapping[str, Any]) -> str:
        asked = {name: value for name, value in own.items() if value not in (None, "")}
        query = "&".join(filter(None, (_encoded(*self._stands), urlencode(asked))))
        return f"{path}?{query}" if query else path

    @property
    def _stands(self) -> tuple[Language, str | None, date | None, Scheme]:
        return self.lang, self.known_at, self.valid_at, self.scheme


def read_view(path: str, query: Mapping[str, str]) -> View:
    """The view a request asks for. Raises `BadQuestion` for a day or a map that there is none of."""
    faults = []
    valid_at, scheme = known_day(query.get("valid_at", "")), query.get("scheme") or "34"
    if query.get("valid_at") and valid_at is None:
        faults.append(Fault("/query/valid_at", "wrong-form"))
    if scheme not in _SCHEMES:
        faults.append(Fault("/query/scheme", "not-in-the-list"))
    if faults:
        raise BadQuestion(faults=tuple(faults))
    own = {name: value for name, value in query.items() if name not in _KEPT and value}
    known_at = query.get("known_at") or None
    known = next(one for one in _SCHEMES if one == scheme)
    return View(path, preferred(None, query.get("lang")), known, known_at, valid_at, own)


def _kept(lang: Language, known_at: str | None, valid_at: date | None, scheme: Scheme) -> dict[str, str]:
    """What every link keeps, but for what goes without saying."""
    kept = dict(zip(_KEPT, (lang, known_at or "", str(valid_at or ""), scheme), strict=True))
    return {name: value for name, value in kept.items() if value and value != _DEFAULTS.get(name)}


@lru_cache(maxsize=256)  # All links of a page keep the same.
def _encoded(lang: Language, known_at: str | None, valid_at: date | None, scheme: Scheme) -> str:
    return urlencode(_kept(lang, known_at, valid_at, scheme))


def end_of(day: date) -> datetime:
    """The moment at which a day is over in Viet Nam."""
    return datetime.combine(day + timedelta(days=1), time(), VIET_NAM)


def known_day(text: str) -> date | None:
    """A day written in full, such as `2026-01-31`; None for a moment, a position, or nothing."""
    if len(text) != len("2026-01-31"):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
