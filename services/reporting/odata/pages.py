"""One page of a table: filtered, ordered, cut, and the way to the next."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Final

from odata_query import ast

from services.reporting.figures import RULES
from services.reporting.odata.columns import Row
from services.reporting.odata.filtering import asked_for, matching, sorted_by
from services.reporting.odata.options import Options
from services.reporting.odata.rows import Source
from services.reporting.odata.sets import EntitySet
from services.reporting.parts import Parts
from shared.access import Token
from shared.problems import BadQuestion, Fault, NotFound

MOST_KEPT: Final = 60_000  # Rows kept for the pages still to be asked for; of one answer, always all.


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a page, how many match in all, the query of the next page, and what the answer rests on."""

    rows: list[dict[str, Any]]
    total: int
    next: str | None
    annotations: dict[str, Any]


class Kept:
    """The newest answers, whole: at one position an answer never changes, and its pages are asked for in a row."""

    def __init__(self) -> None:
        self._found: OrderedDict[Hashable, list[Row]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, question: Hashable, answer: Callable[[], list[Row]]) -> list[Row]:
        """The rows kept for the question; worked out if there are none."""
        with self._lock:
            if question in self._found:
                self._found.move_to_end(question)
                return self._found[question]
        found = answer()
        with self._lock:
            self._found[question] = found
            while len(self._found) > 1 and sum(map(len, self._found.values())) > MOST_KEPT:
                self._found.popitem(last=False)
        return found


class Tables:
    """Reads the tables of the feed."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._kept = parts, Kept()

    def page(self, one: EntitySet, asked: Options, reader: Token | None) -> Page:
        """The page asked for. Raises `BadQuestion`, `NotOffered` or `NotCaughtUp`."""
        rows, source = self._matching(one, asked, reader)
        key, order = one.key.name, asked.order
        ordered = sorted_by(rows, order, key)[asked.skip if asked.after is None else 0 :]
        if asked.after is not None:
            ordered = ordered[_behind(ordered, key, asked.after) :]
        wanted = ordered[: asked.top]
        page = wanted[: asked.page]
        following = None
        if len(wanted) > len(page):
            left = None if asked.top is None else asked.top - len(page)
            clocks = source.clocks
            following = asked.following(clocks.position, clocks.valid_at, str(page[-1][key]), left)
        shown = [{name: row[name] for name in asked.select} for row in page]
        return Page(shown, len(rows), following, _annotations(source))

    def entity(
        self, one: EntitySet, key: str, asked: Options, reader: Token | None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The row with this key, and what the answer rests on. Raises `NotFound`."""
        rows, source = self._matching(one, asked, reader)
        found = next((row for row in rows if str(row[one.key.name]) == key), None)
        if found is None:
            raise NotFound
        return {name: found[name] for name in asked.select}, _annotations(source)

    def count(self, one: EntitySet, asked: Options, reader: Token | None) -> int:
        """How many rows match."""
        return len(self._matching(one, asked, reader)[0])

    def _matching(self, one: EntitySet, asked: Options, reader: Token | None) -> tuple[list[Row], Source]:
        wanted = matching(asked.filter, one.by_name) if asked.filter is not None else None
        indicators = _indicators(one, asked.filter)
        with self._parts.asked(asked.known_at, asked.valid_at, reader) as (connection, clocks):
            source = Source(connection, clocks, asked.span, indicators)
            question = (one.name, clocks.position, clocks.valid_at, clocks.least, asked.span, indicators)
            rows = self._kept.get(question, lambda: list(one.rows(source)))
        return [row for row in rows if wanted is None or wanted(row)], source


def _indicators(one: EntitySet, filter: ast._Node | None) -> frozenset[str] | None:
    """The indicators the rows can be of, so that no others are counted."""
    return asked_for(filter, "indicator") if "indicator" in one.by_name else None


def _behind(rows: list[Row], key: str, after: str) -> int:
    """Where the rows behind the one with this key begin."""
    for at, row in enumerate(rows):
        if str(row[key]) == after:
            return at + 1
    raise BadQuestion(faults=(Fault("/query/$skiptoken", "not-in-the-list"),))


def _annotations(source: Source) -> dict[str, Any]:
    return {f"@ishc.{name}": value for name, value in source.clocks.as_json().items()} | {
        "@ishc.rules": RULES
    }
