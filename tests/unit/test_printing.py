"""What a printed report is made of: its period, shares of members, pictures, and signs that fonts have."""

import json
from datetime import date
from typing import Any

import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.amounts import Amounts
from services.reporting.asking import Clocks
from services.reporting.figures import Sum
from services.reporting.printing.asking import months_before, reported
from services.reporting.printing.comparing import fits
from services.reporting.printing.drawn import (
    MOST_LINES,
    class_limits,
    class_of,
    grid_step,
    line,
    tile_grid,
    tiles,
)
from services.reporting.printing.typesetting import STANDARD, fonts, shown
from services.reporting.printing.wording import cut, listing, period_words, seal
from shared.places import provinces
from shared.problems import BadQuestion
from shared.values import Range
from shared.values import count as read_count

ON = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (date(2026, 6, 30), date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 7, 1), date(2026, 4, 1), date(2026, 6, 30)),
        (date(2026, 1, 15), date(2025, 10, 1), date(2025, 12, 31)),
    ],
)
def test_a_report_is_about_the_last_quarter_that_is_over(today: date, first: date, last: date):
    of = reported(None, today)

    assert (of.first, of.last, of.is_whole) == (first, last, True)


def test_a_period_that_is_not_over_ends_today_and_says_so():
    of = reported("2026", ON)

    assert (of.last, of.is_whole) == (ON, False)
    assert period_words("vi", of) == "năm 2026, mới tính đến hết ngày 30/06/2026"
    assert of.before() == (date(2025, 1, 1), date(2025, 12, 31))


@pytest.mark.parametrize("text", ["2026-Q3", "2026-07", "2027", "2026-Q5", "quý I"])
def test_a_period_to_come_and_no_period_are_refused(text: str):
    with pytest.raises(BadQuestion) as refused:
        reported(text, ON)

    assert [fault.pointer for fault in refused.value.faults] == ["/query/period"]


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("2026-Q1", (date(2025, 10, 1), date(2025, 12, 31))),
        ("2026-03", (date(2026, 2, 1), date(2026, 2, 28))),
        ("2026-01/2026-02", (date(2025, 11, 1), date(2025, 12, 31))),
    ],
)
def test_the_period_before_is_as_long(text: str, before: tuple[date, date]):
    assert reported(text, ON).before() == before


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(0, 400))
def test_months_before_are_so_many_first_days_of_months_away(day: date, months: int):
    first = day.replace(day=1)

    found = months_before(first, months)

    assert found.day == 1
    assert 12 * (first.year - found.year) + first.month - found.month == months


@given(st.integers(0, 10**9))
def test_a_chart_has_few_lines_and_all_of_its_values(most: int):
    step = grid_step(most)

    assert step * MOST_LINES >= most
    assert line("vi", "x", {"2026-01": most, "2026-02": 0}, None, 1)["top"] >= most


@given(st.lists(st.integers(0, 500), max_size=34))
def test_every_province_falls_in_a_class_of_the_legend(values: list[int]):
    limits = class_limits(values)

    for value in values:
        found = class_of(Sum(Amounts.of(Range(value, value, value))), limits)
        assert found is not None and (found == 0) == (value == 0)
        assert found == 0 or limits[found - 1] <= value < limits[found]
    assert class_of(None, limits) is None


def test_every_province_has_a_tile_and_both_archipelagos_stand_beside_theirs():
    assert sorted(tile["code"] for tile in tile_grid()["tiles"]) == [one.code for one in provinces("34")]
    for lang in ("vi", "en"):
        islands = tiles(lang, {})["islands"]
        assert [(one["name"].replace("Quần đảo ", "").split()[:2], one["parent"]) for one in islands] == [
            (["Hoàng", "Sa"], "Đà Nẵng"),
            (["Trường", "Sa"], "Khánh Hòa"),
        ]


@pytest.mark.parametrize(
    ("stated", "number", "so"),
    [
        (150, 150, True),
        (150, 158, False),
        ({"more_than": 150}, 158, True),
        ({"more_than": 150}, 150, False),
        ({"less_than": 150}, 158, False),
        ({"about": 80}, 80, True),
        ({"about": 80}, 158, False),
    ],
)
def test_print_is_held_against_the_count_as_it_was_meant(stated: Any, number: int, so: bool):
    assert fits(read_count(stated).range, Range(number, number, number)) == so


def test_a_list_says_how_much_it_leaves_out():
    rows = [[str(n), "x"] for n in range(9)]

    short = listing("vi", "clubs", ("club", "commune"), rows, 5)

    assert (len(short["rows"]), short["more"], short["none"]) == (5, "và 4 mục nữa", None)
    assert cut("Câu lạc bộ", 7) == "Câu lạ…"


def test_the_seal_changes_with_every_figure_and_edge():
    clocks = Clocks(7, None, ON)

    def sealed(**edges: int | None) -> str:
        figure = Sum(Amounts.of(Range(**{"value": 5, "low": 5, "high": 5} | edges)))
        return seal("/reports/nation.pdf", reported(None, ON), clocks, {"nation": {"clubs": figure}})

    seals = {sealed(), sealed(value=6), sealed(low=4), sealed(high=None)}

    assert len(seals) == 4
    assert sealed() == sealed()


def test_every_sign_that_is_kept_can_be_set():
    kept = shown("".join(map(chr, range(1, 0x3000)))).replace("?", "")
    page = b"""#set document(title: "x")
#set text(font: "Be Vietnam Pro")
#json(bytes(sys.inputs.facts))"""

    pdf = typst.compile(
        page,
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"facts": json.dumps(kept)},
        pdf_standards=STANDARD,
        timestamp=0,
    )

    assert len(kept) > 600
    assert set("ữẫễỵỶặợỗĐ₫ƀ") <= set(kept)
    assert pdf.startswith(b"%PDF")
