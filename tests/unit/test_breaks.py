"""Where a series breaks: only where a border or a list of codes changed under it."""

from datetime import date

import pytest

from services.reporting.breaks import breaks
from services.reporting.indicators import INDICATORS
from services.reporting.question import Question

HA_GIANG, LAI_CHAU, NEW_TUYEN_QUANG = "province:02", "province:12", "province:08"


def series(scope: str, scheme: str, by: tuple = ("month",), start: date = date(2024, 1, 1)) -> Question:
    return Question(INDICATORS["meetings"], by, start, date(2026, 6, 30), scope, scheme, 1)


@pytest.mark.parametrize(
    "question",
    [
        series(HA_GIANG, "63"),
        series("province:2025-07:08", "as-recorded"),
        series("nation", "63", by=("province", "month")),
        series("district:070", "63"),
    ],
)
def test_a_series_across_the_merger_is_marked_where_its_border_changed(question: Question):
    assert [one.as_json() for one in breaks(question)] == [{"on": "2025-07-01", "code": "provinces-merged"}]


@pytest.mark.parametrize(
    "question",
    [
        series(NEW_TUYEN_QUANG, "34"),
        series(LAI_CHAU, "63"),
        series("nation", "63"),
        series(HA_GIANG, "63", by=("province",)),
        series(HA_GIANG, "63", start=date(2025, 7, 1)),
    ],
)
def test_what_means_the_same_before_and_after_is_not_marked(question: Question):
    assert breaks(question) == []
