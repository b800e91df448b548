"""Targets beside what is counted: exact numbers, and no promise the honest edges do not keep."""

from fractions import Fraction
from typing import Any

import pytest

from services.reporting.targets import Aim, Counted, Met, as_set, met, progress, shipped, stretch
from shared.norms import TARGETS
from shared.values import Range


def exactly(number: int) -> Range:
    return Range(number, number, number)


SET = {
    "subject": "province:2025-07:08",
    "position": 26,
    "scheme": "1648",
    "indicator": "clubs",
    "value": 200,
    "percent": None,
    "since": None,
    "by": "2030-12-31",
    "citation": {"title": "Báo Tuyên Quang"},
}


def test_a_provinces_target_stands_beside_what_is_counted():
    [row] = progress([as_set(SET)], lambda _: Counted(exactly(135)))

    assert row == {
        "scheme": "1648",
        "indicator": "clubs",
        "scope": "province:2025-07:08",
        "place": None,
        "value": 200,
        "percent": None,
        "of": None,
        "since": None,
        "by": "2030-12-31",
        "source": "Báo Tuyên Quang",
        "position": 26,
        "counted": {"value": 135, "low": 135, "high": 135, "certain": 135},
        "counted_of": None,
        "reached": {"numerator": 135, "denominator": 200},
        "met": "no",
    }


def test_the_shipped_targets_of_a_scheme_come_by_their_due_day():
    rows = progress(map(shipped, TARGETS), lambda _: None, scheme="1648")

    assert [row["value"] for row in rows if row["indicator"] == "new_clubs"] == [6000, 12000]
    assert [row["by"] for row in rows] == sorted(row["by"] for row in rows)
    assert {row["scheme"] for row in rows} == {"1648"}
    assert {(row["counted"], row["reached"], row["met"]) for row in rows} == {(None, None, "unknown")}


def test_a_share_that_a_province_wants_knows_its_whole():
    aim = as_set(SET | {"indicator": "communes_with_club", "value": None, "percent": "90"})
    [row] = progress([aim], lambda aim: Counted(exactly(72), exactly(124)))

    assert row["of"] == "communes"
    assert row["reached"] == {"numerator": 72, "denominator": 124}
    assert row["met"] == "no"


def aim(**wanted: Any) -> Aim:
    return as_set(SET | {"value": None, "indicator": "communes_with_club"} | wanted)


@pytest.mark.parametrize(
    ("wanted", "counted", "expected"),
    [
        (aim(value=200), Counted(exactly(200)), "yes"),
        (aim(value=200), Counted(Range(190, 190, None)), "unknown"),
        (aim(value=200), Counted(Range(210, 0, None)), "unknown"),
        (aim(value=200), Counted(Range(200, 0, 199)), "no"),
        (aim(value={"more_than": 200}), Counted(exactly(200)), "no"),
        (aim(value={"less_than": 200}), Counted(exactly(200)), "yes"),
        (aim(percent="62.5"), Counted(exactly(5), exactly(8)), "yes"),
        (aim(percent="62.6"), Counted(exactly(5), exactly(8)), "no"),
        (aim(percent="50"), Counted(exactly(5), Range(8, 8, None)), "unknown"),
        (aim(percent="50"), Counted(exactly(5)), "unknown"),
        (aim(percent="50"), Counted(exactly(0), exactly(0)), "unknown"),
        (aim(percent="50"), None, "unknown"),
    ],
)
def test_a_target_is_met_only_if_the_edges_cannot_undo_it(
    wanted: Aim, counted: Counted | None, expected: Met
):
    assert met(wanted, counted) == expected


@pytest.mark.parametrize(
    ("wanted", "counted", "sure", "possible"),
    [
        (aim(value=200), Counted(exactly(50)), Fraction(1, 4), Fraction(1, 4)),
        (aim(value=200), Counted(Range(60, 50, 80)), Fraction(1, 4), Fraction(2, 5)),
        (aim(value=200), Counted(Range(60, 50, None)), Fraction(1, 4), None),
        (aim(percent="90"), Counted(Range(20, 1, 85), Range(60, 10, 100)), Fraction(1, 100), Fraction(17, 2)),
        (aim(percent="90"), Counted(Range(20, 1, 85), Range(60, 0, 547)), Fraction(1, 547), None),
        (aim(percent="90"), Counted(Range(20, 1, 85), Range(60, 10, None)), Fraction(0), Fraction(17, 2)),
        (aim(percent="90"), Counted(exactly(0), exactly(0)), Fraction(0), None),
        (aim(percent="90"), None, Fraction(0), None),
    ],
)
def test_a_target_is_reached_from_a_share_to_a_share(
    wanted: Aim, counted: Counted | None, sure: Fraction, possible: Fraction | None
):
    [row] = progress([wanted], lambda _: counted)

    assert stretch(row) == (sure, possible)
