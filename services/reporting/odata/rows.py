"""Where the rows of the tables come from: the same lists and figures as the JSON answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from services.reporting import beside, lists
from services.reporting.asking import Clocks
from services.reporting.indicators import INDICATORS
from services.reporting.odata.columns import Row, amount_parts, day_parts
from services.reporting.odata.series import Span, series
from services.reporting.targets import as_set, progress, shipped
from shared import places
from shared.norms import TARGETS
from shared.texts import LANGUAGES, say

ALL: Final = 2**31 - 1  # A feed gives everything, in pages.
_PLACE: Final = ("list", "province", "province_name", "province_now", "province_now_name", "commune")


@dataclass(frozen=True, slots=True)
class Source:
    """What rows are read from: one state of the read models, the two clocks, and the months asked for.

    `indicators` are those that can still be in the answer; None for all.
    """

    connection: Connection
    clocks: Clocks
    span: Span
    indicators: frozenset[str] | None = None


def clubs(source: Source) -> Iterator[Row]:
    """Clubs that were founded, ended ones too."""
    rows, _ = lists.clubs_like(
        source.connection, source.clocks.position, "", None, "", ALL, day=source.clocks.valid_at
    )
    for club in rows:
        heads = club["head_count"] or {}
        yield {
            **{name: club[name] for name in ("id", "name", "state", "scheme", "merged_into", "meetings")},
            **_place(club["place"]),
            **{name: club["place"][name] for name in ("commune_now", "commune_now_name", "province_63")},
            "place_found": club["place"]["how"],
            "village": club["place"]["village"],
            "as_written": club["place"]["as_written"],
            **day_parts("founded", club["founded_on"]),
            **day_parts("launched", club["launched_on"]),
            **day_parts("ended", club["ended_on"]),
            **day_parts("members_counted", club["members_counted_on"]),
            **amount_parts("members", club["members"]),
            **amount_parts("women", heads.get("women")),
            **amount_parts("men", heads.get("men")),
            **_day("last_meeting_on", club["last_meeting_on"]),
        }


def trainings(source: Source) -> Iterator[Row]:
    """Trainings planned, held or cancelled; what was held goes before what was planned."""
    rows, _ = lists.trainings_like(
        source.connection, source.clocks.position, "", None, ALL, 0, source.clocks.valid_at
    )
    for training in rows:
        told = training["held"] or training["planned"]
        yield {
            **{name: training[name] for name in ("id", "state", "title")},
            "kind": told.get("kind"),
            **_place(training["place"]),
            "as_written": training["place"]["as_written"],
            **day_parts("occurred", training["occurred_on"]),
            **day_parts("planned_end", told.get("planned_end")),
            **amount_parts("delegates", told.get("delegates", {}).get("total")),
            **amount_parts("clubs", told.get("clubs")),
            **amount_parts("days", told.get("days")),
        }


def published(source: Source) -> Iterator[Row]:
    """Printed figures."""
    for row in lists.published_figures(
        source.connection, source.clocks.position, None, None, ALL, day=source.clocks.valid_at
    ):
        place, cited = row["place"] or {}, row["citation"] or {}
        yield {
            **{name: row[name] for name in ("position", "subject", "indicator", "note")},
            **amount_parts("printed", row["value"]),
            **day_parts("as_of", row["as_of"]),
            **{name: place.get(name) for name in ("list", "province", "commune")},
            **{f"citation_{name}": cited.get(name) for name in ("title", "url", "published_on")},
        }


def targets(source: Source) -> Iterator[Row]:
    """Targets of decisions and provinces, beside what is counted."""
    position = source.clocks.position
    said = lists.said(source.connection, position, ["target.set"], None, ALL, 0)
    aims = [shipped(target) for target in TARGETS] + [
        as_set({**row["data"], "subject": row["subject"], "position": row["position"]}) for row in said
    ]
    count = partial(beside.towards, source.connection, source.clocks)
    for aim in progress(aims, count):
        place = aim["place"] or {}
        parts = ("scheme", "indicator", "scope", "since", "by")
        shipped_as = ":".join(str(aim[part] or "") for part in parts)
        yield {
            "id": f"report:{aim['position']}" if aim["position"] else shipped_as,
            **{name: aim[name] for name in ("scheme", "indicator", "scope", "of", "source", "met")},
            **{name: place.get(name) for name in ("list", "province", "commune")},
            **amount_parts("target", aim["value"]),
            "percent": float(aim["percent"]) if aim["percent"] is not None else None,
            **day_parts("since", aim["since"]),
            **day_parts("due", aim["by"]),
            **amount_parts("counted", aim["counted"]),
            **amount_parts("counted_of", aim["counted_of"]),
            "reported_at_position": aim["position"],
        }


def indicators(_source: Source) -> Iterator[Row]:
    """The indicators, in both languages."""
    for one in INDICATORS.values():
        yield {
            "code": one.code,
            "unit": one.unit,
            "kind": one.kind,
            **{
                f"{part}_{lang}": say(lang, f"indicator.{one.code}.{part}")
                for part in ("name", "definition")
                for lang in LANGUAGES
            },
            "formula": one.formula,
            "source": one.source,
            "age_limit_months": one.age_limit_months,
        }


def provinces(_source: Source) -> Iterator[Row]:
    """The provinces of today, and which old ones each was made of."""
    for province in places.provinces("34"):
        before = [old.code for old in places.provinces("63") if old.now == province.code]
        yield {
            "code": province.code,
            "name": province.name,
            "type": province.type,
            "codes_before_2025_07": ", ".join(before),
        }


def figures(source: Source) -> Iterator[Row]:
    """Figures by province and period."""
    for row in series(source.connection, source.clocks, source.span, source.indicators, ("province",)):
        yield {**row, "province_name": places.province_name("2025-07", row["province"])}


def national_figures(source: Source) -> Iterator[Row]:
    """Figures of the nation by period."""
    yield from series(source.connection, source.clocks, source.span, source.indicators, ())


def _place(place: Mapping[str, Any]) -> dict[str, Any]:
    return {name: place[name] for name in _PLACE}


def _day(name: str, iso: str | None) -> dict[str, Any]:
    """A day that is certain, as a day and not as text."""
    return {name: day_parts(name, iso)[f"{name}_last"]}
