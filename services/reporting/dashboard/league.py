"""The tables of places and clubs: a line each, in the order the reader wants."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, Literal, TypeVar

from services.reporting.dashboard.columns import COLUMN
from services.reporting.figures import Part, Sum

T = TypeVar("T")
Order = Literal["asc", "desc"]
_LETTERS: Final = {letter: place for place, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
_TONES: Final = "\u0300\u0309\u0303\u0301\u0323"  # à ả ã á ạ, in the order of dictionaries


@dataclass(frozen=True, slots=True)
class Line:
    """A place or club with its figures by indicator; None: nobody reported, which is no zero. `note` tells it apart
    from another of the same name; `code` None: it could not be told which place it is. `scope` names it in a question.
    """

    code: str | None
    name: str
    figures: Mapping[str, Sum | None]
    note: str = ""
    link: str | None = None
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class League:
    """The lines in order, what could not be placed, and the totals of all. `whys` are the addresses, but for the scope,
    that tell why a column's figures changed.
    """

    lines: Sequence[Line]
    unplaced: Sequence[Line]
    totals: Mapping[str, Sum]
    columns: Sequence[str]
    sort: str
    order: Order
    whys: Mapping[str, str]

    def turned(self, column: str) -> Order:
        """The order a second press on a column's head asks for."""
        if column == self.sort:
            return "asc" if self.order == "desc" else "desc"
        return "asc" if column == "name" else "desc"

    def aria(self, column: str) -> str | None:
        """What the head of the column that sorts says of itself."""
        return {"asc": "ascending", "desc": "descending"}[self.order] if column == self.sort else None


def figures_of(rows: Mapping[str, Part | None], reported: bool) -> dict[str, Sum | None]:
    """The figures of one place: zero where others of it were reported, nothing where it never was."""
    return {indicator: figure_of(indicator, part, reported) for indicator, part in rows.items()}


def figure_of(indicator: str, part: Part | None, reported: bool) -> Sum | None:
    """One of them."""
    if part is not None:
        return told(indicator, part.sum)
    return Sum() if reported and _added_up(indicator) else None


def league(
    lines: Iterable[Line],
    totals: Mapping[str, Sum],
    columns: Sequence[str],
    sort: str | None,
    order: str | None,
    first: str = "clubs",
    whys: Mapping[str, str] | None = None,
) -> League:
    """The lines sorted by a column or by name."""
    by, turned = order_of(columns, sort, order, first)
    lines = sorted(lines, key=lambda line: vietnamese(line.name))
    placed, unplaced = [one for one in lines if one.code], [one for one in lines if not one.code]
    ordered = in_order(
        placed, lambda line: vietnamese(line.name), lambda line: line.figures.get(by), by, turned
    )
    return League(ordered, unplaced, totals, columns, by, turned, whys or {})


def order_of(columns: Sequence[str], sort: str | None, order: str | None, first: str) -> tuple[str, Order]:
    """The column, or `name`, that a table is sorted by, and which way: as asked for, else as is usual."""
    by = sort if sort in (*columns, "name") else first
    return by, "asc" if order == "asc" or (order != "desc" and by == "name") else "desc"


def in_order(
    items: Iterable[T], name: Callable[[T], Any], figure: Callable[[T], Sum | None], by: str, turned: Order
) -> list[T]:
    """Sorted by figure, and by a key of the name where figures are alike; what has none comes last in any order."""
    named = sorted(items, key=name)
    if by == "name":
        return named[:: 1 if turned == "asc" else -1]
    figures = [(figure(one), one) for one in named]
    told = [(_rank(found), one) for found, one in figures if found]
    told.sort(key=itemgetter(0), reverse=turned == "desc")
    return [one for _, one in told] + [one for found, one in figures if not found]


@lru_cache(maxsize=20_000)  # Names of clubs and places come again with every page.
def vietnamese(name: str) -> list[tuple[list[int], list[int]]]:
    """A key that sorts as dictionaries do: word by word, letters before tones, đ after d, ă and â after a."""
    return [_word(word) for word in unicodedata.normalize("NFC", name).casefold().split()]


def _word(word: str) -> tuple[list[int], list[int]]:
    letters, tones = [], []
    for char in word:
        parts = unicodedata.normalize("NFD", char)
        tone = next((_TONES.index(mark) + 1 for mark in parts if mark in _TONES), 0)
        bare = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in _TONES))
        letters.append(_LETTERS.get(bare, ord(bare[0]) - 0x110000))
        tones.append(tone)
    return letters, tones


def _rank(sum: Sum | None) -> float:
    if sum is None or sum.of is None:
        return sum.amounts.value if sum else -1
    value = sum.as_json()["value"]
    return -1 if value is None else float(value)


def told(indicator: str, sum: Sum) -> Sum | None:
    """The figure, if anybody told of it: members counted so long ago that nobody knows are no zero."""
    return sum if _added_up(indicator) or sum.amounts or sum.of else None


def _added_up(indicator: str) -> bool:
    return COLUMN[indicator].added_up if indicator in COLUMN else True
