"""Effects that come to one: nothing is kept twice, and what takes back as much as it adds is not kept at all."""

from collections import Counter

from hypothesis import given as forall
from hypothesis import strategies as st

from services.reporting.effects import Effect, Stay, effect, moved, net
from services.reporting.sites import site
from shared.places import Place
from shared.values import Range, when

HERE = site(Place(list="2025-07", province="08"))
DAYS = [when(day) for day in ("2026-05-12", "2026-05", "2026-11-02")]


def members(number: int, on: str = "2026-05-12", until: str | None = None) -> list[Effect]:
    """People who come in on a day, and leave on another."""
    comes = effect("members", "club:a", when(on), HERE, Range(number, number, number))
    if until is None:
        return [comes]
    stay = Stay(until, until, leaves=True, place=HERE)
    return [comes, moved("members", "club:a", stay, Range(number, number, number))]


def test_who_is_counted_anew_on_the_day_the_old_count_ends_is_told_by_the_difference():
    ends, comes = members(54, on="2024-05-12", until="2026-05-12")[1], members(57)
    found = net(Counter([ends, *comes]))
    assert [(one.first_day, one.value, one.certain) for one in found] == [("2026-05-12", 3, 3)]


def test_a_count_that_finds_as_many_people_as_the_one_before_adds_nothing_on_its_day():
    ends, comes = members(54, on="2024-05-12", until="2026-05-12")[1], members(54)
    assert net(Counter([ends, *comes])) == []


def test_on_one_day_to_leave_is_to_enter_less_and_on_several_it_is_not():
    some = Range(5, 5, 5)
    on_a_day, within_a_month = (
        moved("members", "club:a", Stay(day.first.isoformat(), day.last.isoformat(), True, HERE), some)
        for day in DAYS[:2]
    )
    assert (on_a_day.leaves, on_a_day.value) == (False, -5)
    assert (within_a_month.leaves, within_a_month.value) == (True, -5)


ranges = st.builds(
    lambda low, more, open_: Range(low + more, low, None if open_ else low + 2 * more),
    st.integers(0, 3),
    st.integers(0, 2),
    st.booleans(),
)
some_effects = st.builds(
    lambda indicator, day, leaves, amount: moved(
        indicator, "club:a", Stay(day.first.isoformat(), day.last.isoformat(), leaves, HERE), amount
    ),
    st.sampled_from(["members", "women_members"]),
    st.sampled_from(DAYS),
    st.booleans(),
    ranges,
)


@forall(st.dictionaries(some_effects, st.integers(-3, 3)))
def test_nothing_is_lost_and_nothing_is_told_twice(told: dict[Effect, int]):
    found = net(told)
    assert len({one[:-5] for one in found}) == len(found)
    assert all(any(one[-5:]) for one in found)
    assert added_up((one, 1) for one in found) == added_up(told.items())


def added_up(told) -> dict:
    """By all that tells effects apart: their five amounts."""
    sums: dict = {}
    for one, number in told:
        before = sums.get(one[:-5], (0,) * 5)
        sums[one[:-5]] = tuple(a + number * b for a, b in zip(before, one[-5:], strict=True))
    return {what: amounts for what, amounts in sums.items() if any(amounts)}
