"""A figure in the cell of a table: escaped once, marked where it may be another one, a link where there is a reason.

A line of them has the name of its place, escaped as well."""

import pytest

from services.reporting.amounts import Amounts
from services.reporting.dashboard.cells import cell, row
from services.reporting.dashboard.league import Line, league
from services.reporting.figures import Sum

EXACT, AT_MOST = Sum(Amounts(7, 7, 7, certain=7)), Sum(Amounts(7, 1, 9, certain=1))
WHY, PLACE = "/figures/why?a=1&scope=", "province:08"
LINK = '<a href="/figures/why?a=1&amp;scope=province:08" tabindex="-1">7</a>'


@pytest.mark.parametrize(
    ("sum", "why", "inside"),
    [
        (EXACT, None, "7"),
        (EXACT, WHY, LINK),
        (AT_MOST, None, '7<sup title="1 – 9">~</sup>'),
        (AT_MOST, WHY, f'{LINK}<sup title="1 – 9">~</sup>'),
        (
            Sum(EXACT.amounts, of=Sum(Amounts(14, 14, 14, certain=14))),
            None,
            "<small>7 trên 14</small> 50,0\N{NO-BREAK SPACE}%",
        ),
        (
            None,
            WHY,
            '<span class="quiet">chưa có báo cáo</span>'
            '<span aria-hidden="true" title="chưa có báo cáo">·</span>',
        ),
    ],
)
def test_a_cell_says_what_is_known_of_a_figure(sum: Sum | None, why: str | None, inside: str):
    assert cell("vi", sum, why, PLACE) == f'<td class="n">{inside}</td>'


@pytest.mark.parametrize(
    ("line", "head"),
    [
        (Line("08", "A & B", {"clubs": EXACT}, link="/x"), '<tr><th scope="row"><a href="/x">A &amp; B</a></th>'),
        (Line("08", "A", {"clubs": EXACT}, note="<xã>"), '<tr><th scope="row">A <small>&lt;xã&gt;</small></th>'),
        (Line("08", "A", {"clubs": None}), '<tr class="silent"><th scope="row">A</th>'),
    ],
)  # fmt: skip
def test_a_line_has_its_place_and_a_cell_for_each_column(line: Line, head: str):
    table = league([line], {}, ["clubs"], None, None, whys={"clubs": WHY})

    written = row("vi", line, table)

    assert written == f"{head}\n{cell('vi', line.figures['clubs'], WHY, None)}</tr>\n"
