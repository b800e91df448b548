"""Which numbers of a device's own counter were received, as ranges; what lies between them is missing. Pure.

The counter (`deviceseq`) only grows. A device that is set up anew begins again with numbers seen before: no gap can be
told until it is beyond them.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

Range = tuple[int, int]  # From and to, both received.

MOST: Final = (
    1000  # Ranges kept of one device. Beyond, its oldest gaps are forgotten: they count as received.
)


def with_number(seen: list[Range], number: int) -> list[Range]:
    """The ranges after one more number, nearly always the next one."""
    if seen and number == seen[-1][1] + 1:
        return [*seen[:-1], (seen[-1][0], number)]
    return joined([*seen, (number, number)])


def joined(ranges: Iterable[Range]) -> list[Range]:
    """The same numbers in as few ranges as can be, in order; at most `MOST`, for which the oldest gaps are closed."""
    found: list[Range] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    if len(found) <= MOST:
        return found
    newest = found[1 - MOST :]
    return [(found[0][0], found[-MOST][1]), *newest]


def gaps(seen: Iterable[Range]) -> list[Range]:
    """The numbers never received between those that were, as ranges. Before the first there is no telling."""
    return [(before + 1, after - 1) for (_, before), (after, _) in pairwise(seen)]
