"""What a reader asked of a table: OData's own options (`$…`) and ours (`known_at`, `valid_at`, `from`, `to`, `by`)."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, get_args
from urllib.parse import quote

from odata_query import ast

from services.reporting.odata.columns import Column
from services.reporting.odata.filtering import ordering, read_filter
from services.reporting.odata.series import Span
from services.reporting.periods import Step
from shared.problems import BadQuestion, Fault, NotOffered

PAGE: Final = 1000  # Rows of a page, where the reader asks for no other number.
LARGEST_PAGE: Final = 5000
_OFFERED: Final = {
    "$filter",
    "$select",
    "$orderby",
    "$top",
    "$skip",
    "$count",
    "$skiptoken",
    "$format",
}
_OURS: Final = {"known_at", "valid_at", "from", "to", "by", "lang"}
_CLOCKS: Final = {"known_at", "valid_at"}


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked. `after` is the key of the last row of the page before; `top` None means all."""

    filter: ast._Node | None
    select: tuple[str, ...]
    order: list[tuple[str, bool]]
    top: int | None
    skip: int
    count: bool
    after: str | None
    page: int
    known_at: str | None
    valid_at: date | None
    span: Span
    written: Mapping[str, str]

    def following(self, position: int, valid_at: date, after: str, left: int | None) -> str:
        """The query of the next page. It names the position, so that all pages are of one state."""
        kept = {name: value for name, value in self.written.items() if name not in ("$skip", "$top")}
        kept |= {"known_at": str(position), "valid_at": valid_at.isoformat(), "$skiptoken": after}
        if left is not None:
            kept["$top"] = str(left)
        return "&".join(f"{quote(name, safe='$')}={quote(value)}" for name, value in kept.items())


def read_options(
    items: Iterable[tuple[str, str]], columns: Mapping[str, Column], prefer: str | None
) -> Options:
    """The options of a request. Raises `BadQuestion` for what cannot be read, `NotOffered` for what is not offered."""
    written: dict[str, str] = {}
    for name, value in items:
        if name not in _OFFERED | _OURS:
            raise NotOffered(f"/query/{name}") if name.startswith("$") else _wrong(name, "unknown")
        if name in written:
            raise _wrong(name)
        written[name] = unicodedata.normalize("NFC", value)
    if written.get("$format", "json").partition(";")[0] not in ("json", "application/json"):
        raise NotOffered("/query/$format")
    top = _whole(written, "$top")
    return Options(
        filter=read_filter(written["$filter"]) if "$filter" in written else None,
        select=_selected(written.get("$select", "*"), columns),
        order=ordering(written["$orderby"], columns) if "$orderby" in written else [],
        top=top,
        skip=_whole(written, "$skip") or 0,
        count=_one_of(written, "$count", ("true", "false")) == "true",
        after=written.get("$skiptoken"),
        page=_page(prefer),
        known_at=written.get("known_at"),
        valid_at=_day(written, "valid_at"),
        span=_span(written),
        written=written,
    )


def page_preferred(prefer: str | None) -> int | None:
    """The number of rows a page should have at most, as the header `Prefer` says; what it does not say is None."""
    for part in (prefer or "").replace(";", ",").split(","):
        name, _, value = part.strip().partition("=")
        if name.strip().lower().removeprefix("odata.") == "maxpagesize" and value.strip().isdecimal():
            return int(value) or None
    return None


def _page(prefer: str | None) -> int:
    return min(page_preferred(prefer) or PAGE, LARGEST_PAGE)


def _selected(written: str, columns: Mapping[str, Column]) -> tuple[str, ...]:
    names = [name.strip() for name in written.split(",")]
    if "*" in names:
        return tuple(columns)
    if not all(name in columns for name in names):
        raise _wrong("$select", "not-in-the-list")
    return tuple(name for name in columns if name in names)


def _span(written: Mapping[str, str]) -> Span:
    by: Step = _one_of(written, "by", get_args(Step)) or "month"  # type: ignore[assignment]
    return Span(by, _day(written, "from"), _day(written, "to"))


def _one_of(written: Mapping[str, str], name: str, values: tuple[str, ...]) -> str | None:
    value = written.get(name)
    if value is not None and value not in values:
        raise _wrong(name, "not-in-the-list")
    return value


def _whole(written: Mapping[str, str], name: str) -> int | None:
    value = written.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) < 16):
        raise _wrong(name)
    return int(value)


def _day(written: Mapping[str, str], name: str) -> date | None:
    try:
        return date.fromisoformat(written[name]) if name in written else None
    except ValueError:
        raise _wrong(name, "not-a-date") from None


def _wrong(name: str, code: str = "wrong-form") -> BadQuestion:
    return BadQuestion(faults=(Fault(f"/query/{name}", code),))
