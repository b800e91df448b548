"""Clubs and trainings as sheets: every one that matches, read as it is written."""

from typing import Any, Final

from sqlalchemy import Connection

from services.reporting import lists
from services.reporting.asking import Clocks, ClubsAsked, TrainingsAsked
from services.reporting.indicators import INDICATORS
from services.reporting.sheets.sheet import Cell, Column, Sheet, cells, day, edged, edged_count, with_edges
from shared.codes import code_name
from shared.places import look_up
from shared.texts import Language, say

_PLACE: Final = tuple(
    Column(key) for key in ("province_now", "province_now_name", "commune_now", "commune_now_name")
)
_RECORDED: Final = tuple(
    Column(key) for key in ("list", "province", "province_name", "commune", "as_written")
)
CLUBS: Final = (
    Column("id"),
    Column("club_name"),
    Column("state"),
    *_PLACE,
    Column("village"),
    Column("candidates"),
    *_RECORDED,
    Column("founded_on", "date"),
    Column("scheme"),
    Column("launched_on", "date"),
    *with_edges("members"),
    Column("members_counted_on", "date"),
    Column("meetings", "number"),
    Column("last_meeting_on", "date"),
    Column("ended_on", "date"),
    Column("merged_into"),
)
TRAININGS: Final = (
    Column("id"),
    Column("title"),
    Column("state"),
    Column("training_kind"),
    *_PLACE[:2],
    *_RECORDED,
    Column("planned_on", "date"),
    Column("held_on", "date"),
    *with_edges("delegates"),
    *with_edges("clubs_present"),
    Column("organisers"),
)


def clubs_sheet(connection: Connection, clocks: Clocks, asked: ClubsAsked, lang: Language) -> Sheet:
    """All clubs that match, in the order of their ids."""
    _, total = lists.clubs_like(
        connection, clocks.position, asked.q, asked.province, "", 0, day=clocks.valid_at
    )
    found = lists.every_club(connection, clocks.position, asked.q, asked.province, day=clocks.valid_at)
    counted = tuple(INDICATORS[code] for code in ("clubs", "members", "meetings"))
    return Sheet(
        "clubs", CLUBS, cells(CLUBS, (_club(lang, one) for one in found)), indicators=counted, count=total
    )


def trainings_sheet(connection: Connection, clocks: Clocks, asked: TrainingsAsked, lang: Language) -> Sheet:
    """All trainings that match, the newest first."""
    _, total = lists.trainings_like(
        connection, clocks.position, asked.q, asked.province, 0, 0, clocks.valid_at
    )
    found = lists.every_training(connection, clocks.position, asked.q, asked.province, clocks.valid_at)
    counted = tuple(INDICATORS[code] for code in ("trainings", "delegates"))
    rows = cells(TRAININGS, (_training(lang, one) for one in found))
    return Sheet("trainings", TRAININGS, rows, indicators=counted, count=total)


def _club(lang: Language, one: dict[str, Any]) -> dict[str, Cell]:
    return {
        **one["place"],
        "id": one["id"],
        "club_name": one["name"],
        "state": say(lang, f"club.state.{one['state']}"),
        "candidates": _communes(one["place"]["candidates"]),
        "scheme": one["scheme"],
        "merged_into": one["merged_into"],
        **edged("members", one["members"]),
        "meetings": one["meetings"],
        **{
            name: day(one[name])
            for name in ("founded_on", "launched_on", "members_counted_on", "last_meeting_on", "ended_on")
        },
    }


def _training(lang: Language, one: dict[str, Any]) -> dict[str, Cell]:
    planned, held = one.get("planned") or {}, one.get("held") or {}
    told = {**planned, **held}
    return {
        **one["place"],
        "id": one["id"],
        "title": one["title"],
        "state": say(lang, f"training.{one['state']}"),
        "training_kind": code_name(lang, "training_kind", told["kind"]) if told.get("kind") else None,
        "planned_on": day(planned.get("occurred_on")),
        "held_on": day(held.get("occurred_on")),
        **edged_count("delegates", held.get("delegates", {}).get("total")),
        **edged_count("clubs_present", held.get("clubs")),
        "organisers": "; ".join(told.get("organisers", ())),
    }


def _communes(codes: list[str]) -> str | None:
    """The present communes a club may lie in, with their codes."""
    found = ((code, look_up("2025-07", code)) for code in codes)
    return ", ".join(f"{code} {one.type} {one.name}" if one else code for code, one in found) or None
