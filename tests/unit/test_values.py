"""Days and counts as people really know them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from shared.values import NOTHING, Count, Range, When, as_json, count, when

DAY = date(2024, 5, 28)


@pytest.mark.parametrize(
    ("text", "first", "last", "until"),
    [
        ("2024-05-28", DAY, DAY, None),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), None),
        ("2023", date(2023, 1, 1), date(2023, 12, 31), None),
        ("../2020-10-05", date.min, date(2020, 10, 5), None),
        ("../2020", date.min, date(2020, 12, 31), None),
        ("2024-05-28/2024-05-29", DAY, DAY, date(2024, 5, 29)),
    ],
)
def test_a_day_is_known_as_well_as_it_was_written(text: str, first: date, last: date, until: date | None):
    assert when(text) == When(text, first, last, until)


@pytest.mark.parametrize(
    "text",
    ["", "..", "../", "/2024", "2024-", "2024-13", "2024-02-30", "28/05/2024", "2024-05-29/2024-05-28", "1024-01-01",
     "2024-5-28", "2024-05-28T10:00", " 2024", "2024/..", "20２4", 20240528, None, ["2024"]],
)  # fmt: skip
def test_what_is_no_day_is_refused(text: object):
    with pytest.raises(PydanticCustomError):
        when(text)


def test_nothing_is_before_itself():
    month = when("2024-05")

    assert when("2024-04-30").surely_before(month)
    assert not when("2024-05-01").surely_before(month)
    assert not when("../2030").surely_before(month)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (42, Range(42, 42, 42)),
        (0, Range(0, 0, 0)),
        ({"more_than": 90}, Range(90, 91, None)),
        ({"at_least": 90}, Range(90, 90, None)),
        ({"less_than": 50}, Range(50, 0, 49)),
        ({"at_most": 50}, Range(50, 0, 50)),
        ({"about": 80}, Range(80, 0, None)),
    ],
)
def test_a_count_has_honest_edges(written: object, expected: Range):
    assert count(written).range == expected
    assert as_json(count(written)) == written


@pytest.mark.parametrize(
    "written",
    ["90", 4.5, -1, True, None, {}, {"more_than": "90"}, {"more_than": 1, "about": 1}, {"nearly": 4}, {"less_than": 0},
     2**53],
)  # fmt: skip
def test_what_is_no_count_is_refused(written: object):
    with pytest.raises(PydanticCustomError):
        count(written)


ranges = st.builds(
    lambda low, width, value: Range(value, low, None if width is None else low + width),
    st.integers(0, 1000), st.none() | st.integers(0, 1000), st.integers(0, 2000),
)  # fmt: skip


@given(ranges, ranges, ranges)
def test_sums_do_not_depend_on_order(a: Range, b: Range, c: Range):
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + NOTHING == a


@given(ranges, ranges)
def test_an_unbounded_part_makes_an_unbounded_sum(a: Range, b: Range):
    assert ((a + b).high is None) == (a.high is None or b.high is None)


def test_only_exact_counts_are_certain():
    assert Count(60).range.certain == 60
    assert Count(90, "more_than").range.certain == 0
