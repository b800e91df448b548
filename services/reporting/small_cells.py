"""Small numbers of people, which only offices see: everybody else reads "fewer than 5". Pure.

A few people in a commune are neighbours who know each other. Zero is shown: it tells of nobody.
"""

from collections.abc import Sequence

from services.reporting.amounts import Amounts


def hidden(cells: Sequence[Amounts], least: int) -> list[int]:
    """For each cell what it is told to be fewer than; 0 where it is shown.

    One hidden cell alone could be found by taking the others from their sum: the smallest of them is hidden as well.
    """
    told = [_beyond(cell, least) if _is_small(cell, least) else 0 for cell in cells]
    others = [
        number for number, cell in enumerate(cells) if cell.high and not cell.unbounded and not told[number]
    ]
    if sum(map(bool, told)) == 1 and others:
        second = min(others, key=lambda number: cells[number].high)
        told[second] = _beyond(cells[second], least)
    return told


def fewer_than(below: int, cell: Amounts) -> Amounts:
    """What is told instead of a cell: from one, or from zero where even that is not sure."""
    return Amounts(below, min(1, cell.low), below - 1)


def _is_small(cell: Amounts, least: int) -> bool:
    return not cell.unbounded and (0 < cell.high < least or 0 < cell.value < least)


def _beyond(cell: Amounts, least: int) -> int:
    """The threshold, doubled until the cell is below it: how much it is below tells little."""
    below = least
    while below <= max(cell.value, cell.high):
        below *= 2
    return below
