"""Norms and targets as data: which is in force, what breaks it, and that nothing in it was made up by a slip."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.codes import CODES
from shared.norms import NORMS, TARGETS, Norm, norms_in_force
from shared.saying import norm_words, norms_page
from shared.values import Range

SIZE, WOMEN = NORMS["1336.size"], NORMS["1336.women"]


def exactly(number: int) -> Range:
    return Range(number, number, number)


@pytest.mark.parametrize(
    ("day", "in_force"),
    [
        (date(2015, 5, 1), "helpage.size"),
        (date(2020, 8, 30), "helpage.size"),
        (date(2020, 8, 31), "1336.size"),
        (date(2025, 12, 31), "1336.size"),
        (date(2026, 1, 1), "1336.size"),  # No successor says how large a club is.
    ],
)
def test_the_latest_norm_of_a_measure_is_in_force_until_another_follows(day: date, in_force: str):
    assert norms_in_force(day)["members"].code == in_force


def test_the_volunteers_a_club_needs_became_more():
    assert norms_in_force(date(2024, 6, 1))["volunteers"].at_least == 5
    assert norms_in_force(date(2026, 6, 1))["volunteers"].at_least == 10


@pytest.mark.parametrize(
    ("members", "broken"),
    [
        (exactly(49), True),
        (exactly(50), False),
        (exactly(70), False),
        (exactly(71), True),
        (Range(43, 0, None), False),  # about 43: nobody knows
        (Range(50, 0, 49), True),  # gần 50: fewer, surely
        (Range(70, 71, None), True),  # hơn 70
        (Range(60, 61, None), False),  # hơn 60
    ],
)
def test_a_club_is_warned_about_only_if_it_surely_lies_outside(members: Range, broken: bool):
    assert SIZE.surely_broken(members) is broken


@pytest.mark.parametrize(
    ("women", "of", "broken"),
    [(38, 54, False), (39, 54, True), (33, 55, False), (32, 54, True), (0, 0, False)],
)
def test_a_share_counts_as_the_whole_percent_it_rounds_to(women: int, of: int, broken: bool):
    assert WOMEN.surely_broken(exactly(women), exactly(of)) is broken


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 200))
def test_a_wider_range_never_breaks_a_norm_that_one_of_its_numbers_keeps(one: int, low: int, high: int):
    range = Range(one, min(one, low), max(one, high))

    if not SIZE.surely_broken(exactly(one)):
        assert not SIZE.surely_broken(range)


def test_about_has_a_tolerance_and_says_that_it_is_ours():
    for norm in NORMS.values():
        assert (norm.about is not None) == (norm.tolerance > 0) == ("tolerance" in norm.ours)
    assert NORMS["helpage.older_55"].bounds == (60, 80)


def test_an_undated_norm_says_that_its_boundary_is_ours():
    assert [
        norm.code for norm in NORMS.values() if norm.valid_from is None and "valid_from" not in norm.ours
    ] == []


def test_nothing_is_held_against_1533_whose_numbers_were_not_found():
    found = [norm for norm in NORMS.values() if norm.code.startswith("1533.")]

    assert found
    assert all(norm.bounds == (None, None) for norm in found)
    assert not any(norm.surely_broken(exactly(0), exactly(1)) for norm in found)


@pytest.mark.parametrize("norm", NORMS.values(), ids=NORMS)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_norm_says_its_own_numbers_in_both_languages(norm: Norm, lang: str):
    numbers = {int(number) for number in re.findall(r"\d+", norm.says[lang])}

    assert norm.name[lang]
    stated = {norm.at_least, norm.at_most, norm.about, norm.tolerance or None} - {None}
    assert stated <= numbers
    assert norm_words(norm)[f"definition_{lang}"] == norm.says[lang]


def test_the_page_of_norms_shows_each_norm_and_how_long_it_holds():
    page = norms_page("en")

    assert len(page.splitlines()) == len(NORMS) + 2
    assert (
        "| `1336.size` | Members of a club. A club has 50 to 70 members. | 31 August 2020 – 31 December 2025 |"
        in page
    )
    assert "| the start (the source is undated) |" in page


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: f"{target.scheme}.{target.indicator}")
def test_a_target_is_a_number_or_a_share_of_something_that_has_a_name(target):
    assert (target.value is None) != (target.percent is None)
    assert (target.of is None) == (target.percent is None)
    assert {target.indicator, target.of} - {None} <= CODES["figure"].keys()
    assert target.source
