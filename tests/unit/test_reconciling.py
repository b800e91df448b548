"""Printed figures beside counted ones: the defects seen in print are named, and nothing is added up."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.reconciling import difference, reconcile
from shared.values import Range

_positions = itertools.count(1)
THANH_HOA, HA_NOI = "province:pre-2025:38", "province:pre-2025:01"


def printed(
    indicator: str, value: Any, on: str | None, subject: str = "programme", **more: Any
) -> dict[str, Any]:
    """A row as the list of printed figures has it."""
    nothing = {"place": None, "note": None, "citation": None}
    known = {
        "position": next(_positions),
        "subject": subject,
        "indicator": indicator,
        "value": value,
        "as_of": on,
    }
    return known | nothing | more


def found(*rows: dict[str, Any]) -> set[tuple[str, tuple[int, ...]]]:
    """The defects, by their code and the numbers of the rows they name."""
    number = {row["position"]: index for index, row in enumerate(rows)}
    return {
        (defect.code, tuple(number[position] for position in defect.positions))
        for row in reconcile(rows, {})
        for defect in row.defects
    }


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [
                printed("clubs", {"about": 6521}, "2023-12-31"),
                printed("members", {"about": 456470}, "2023-12-31"),
            ],
            {("product-of-clubs", (0, 1))},
        ),
        (
            [
                printed("new_clubs", 6000, "../2025-05-08"),
                printed("members", {"at_least": 330000}, "../2025-05-08"),
                printed("older_members", {"at_least": 231000}, "../2025-05-08"),
            ],
            {("product-of-clubs", (0, 1)), ("seventy-percent", (2, 1))},
        ),
        (
            [printed("clubs", 784, "2020-06", THANH_HOA), printed("members", 43120, "2020-06", THANH_HOA)],
            {("product-of-clubs", (0, 1))},
        ),
        (
            [printed("clubs", 784, "2020-06", THANH_HOA), printed("members", 43120, "2020-06", HA_NOI)],
            set(),  # Other places.
        ),
        (
            [printed("clubs", 784, "2017-06", THANH_HOA), printed("members", 43120, "2020-06", THANH_HOA)],
            set(),  # Other years.
        ),
        ([printed("clubs", 1, "2020-06"), printed("members", 60, "2020-06")], set()),
        (
            [printed("clubs", 528, "2025-06", HA_NOI), printed("clubs", 516, "2025-10", HA_NOI)],
            {("falls", (0, 1))},
        ),
        (
            [printed("clubs", 516, "2025-10", HA_NOI), printed("clubs", 528, "2025-06", HA_NOI)],
            {("falls", (1, 0))},
        ),
        (
            [
                printed("members", {"more_than": 484000}, "2024-12-31"),
                printed("members", {"at_least": 330000}, "../2025-05-08"),
            ],
            {("falls", (0, 1))},
        ),
        ([printed("clubs", {"more_than": 510}, "2024"), printed("clubs", {"more_than": 500}, "2025")], set()),
        ([printed("clubs", 516, "2024"), printed("clubs", 528, "2025")], set()),
        ([printed("meetings", 516, "2024"), printed("meetings", 12, "2025")], set()),  # Not cumulative.
        (
            [printed("communes_with_club", 160, "2024"), printed("communes", 151, "2024")],
            {("does-not-fit", (1, 0))},
        ),
        (
            [printed("communes_with_club", 104, "2024"), printed("clubs", 103, "2024")],
            {("does-not-fit", (1, 0))},
        ),
        ([printed("communes_with_club", {"about": 104}, "2024"), printed("clubs", 103, "2024")], set()),
        (
            [printed("members", 24000, "2024", HA_NOI), printed("clubs", 120, "2024", HA_NOI)],
            {("wrong-denominator", (1, 0))},
        ),
        (
            [printed("members", {"more_than": 1000}, "2022-12"), printed("clubs", 34, "2022-12")],
            set(),  # Lai Châu: 29.4 a club, and more.
        ),
        ([printed("members", 6836, "2025-11-13"), printed("clubs", 135, "2025-11-13")], set()),
        (
            [
                printed("fund_vnd", {"more_than": 6_500_000_000}, "2025-11-13"),
                printed("fund_per_club_vnd", 48_000_000, "2025-11-13"),
                printed("clubs", 135, "2025-11-13"),
                printed("clubs_with_income_fund", 102, "2025-11-13"),
            ],
            {("wrong-average", (0, 1))},  # Tuyên Quang: 64 million for each club that has a fund.
        ),
    ],
)
def test_the_defects_seen_in_print_are_named(rows: list[dict[str, Any]], expected: set[Any]):
    assert found(*rows) == expected


def test_figures_of_no_day_belong_together_if_they_stand_on_one_page():
    page, other = {"citation": {"url": "https://a.example/1"}}, {"citation": {"url": "https://a.example/2"}}
    clubs, members = printed("clubs", 784, None, **page), printed("members", 43120, None, **page)

    assert found(clubs, members) == {("product-of-clubs", (0, 1))}
    assert found(clubs, members | other) == set()


def test_a_village_is_not_its_province():
    inside = {"place": {"list": "pre-2025", "province": "38", "village": "thôn 1"}}
    whole = {"place": {"list": "pre-2025", "province": "38"}}

    assert (
        found(printed("clubs", 784, "2020", THANH_HOA), printed("clubs", 2, "2021", THANH_HOA, **inside))
        == set()
    )
    assert found(printed("clubs", 784, "2020", THANH_HOA), printed("clubs", 2, "2021", THANH_HOA, **whole))


def test_a_figure_stands_beside_what_we_count_with_both_edges():
    row = printed("clubs", {"more_than": 130}, "2025-11-13")
    [reconciled] = reconcile([row], {row["position"]: Range(4, 4, 4)})

    answer = reconciled.as_json("vi")

    assert answer["printed"] == {"value": 130, "low": 131, "high": None, "certain": 0}
    assert answer["counted"] == {"value": 4, "low": 4, "high": 4, "certain": 4}
    assert answer["difference"] == {"value": -126, "low": None, "high": -127}
    assert (answer["defects"], answer["warnings"]) == ([], [])


def test_what_we_do_not_count_has_no_difference():
    [reconciled] = reconcile([printed("gifts", 12, None)], {})

    assert (reconciled.as_json("en")["counted"], reconciled.as_json("en")["difference"]) == (None, None)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_defect_and_the_warnings_of_the_report_are_said(lang: str):
    share = {"printed_shares": [{"percent": "11.5", "count": 89, "of": 855}]}
    rows = [
        printed("clubs", 784, "2020"),
        printed("members", 43120, "2020", citation=share),
        printed("older_members", 30184, "2020"),
        printed("communes_with_club", 785, "2020"),
        printed("clubs", 700, "2021"),
        printed("members", 100, "2021"),
        printed("fund_vnd", 100_000_000, "2021"),
        printed("fund_per_club_vnd", 142_857, "2021"),
        printed("clubs_with_income_fund", 350, "2021"),
    ]

    said = [row.as_json(lang) for row in reconcile(rows, {})]

    assert [warning["code"] for warning in said[1]["warnings"]] == ["printed-share"]
    assert {defect["code"] for row in said for defect in row["defects"]} == {
        "product-of-clubs",
        "seventy-percent",
        "does-not-fit",
        "falls",
        "wrong-denominator",
        "wrong-average",
    }
    details = [one["detail"] for row in said for one in row["defects"] + row["warnings"]]
    assert all(detail and "{" not in detail for detail in details)
    assert any(("43.120" if lang == "vi" else "43,120") in detail for detail in details)


ROWS = st.lists(
    st.builds(
        printed,
        st.sampled_from(["clubs", "members", "older_members", "communes"]),
        st.one_of(st.integers(0, 500), st.integers(0, 500).map(lambda n: {"more_than": n})),
        st.sampled_from([None, "2023", "2024", "../2025-05-08"]),
        st.sampled_from(["programme", THANH_HOA]),
    ),
    max_size=12,
)


@given(ROWS, st.lists(st.booleans(), min_size=12, max_size=12), st.data())
def test_parting_the_rows_never_changes_the_sums(rows: list[dict[str, Any]], first: list[bool], data: Any):
    counted = {row["position"]: Range(n := data.draw(st.integers(0, 500)), n, n) for row in rows}
    parts = [[row for row, mine in zip(rows, first, strict=False) if mine is part] for part in (True, False)]

    def sums(*groups: list[dict[str, Any]]) -> tuple[int, int, int]:
        done = [one for group in groups for one in reconcile(group, counted)]
        return (
            sum(one.printed.value for one in done),
            sum(one.counted.value for one in done if one.counted),
            sum(one.difference.value for one in done if one.difference),
        )

    assert sums(rows) == sums(*parts)
    assert sums(rows)[2] == sums(rows)[1] - sums(rows)[0]


@given(ROWS, st.randoms())
def test_the_order_of_the_rows_finds_no_other_defects(rows: list[dict[str, Any]], random: Any):
    def codes(rows: list[dict[str, Any]]) -> set[Any]:
        return {(one.code, one.positions) for row in reconcile(rows, {}) for one in row.defects}

    shuffled = random.sample(rows, len(rows))

    assert codes(rows) == codes(shuffled)


def test_the_difference_keeps_both_edges():
    gap = difference(Range(10, 8, None), Range(5, 0, 4))

    assert (gap.value, gap.low, gap.high) == (5, 4, None)
