"""The tables of places and clubs: sorted as readers of Vietnamese expect, no data apart from zero."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.amounts import Amounts
from services.reporting.dashboard.league import Line, figures_of, league, vietnamese
from services.reporting.figures import Part, Sum

HANOI, HUE, LAI_CHAU = (
    Line(code, name, {}) for code, name in (("01", "Hà Nội"), ("46", "Huế"), ("12", "Lai Châu"))
)


def with_clubs(line: Line, clubs: int | None) -> Line:
    known = None if clubs is None else Sum(Amounts(clubs, clubs, clubs, certain=clubs))
    return Line(line.code, line.name, {"clubs": known})


def names(*lines: Line, **asked: str) -> list[str]:
    found = league(lines, {}, ("clubs",), asked.get("sort"), asked.get("order"))
    return [line.name for line in found.lines]


def test_names_are_sorted_as_in_a_dictionary():
    right = ["An Giang", "Ấp Bắc", "Bà Rịa", "Cà Mau", "Dương Minh Châu", "Đà Nẵng", "Đắk Lắk", "Điện Biên",
             "Hà Giang", "Hà Nội", "Hải Phòng", "Huế", "Quảng Nam", "Quảng Ngãi", "Quảng Ninh", "Ứng Hòa"]  # fmt: skip

    assert sorted(set(right), key=vietnamese) == right


@given(st.lists(st.text(max_size=8)))
def test_every_name_has_its_place(words: list[str]):
    assert [vietnamese(word) for word in sorted(words, key=vietnamese)] == sorted(map(vietnamese, words))


def test_the_most_come_first_and_who_never_reported_comes_last():
    some = with_clubs(HANOI, 0), with_clubs(HUE, None), with_clubs(LAI_CHAU, 3)

    assert names(*some) == ["Lai Châu", "Hà Nội", "Huế"]
    assert names(*some, sort="clubs", order="asc") == ["Hà Nội", "Lai Châu", "Huế"]
    assert names(*some, sort="name") == ["Hà Nội", "Huế", "Lai Châu"]
    assert names(*some, sort="name", order="desc") == ["Lai Châu", "Huế", "Hà Nội"]
    assert names(*some, sort="nonsense") == ["Lai Châu", "Hà Nội", "Huế"]


def test_a_second_press_turns_the_order():
    table = league([], {}, ("clubs", "members"), "clubs", "desc")

    assert [table.turned(one) for one in ("clubs", "members", "name")] == ["asc", "desc", "asc"]
    assert [table.aria(one) for one in ("clubs", "members")] == ["descending", None]


def test_what_could_not_be_placed_stands_apart():
    table = league([HANOI, Line(None, "Tuyên Quang", {})], {}, ("clubs",), None, None)

    assert [line.name for line in table.unplaced] == ["Tuyên Quang"]
    assert [line.name for line in table.lines] == ["Hà Nội"]


@pytest.mark.parametrize(
    ("rows", "reported", "shown"),
    [
        ({"clubs": None, "members": None}, False, [None, None]),
        ({"clubs": None, "members": None}, True, [0, None]),
        ({"clubs": Part({}), "members": Part({})}, True, [0, None]),
    ],
    ids=["never reported", "others reported", "counted too long ago"],
)
def test_no_data_is_no_zero(rows: dict[str, Part | None], reported: bool, shown: list[int | None]):
    found = figures_of(rows, reported)

    assert [sum.range.value if sum else None for sum in found.values()] == shown
