"""`$filter` and `$orderby`: what an expression is true of, nothing included."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.odata.columns import by_name, day, day_parts, number, reported_day, text
from services.reporting.odata.filtering import asked_for, matching, ordering, read_filter, sorted_by
from shared.problems import BadQuestion, NotOffered

COLUMNS = by_name([*text("name"), *number("meetings"), *day("since")])
ROWS = [
    {"name": "Đồng Tâm", "meetings": 3, "since": date(2024, 5, 28)},
    {"name": "Ánh Dương", "meetings": 0, "since": None},
    {"name": None, "meetings": None, "since": date(2026, 1, 15)},
]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("meetings eq 3", [0]),
        ("meetings ne 3", [1, 2]),
        ("meetings ge 0", [0, 1]),
        ("meetings eq null", [2]),
        ("not (meetings gt 0)", [1, 2]),  # A comparison with nothing is false.
        ("not contains(name,'Đ')", [1]),  # What is asked about nothing is not known, nor its opposite.
        ("contains(name,'Đ') or meetings eq null", [0, 2]),
        ("since lt 2025-01-01 and startswith(name,'Đồng')", [0]),
        ("year(since) eq 2026", [2]),
        ("tolower(name) eq 'ánh dương'", [1]),
        ("name eq 'Đồng Tâm' eq true", [0]),
        ("length(name) gt 8", [1]),
        ("name in ('Ánh Dương','x')", [1]),
        ("contains(name,'%')", []),
    ],
)
def test_an_expression_is_true_of_some_rows(written: str, found: list[int]):
    wanted = matching(read_filter(written), COLUMNS)

    assert [at for at, row in enumerate(ROWS) if wanted(row)] == found


@pytest.mark.parametrize(
    "written",
    [
        "",
        "name",
        "name eq",
        "nobody eq 1",
        "name gt 3",
        "meetings eq '3'",
        "since eq 2026-02-31",
        "year(name) eq 1",
    ],
)
def test_what_cannot_be_meant_is_refused(written: str):
    with pytest.raises(BadQuestion):
        matching(read_filter(written), COLUMNS)


@pytest.mark.parametrize(
    "written", ["meetings add 1 eq 4", "nobody(name)", "name/any(x: x eq 1)", "round(meetings) eq 1"]
)
def test_what_is_odata_but_not_ours_is_not_offered(written: str):
    with pytest.raises(NotOffered):
        matching(read_filter(written), COLUMNS)


def test_an_expression_nested_without_end_is_refused():
    for written in ("not " * 5000 + "true", "(" * 5000, " and ".join(["meetings eq 1"] * 5000)):
        with pytest.raises(BadQuestion):
            matching(read_filter(written), COLUMNS)


@pytest.mark.parametrize(
    ("written", "texts"),
    [
        ("name eq 'a'", {"a"}),
        ("meetings gt 1 and name in ('a','b')", {"a", "b"}),
        ("name eq 'a' and name eq 'b'", set()),
        ("name eq 'a' or meetings eq 1", None),
        ("not (name eq 'a')", None),
    ],
)
def test_what_a_column_must_be_is_seen_before_anything_is_counted(written: str, texts: set[str] | None):
    assert asked_for(read_filter(written), "name") == texts


def test_rows_come_in_the_order_asked_for_and_then_by_key():
    order = ordering("since desc,name", COLUMNS)

    assert [row["meetings"] for row in sorted_by(ROWS, order, "name")] == [None, 3, 0]
    for wrong in ("nobody", "name sideways", ""):
        with pytest.raises(BadQuestion):
            ordering(wrong, COLUMNS)


numbers = st.none() | st.integers(-5, 5)


@given(rows=st.lists(numbers), at=st.integers(-5, 5))
def test_an_expression_or_its_opposite_is_true_of_every_row(rows: list[int | None], at: int):
    this, opposite = (
        matching(read_filter(written), COLUMNS)
        for written in (f"meetings ge {at}", f"not (meetings ge {at})")
    )

    for one in rows:
        row = {"name": "", "meetings": one, "since": None}
        assert this(row) is not opposite(row)


@given(
    st.sampled_from(
        ["2024", "2024-02", "2023-02", "2024-05-28", "../2020", "../2020-10-05", "2024-05-28/2024-06"]
    )
)
def test_the_parts_of_a_day_are_in_their_columns(written: str):
    parts = day_parts("founded", written)

    assert list(parts) == [column.name for column in reported_day("founded")]
    assert (parts["founded_first"] is None) == written.startswith("../")
    assert parts["founded_first"] is None or parts["founded_first"] <= parts["founded_last"]
