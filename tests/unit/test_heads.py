"""What a head count tells: its groups where it says them, never where they would have to be guessed."""

from typing import Any

import pytest
from hypothesis import given as forall
from hypothesis import strategies as st

from services.reporting.heads import SHARED, told_of
from services.reporting.indicators import INDICATORS, MEASURES
from shared.people import HeadCount
from shared.values import Range


def told(**heads: Any) -> dict[str, tuple[int, int, int | None]]:
    count = HeadCount.model_validate(heads)
    people = count.people()
    assert people is not None
    return {code: (it.value, it.low, it.high) for code, it in told_of(count, people)}


def test_a_head_count_of_the_whole_tells_nothing_but_members():
    assert told(total=54) == {"members": (54, 54, 54)}


def test_women_are_a_share_of_those_who_were_counted_with_them():
    assert told(women=38, men=16) == {
        "members": (54, 54, 54),
        "women_members": (38, 38, 38),
        "women_members.of": (54, 54, 54),
        "men_members": (16, 16, 16),
    }


def test_all_bands_beyond_a_line_tell_the_line():
    found = told(**{"under_55": 14, "55_59": 10, "60_69": 15, "70_79": 10, "80_plus": 5})

    assert (found["members_55_plus"], found["older_members"]) == ((40, 40, 40), (30, 30, 30))
    assert found["older_members.of"] == found["members"] == (54, 54, 54)


def test_a_line_said_in_so_many_words_is_taken_before_its_bands():
    assert told(**{"total": 54, "60_plus": 31, "60_69": 20})["older_members"] == (31, 31, 31)
    assert told(**{"total": 54, "55_59": 9, "60_plus": 31})["members_55_plus"] == (40, 40, 40)


@pytest.mark.parametrize("heads", [{"55_plus": 40}, {"60_69": 20, "70_79": 8}, {"under_55": 14}])
def test_a_line_that_would_have_to_be_guessed_is_not_told(heads: dict[str, int]):
    assert "older_members" not in told(total=54, **heads)


def test_nobody_is_a_number_too():
    assert told(total=54, poor=0)["poor_members"] == (0, 0, 0)


def test_groups_keep_their_edges():
    found = told(total={"about": 50}, poor={"more_than": 10})

    assert (found["poor_members"], found["poor_members.of"]) == ((10, 11, None), (50, 0, None))


COUNTS = st.one_of(st.integers(0, 90), st.builds(lambda n: {"more_than": n}, st.integers(0, 90)), st.none())
FIELDS = [field.alias or name for name, field in HeadCount.model_fields.items()]


@forall(st.dictionaries(st.sampled_from(FIELDS), COUNTS, min_size=1))
def test_whatever_is_told_is_an_indicator_and_every_share_has_its_whole(heads: dict[str, Any]):
    count = HeadCount.model_validate({name: number for name, number in heads.items() if number is not None})
    people = count.people() or Range(0, 0, None)

    found = dict(told_of(count, people))

    assert found.keys() <= MEASURES.keys()
    assert {f"{code}.of" for code in SHARED if code in found} == {
        code for code in found if code[-3:] == ".of"
    }
    assert {code for code in SHARED if code in INDICATORS} == set(SHARED)
