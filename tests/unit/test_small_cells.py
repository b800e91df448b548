"""Small numbers of people are hidden, whatever the numbers: no cell that is told is false, and none is alone."""

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.amounts import Amounts
from services.reporting.small_cells import fewer_than, hidden
from shared.values import Range

LEAST = 5
CELLS = st.lists(st.integers(0, 200).map(lambda n: Amounts.of(Range(n, n, n))), max_size=12)


@given(CELLS)
def test_no_number_between_zero_and_the_threshold_is_told(cells: list[Amounts]):
    told = hidden(cells, LEAST)

    assert all(below for cell, below in zip(cells, told, strict=True) if 0 < cell.value < LEAST)
    assert not any(below for cell, below in zip(cells, told, strict=True) if cell.value == 0)


@given(CELLS)
def test_what_is_told_instead_is_true(cells: list[Amounts]):
    for cell, below in zip(cells, hidden(cells, LEAST), strict=True):
        if below:
            instead = fewer_than(below, cell).range
            assert instead.low <= cell.value <= (instead.high or 0)
            assert instead.certain == 0


@given(CELLS)
def test_a_hidden_cell_is_never_the_only_one_that_is_not_zero_beside_told_ones(cells: list[Amounts]):
    told = hidden(cells, LEAST)
    shown = [cell for cell, below in zip(cells, told, strict=True) if cell.value and not below]

    assert sum(map(bool, told)) != 1 or not shown


def test_the_smallest_of_the_others_goes_with_it_and_its_size_is_only_outlined():
    cells = [Amounts.of(Range(n, n, n)) for n in (3, 0, 54, 12)]

    assert hidden(cells, LEAST) == [5, 0, 0, 20]


def test_a_number_without_an_upper_edge_is_not_small():
    more_than_three = Amounts.of(Range(3, 4, None))

    assert hidden([more_than_three], LEAST) == [0]
