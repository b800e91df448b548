"""Reports for tests: set what matters, the ordinary rest is filled in."""

import itertools
from datetime import UTC, datetime
from typing import Any

from shared.events import CATALOGUE
from shared.log import Entry
from shared.report import SCHEMAS, Report

NOW = datetime(2026, 6, 30, 3, 0, 0, 654321, tzinfo=UTC)  # 10:00 in Viet Nam; real clocks have microseconds
TUYEN_QUANG = {"list": "2025-07", "province": "08"}
LAI_CHAU = {"list": "2025-07", "province": "12"}

_numbers = itertools.count(1)


def envelope(type: str, subject: str, data: dict[str, Any], **attributes: Any) -> dict[str, Any]:
    """A structured CloudEvent, as a field app posts it."""
    return {
        "specversion": "1.0",
        "id": f"report-{next(_numbers)}",
        "source": "/devices/phone",
        "type": type,
        "subject": subject,
        "dataschema": f"{SCHEMAS}/{type}/1",
        "datacontenttype": "application/json",
        "data": data,
    } | attributes


def club_founded(club: str = "co-dien", on: str = "2026-01-15", **more: Any) -> dict[str, Any]:
    attributes = {
        key: more.pop(key) for key in ("id", "source", "historical", "expectedversion") if key in more
    }
    data = {"occurred_on": on, "name": "CLB Cổ Điển", "place": TUYEN_QUANG, "scheme": "1648"} | more
    return envelope("club.founded", club, data, **attributes)


def meeting_held(club: str = "co-dien", on: str = "2026-03-21", **more: Any) -> dict[str, Any]:
    attributes = {key: more.pop(key) for key in ("id", "source", "time", "historical") if key in more}
    data = {"occurred_on": on, "attendance": {"women": 31, "men": 17}} | more
    return envelope("meeting.held", club, data, **attributes)


def members_counted(club: str = "co-dien", on: str = "2026-03-01", **members: Any) -> dict[str, Any]:
    return envelope("members.counted", club, {"occurred_on": on, "members": members or {"total": 54}})


def training_held(training: str = "tq-2026-05", on: str = "2026-05-28", **more: Any) -> dict[str, Any]:
    data = {"occurred_on": on, "title": "Tập huấn", "kind": "founding", "place": TUYEN_QUANG} | more
    return envelope("training.held", training, data)


def training_planned(
    training: str = "tq-2026-05", on: str = "2026-05-28/2026-05-29", **more: Any
) -> dict[str, Any]:
    data = {"occurred_on": on, "title": "Tập huấn", "kind": "founding", "place": TUYEN_QUANG} | more
    return envelope("training.planned", training, data)


def training_cancelled(training: str = "tq-2026-05", **more: Any) -> dict[str, Any]:
    return envelope("training.cancelled", training, {"reason": "mưa lũ"} | more)


def figure_published(subject: str = "province:2025-07:08", **more: Any) -> dict[str, Any]:
    return envelope(
        "figure.published", subject, {"indicator": "clubs", "value": 135, "as_of": "2025-11-13"} | more
    )


def of_club(type: str, club: str = "co-dien", **data: Any) -> dict[str, Any]:
    """Any other report about a club."""
    return envelope(type, club, data)


def dissolved(club: str = "co-dien", on: str = "2026-05-01", **more: Any) -> dict[str, Any]:
    return of_club("club.dissolved", club, occurred_on=on, **more)


def merged(club: str, into: str, kind: str = "same_club", on: str = "2026-05-01") -> dict[str, Any]:
    return of_club("club.merged", club, occurred_on=on, into=into, kind=kind)


def corrected(original: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A correction of `original` (which may itself be a correction) with some fields changed."""
    before = original["data"]["data"] if original["type"] == "report.corrected" else original["data"]
    data = {"target": _target(original), "data": before | changes, "reason": "đếm sót 2 người"}
    return envelope("report.corrected", original["subject"], data)


def withdrawn(original: dict[str, Any]) -> dict[str, Any]:
    data = {"target": _target(original), "reason": "ghi nhầm câu lạc bộ"}
    return envelope("report.withdrawn", original["subject"], data)


def _target(original: dict[str, Any]) -> dict[str, str]:
    return {"source": original["source"], "id": original["id"]}


def report(sent: dict[str, Any]) -> Report:
    """The report as intake would read it."""
    attributes = {key: value for key, value in sent.items() if key not in ("data", "expectedversion")}
    event = CATALOGUE[sent["type"], 1].model_validate(sent["data"])
    return Report(attributes, 1, sent["data"], event, sent.get("expectedversion"))


def entry(sent: dict[str, Any], version: int = 1, by: str = "phone") -> Entry:
    return Entry(report(sent), version, by)
