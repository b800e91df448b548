"""Numbers with their edges, as plain tuples: the number, at least, at most (None: unbounded)."""

from collections.abc import Iterable
from typing import Any, Final

Edges = tuple[int, int, int | None]
NONE: Final[Edges] = (0, 0, 0)
ONE: Final[Edges] = (1, 1, 1)
MAYBE: Final[Edges] = (0, 0, 1)


def edges(number: Any) -> Edges:
    """What a number of a report may mean."""
    match number:
        case {"more_than": n}:
            return n, n + 1, None
        case {"at_least": n}:
            return n, n, None
        case {"less_than": n}:
            return n, 0, n - 1
        case {"at_most": n}:
            return n, 0, n
        case {"about": n}:
            return n, 0, None
    return number, number, number


def plus(one: Edges, other: Edges) -> Edges:
    high = None if one[2] is None or other[2] is None else one[2] + other[2]
    return one[0] + other[0], one[1] + other[1], high


def total(numbers: Iterable[Edges]) -> Edges:
    found = NONE
    for number in numbers:
        found = plus(found, number)
    return found


def at_most(number: Edges) -> Edges:
    """Of what only may be so, the upper edge."""
    return 0, 0, number[2]


def once(number: Edges) -> Edges:
    """Whether there is any."""
    value, low, high = number
    return min(value, 1), min(low, 1), 1 if high is None else min(high, 1)


def yes_or_no(sure: Iterable[bool]) -> Edges:
    told = list(sure)
    return ONE if any(told) else MAYBE if told else NONE


def while_there(number: Edges, there: Edges) -> Edges:
    return number if there[1] else (number[0] if there[0] else 0, 0, number[2])
