"""The tables of the feed: their names, columns and keys. The names stay: other people's workbooks rest on them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from services.reporting.odata import rows
from services.reporting.odata.columns import (
    Column,
    Row,
    amount,
    by_name,
    day,
    decimal,
    number,
    reported_day,
    text,
)
from services.reporting.odata.rows import Source


@dataclass(frozen=True, slots=True)
class EntitySet:
    """A table: its name, the name of its rows, its columns (the first is the key) and its rows.

    `needs` is what a reader must be allowed to see.
    """

    name: str
    type: str
    needs: Literal["aggregates", "clubs"]
    columns: tuple[Column, ...]
    rows: Callable[[Source], Iterable[Row]]

    @property
    def key(self) -> Column:
        return self.columns[0]

    @property
    def by_name(self) -> Mapping[str, Column]:
        return by_name(self.columns)


_PLACE: Final = (
    *text("list", nullable=False),
    *text("province", nullable=False),
    *text("province_name", nullable=False),
    *text("province_now", nullable=False),
    *text("province_now_name", nullable=False),
    *text("commune"),
)
_SERIES: Final = (
    *text("id", nullable=False),
    *text("indicator", nullable=False),
    *text("unit", nullable=False),
    *text("kind", nullable=False),
    *text("period"),
    *day("period_first"),
    *day("period_last"),
)


ENTITY_SETS: Final = {
    one.name: one
    for one in (
        EntitySet(
            "Clubs",
            "Club",
            "clubs",
            (
                *text("id", nullable=False),
                *text("name", nullable=False),
                *text("state", nullable=False),
                *text("scheme"),
                *_PLACE,
                *text("commune_now"),
                *text("commune_now_name"),
                *text("province_63"),
                *text("place_found", nullable=False),
                *text("village"),
                *text("as_written"),
                *reported_day("founded"),
                *reported_day("launched"),
                *reported_day("ended"),
                *text("merged_into"),
                *amount("members"),
                *reported_day("members_counted"),
                *amount("women"),
                *amount("men"),
                *number("meetings", nullable=False),
                *day("last_meeting_on"),
            ),
            rows.clubs,
        ),
        EntitySet(
            "Trainings",
            "Training",
            "aggregates",
            (
                *text("id", nullable=False),
                *text("state", nullable=False),
                *text("title"),
                *text("kind"),
                *_PLACE,
                *text("as_written"),
                *reported_day("occurred"),
                *reported_day("planned_end"),
                *amount("delegates"),
                *amount("clubs"),
                *amount("days"),
            ),
            rows.trainings,
        ),
        EntitySet(
            "Provinces",
            "Province",
            "aggregates",
            (
                *text("code", nullable=False),
                *text("name", nullable=False),
                *text("type", nullable=False),
                *text("codes_before_2025_07", nullable=False),
            ),
            rows.provinces,
        ),
        EntitySet(
            "Indicators",
            "Indicator",
            "aggregates",
            (
                *text("code", nullable=False),
                *text("unit", nullable=False),
                *text("kind", nullable=False),
                *text("name_vi", nullable=False),
                *text("name_en", nullable=False),
                *text("definition_vi", nullable=False),
                *text("definition_en", nullable=False),
                *text("formula", nullable=False),
                *text("source", nullable=False),
                *number("age_limit_months"),
            ),
            rows.indicators,
        ),
        EntitySet(
            "Figures",
            "Figure",
            "aggregates",
            (
                *_SERIES,
                *text("province", nullable=False),
                *text("province_name", nullable=False),
                *amount(type="Edm.Decimal"),
            ),
            rows.figures,
        ),
        EntitySet(
            "NationalFigures",
            "NationalFigure",
            "aggregates",
            (*_SERIES, *amount(type="Edm.Decimal")),
            rows.national_figures,
        ),
        EntitySet(
            "Targets",
            "Target",
            "aggregates",
            (
                *text("id", nullable=False),
                *text("scheme", nullable=False),
                *text("indicator", nullable=False),
                *text("scope", nullable=False),
                *text("list"),
                *text("province"),
                *text("commune"),
                *amount("target"),
                *decimal("percent"),
                *text("of"),
                *reported_day("since"),
                *reported_day("due"),
                *text("source"),
                *number("reported_at_position"),
                *amount("counted"),
                *amount("counted_of"),
                *text("met", nullable=False),
            ),
            rows.targets,
        ),
        EntitySet(
            "Published",
            "PublishedFigure",
            "aggregates",
            (
                *number("position", nullable=False),
                *text("subject", nullable=False),
                *text("indicator", nullable=False),
                *text("list"),
                *text("province"),
                *text("commune"),
                *amount("printed"),
                *reported_day("as_of"),
                *text("note"),
                *text("citation_title"),
                *text("citation_url"),
                *text("citation_published_on"),
            ),
            rows.published,
        ),
    )
}
