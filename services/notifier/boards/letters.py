"""Facts of the pages about letters: those that went, those that did not, and why."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from services.notifier.boards import saying
from services.notifier.boards.alerts import cause_link, told
from services.notifier.boards.reader import Reader
from services.notifier.boards.view import View
from services.notifier.offices import OLD_MAP
from services.notifier.parts import Parts
from services.notifier.tables import alerts, entries, letters, offices
from services.notifier.writing import write_letter
from shared.places import PROVINCES, province_name
from shared.problems import NotFound, OutsideYourScope
from shared.settings import Notifier
from shared.values import whole

PAGE: Final = 50
STATES: Final = ("due", "claimed", "sending", "sent", "unknown", "held", "set_aside")

Shown = dict[str, Any]


def list_facts(connection: Connection, view: View, reader: Reader, parts: Parts) -> Shown:
    """Letters, the newest first; or, with `held`, what became no letter and why."""
    reader.check_reads_letters()
    held = view.own.get("held") == "true"
    table = entries if held else letters
    names = _offices_of(connection, reader)
    wanted: list[ColumnElement[bool]] = [] if reader.oversees else [table.c.office.in_(sorted(names))]
    if office := view.own.get("office"):
        wanted.append(table.c.office == office)
    if before := view.own.get("before", ""):
        wanted.append(table.c.id < (whole(before) or 0))
    if held:
        wanted.append(entries.c.letter.is_(None))
        query: Select[Any] = select(
            entries, alerts.c.facts, alerts.c.subject, alerts.c.id.label("alert_id")
        ).join(alerts, alerts.c.key == entries.c.alert_key)
    else:
        query = select(letters)
        if view.own.get("state") in STATES:
            wanted.append(letters.c.state == view.own["state"])
    found = connection.execute(query.where(*wanted).order_by(table.c.id.desc()).limit(PAGE))
    rows = [row._asdict() for row in found]
    return {
        "held": held,
        "letters": [_shown(view, row, held, parts.settings) for row in rows],
        "following": rows[-1]["id"] if len(rows) == PAGE else None,
        "offices": names,
        "office": office,
        "states": STATES,
        "state": view.own.get("state"),
        "counts": _counts(connection, wanted) if not held else {},
    }


def one_facts(connection: Connection, view: View, reader: Reader, id: int, parts: Parts) -> Shown:
    """A letter as it was written, and what became of it."""
    row = letter_of(connection, reader, id)
    return {"letter": row._asdict(), "written": write_letter(row._asdict(), parts.settings)}


def why_facts(connection: Connection, view: View, row: Row[Any], dashboard: str) -> Shown:
    """Why an office got a letter: the rules, the facts, the way it took, the office of that day."""
    query = (
        select(alerts, entries.c.occasion, entries.c.urgency, entries.c.due_at, entries.c.made_at)
        .join(entries, entries.c.alert_key == alerts.c.key)
        .where(entries.c.letter == row.told)
        .order_by(entries.c.id)
    )
    rows = [one._asdict() for one in connection.execute(query)]
    groups: dict[tuple[str, str, str], list[Shown]] = {}
    for one in rows:
        links = [cause_link(dashboard, view, one, at) for at in one["causes"]]
        shown = one | {"words": saying.sentence(view.lang, one), "links": links}
        groups.setdefault((one["rule"], one["occasion"], one["urgency"]), []).append(shown)
    keys = [one["key"] for one in rows]
    beside = [one for one in told(connection, keys) if one["letter"] != row.told]
    return {
        "letter": row._asdict(),
        "groups": [
            {
                "rule": rule,
                "occasion": occasion,
                "urgency": urgency,
                "due_at": told[0]["due_at"],
                "items": told,
            }
            | {"means": saying.rule_meaning(view.lang, rule)}
            for (rule, occasion, urgency), told in groups.items()
        ],
        "beside": beside,
        "office": _office_then(row),
    }


def places_of(codes: Iterable[str]) -> list[str]:
    """The names of an office's provinces."""
    maps = {code: OLD_MAP.rstrip(":") if code.startswith(OLD_MAP) else "2025-07" for code in codes}
    return [province_name(place_list, code.removeprefix(OLD_MAP)) for code, place_list in maps.items()]


def alerts_of(connection: Connection, letter: Row[Any]) -> list[str]:
    """The keys of the alerts a letter tells of."""
    query = select(entries.c.alert_key).where(entries.c.letter == letter.told).order_by(entries.c.id)
    return list(dict.fromkeys(connection.scalars(query)))


def letter_by_key(connection: Connection, key: str) -> Row[Any]:
    """The letter a link was made for. Raises `NotFound` where a restored database does not know it."""
    row = connection.execute(select(letters).where(letters.c.key == key)).first()
    if row is None:
        raise NotFound
    return row


def provinces_now(codes: Iterable[str]) -> set[str]:
    """The provinces of an office on today's map; `pre-2025:02` is one of the old map."""
    return {
        PROVINCES["pre-2025", code.removeprefix(OLD_MAP)].now if code.startswith(OLD_MAP) else code
        for code in codes
    }


def letter_of(connection: Connection, reader: Reader, id: int) -> Row[Any]:
    """The letter a reader with a token asks for. Raises `NotFound`, `RoleNotEnough` or `OutsideYourScope`."""
    reader.check_reads_letters()
    row = connection.execute(select(letters).where(letters.c.id == id)).first()
    if row is None:
        raise NotFound
    if not reader.oversees and row.office not in _offices_of(connection, reader):
        raise OutsideYourScope
    return row


def _offices_of(connection: Connection, reader: Reader) -> dict[str, str]:
    """The names of the offices whose letters a reader may see: those of the reader's provinces."""
    mine = set(reader.provinces or ())
    rows = connection.execute(select(offices).order_by(offices.c.name))
    return {row.id: row.name for row in rows if reader.oversees or mine & provinces_now(row.provinces)}


def _office_then(letter: Row[Any]) -> Shown | None:
    """The office as it was when the letter was written; None for a letter of an older version."""
    office = letter.facts.get("office")
    return {"kind": office["kind"], "places": places_of(office["provinces"])} if office else None


def _shown(view: View, row: Mapping[str, Any], held: bool, settings: Notifier) -> Shown:
    if held:
        return {**row, "words": saying.sentence(view.lang, row)}
    return {**row, "words": write_letter(row, settings).subject}


def _counts(connection: Connection, wanted: list[ColumnElement[bool]]) -> dict[str, int]:
    query = select(letters.c.state, func.count()).where(*wanted).group_by(letters.c.state)
    return {row[0]: row[1] for row in connection.execute(query)}
