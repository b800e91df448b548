"""Numbers of a device's counter: whatever their order and grouping, the same ranges and the same gaps."""

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from services.registry.sequences import MOST, gaps, joined, with_number

NUMBERS = st.lists(st.integers(0, 60))


def ranges_of(numbers: list[int]) -> list[tuple[int, int]]:
    return reduce(with_number, numbers, [])


def numbers_in(ranges: list[tuple[int, int]]) -> set[int]:
    return {number for first, last in ranges for number in range(first, last + 1)}


@given(NUMBERS)
def test_the_ranges_hold_the_numbers_received_and_no_others(numbers: list[int]):
    assert numbers_in(ranges_of(numbers)) == set(numbers)


@given(NUMBERS)
def test_the_gaps_are_what_is_missing_between_the_first_and_the_last(numbers: list[int]):
    between = set(range(min(numbers), max(numbers))) if numbers else set()

    assert numbers_in(gaps(ranges_of(numbers))) == between - set(numbers)


@given(NUMBERS.flatmap(lambda numbers: st.tuples(st.just(numbers), st.permutations(numbers))))
def test_any_order_gives_the_same_ranges(orders: tuple[list[int], list[int]]):
    received, otherwise = orders

    assert ranges_of(received) == ranges_of(otherwise)


@given(st.lists(NUMBERS))
def test_any_grouping_gives_the_same_ranges(groups: list[list[int]]):
    one_by_one = ranges_of([number for group in groups for number in group])

    assert joined([each for group in groups for each in ranges_of(group)]) == one_by_one


@given(NUMBERS)
def test_no_two_ranges_could_be_one(numbers: list[int]):
    assert all(first <= last for first, last in gaps(ranges_of(numbers)))


def test_beyond_the_most_ranges_the_oldest_gap_is_forgotten():
    odd = [(number, number) for number in range(1, 2 * MOST + 2, 2)]

    kept = joined(odd)

    assert len(odd) == MOST + 1
    assert kept == [(1, 3), *odd[2:]]
    assert gaps(kept) == gaps(odd)[1:]
