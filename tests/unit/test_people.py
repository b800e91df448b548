"""Head counts: any subset of the whole, never added up where groups overlap."""

import pytest

from shared.people import HeadCount
from shared.values import Range


def heads(**counts: object) -> HeadCount:
    return HeadCount.model_validate(counts)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"total": 54}, Range(54, 54, 54)),
        ({"total": {"more_than": 90}, "women": 20}, Range(90, 91, None)),
        ({"women": 38, "men": 16}, Range(54, 54, 54)),
        ({"women": 38, "men": 16, "unstated": 2}, Range(56, 56, 56)),
        ({"women": 38}, Range(38, 38, None)),
        ({"unstated": 45}, Range(45, 45, 45)),
        ({"under_55": 20, "55_plus": 23}, Range(43, 43, 43)),
        ({"under_55": 11, "55_59": 9, "60_69": 24, "70_79": 8, "80_plus": 2}, Range(54, 54, 54)),
        ({"60_plus": 31}, Range(31, 31, None)),
        ({"poor": 14, "near_poor": 10}, None),
        ({}, None),
    ],
)
def test_the_whole_is_what_the_report_says_and_no_more(counts: dict, expected: Range | None):
    assert heads(**counts).people() == expected


@pytest.mark.parametrize(
    ("counts", "wrong"),
    [
        ({"women": 31, "men": 17, "total": 40}, ["men"]),
        ({"women": 31, "men": 17, "total": 48}, []),
        ({"women": {"more_than": 31}, "men": 17, "total": 48}, ["men"]),
        ({"women": 31, "men": 17, "total": {"about": 20}}, []),
        ({"total": 50, "under_55": 30, "55_plus": 21}, ["55_plus"]),
        ({"total": 50, "poor": 51}, ["poor"]),
        ({"total": 50, "poor": 50, "disabled": 50}, []),
        ({"60_plus": 20, "60_69": 15, "70_79": 6}, ["60_plus"]),
        ({"55_plus": 20, "55_59": 15, "60_plus": 6}, ["55_plus"]),
        ({"women": 20, "poor": 40}, []),
    ],
)
def test_parts_beyond_their_whole_cannot_be_true(counts: dict, wrong: list[str]):
    assert heads(**counts).contradictions() == wrong
