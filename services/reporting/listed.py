"""How a club, a training and a printed figure are listed: from the rows of the read models. Pure."""

from datetime import date
from typing import Any

from shared.places import look_up, province_name
from shared.values import when

Shown = dict[str, Any]


def listed_club(row: Any, met: dict[str, tuple[int, str]], day: date) -> Shown:
    """A club as it was on a day; of what was counted only later, nothing is known on it."""
    count, newest = met.get(row["subject"], (0, None))
    ended = row["ended"] is not None and (day == date.max or when(row["ended"]).last <= day)
    counted, launched = (not _later(row[name], day) for name in ("members_on", "launched"))
    return {
        "id": row["subject"],
        "name": row["name"],
        "state": row["state"] if ended or row["state"] != "ended" else "founded",
        "place": _place(row) | _place_now(row),
        "founded_on": row["founded"],
        "ended_on": row["ended"] if ended else None,
        "merged_into": row["into"] if ended else None,
        "launched_on": row["launched"] if launched else None,
        "scheme": row["scheme"],
        "members": row["members"] if counted else None,
        "members_counted_on": row["members_on"] if counted else None,
        "head_count": row["heads"] if counted else None,
        "charter": row["charters"][-1] if row["charters"] else None,
        "management_board": row["board"],
        "meetings": count,
        "last_meeting_on": newest,
    }


def listed_training(row: Any) -> Shown:
    """A training as it was told last."""
    return {
        "id": row["subject"],
        "state": row["state"],
        "title": row["title"],
        "place": _place(row),
        "occurred_on": row["day"],
        **row["details"],
    }


def listed_figure(row: Any) -> Shown:
    """A printed figure, with its source."""
    data = row["data"]
    shown = {"position": row["position"], "subject": row["subject"], "as_of": row["day"]}
    return shown | {
        name: data.get(name) for name in ("indicator", "value", "place", "note", "citation", "parts", "of")
    }


def _later(text: str | None, day: date) -> bool:
    """Whether a day as it was written lies behind a day, whichever it is."""
    return text is not None and not text.startswith("../") and text[:10] > day.isoformat()


def _place_now(row: Any) -> Shown:
    """Where a club lies on today's map, how that was found, and what it may be while it is not sure."""
    commune = look_up("2025-07", row["commune_now"]) if row["commune_now"] else None
    sure = row["how"] in ("exact", "manual")
    return {
        "commune_now": row["commune_now"],
        "commune_now_name": f"{commune.type} {commune.name}" if commune else None,
        "province_63": row["province_63"],
        "how": row["how"],
        "candidates": [] if sure else row["candidates"],
    }


def _place(row: Any) -> Shown:
    return {
        "list": row["list"],
        "province": row["province"],
        "province_name": province_name(row["list"], row["province"]),
        "province_now": row["province_now"],
        "province_now_name": province_name("2025-07", row["province_now"]),
        "commune": row["commune"],
        "village": row.get("village"),
        "as_written": row["as_written"],
    }
