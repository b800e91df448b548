"""The pages of offices: who gets mail, and a form to change it in which nothing typed is lost."""

import re
from collections.abc import Mapping
from typing import Any, Final, get_args

from pydantic import ValidationError
from sqlalchemy import Connection, Row, select

from services.notifier.boards import saying
from services.notifier.boards.alerts import Shown
from services.notifier.boards.forms import Fields, Mistaken, Wrong, one, wrong_in
from services.notifier.boards.letters import places_of, provinces_now
from services.notifier.boards.reader import Reader
from services.notifier.boards.view import View
from services.notifier.hours import Hours, Urgency
from services.notifier.offices import Office, readers_of
from services.notifier.rules.catalogue import RULES
from services.notifier.tables import addresses, office_history, offices
from shared.places import provinces
from shared.problems import NotFound, OutsideYourScope

KINDS: Final = get_args(Office.model_fields["kind"].annotation)
DIGESTS: Final = get_args(Hours.model_fields["digest"].annotation)
URGENCIES: Final = get_args(Urgency)
QUIET: Final = ("tet", "holidays", "weekend")  # The days with a name; others are typed.
_ID: Final = re.compile(r"[a-z0-9-]{3,64}")
# A fault of a field in words of the form; what HTTP answers points to schemas.
_PLAIN: Final = {
    ("addresses", "wrong-form"): "not-an-address",
    ("provinces", "wrong-form"): "not-a-province",
    ("quiet_days", "wrong-form"): "not-a-quiet-day",
}
_TEXTS: Final = ("name", "kind", "language", "valid_from", "valid_until")
_NUMBERS: Final = ("digest_hour", "digest_weekday", "quiet_from", "quiet_until")


def list_facts(connection: Connection, reader: Reader) -> Shown:
    """The offices of the reader's provinces."""
    stopped = _stopped(connection)
    rows = connection.execute(select(offices).order_by(offices.c.kind, offices.c.name))
    mine = [row._asdict() for row in rows if _reads(reader, row)]
    return {
        "offices": [
            row | {"living": sorted(set(readers_of(row)) - stopped), "places": places_of(row["provinces"])}
            for row in mine
        ]
    }


def one_facts(
    connection: Connection, view: View, reader: Reader, id: str | None, typed: Fields | None, wrong: Wrong
) -> Shown:
    """The form of an office: as it is written down, or as it was typed. Raises `NotFound`, or `OutsideYourScope`."""
    known = find(connection, reader, id) if id else None
    history = select(office_history).where(office_history.c.office == id).order_by(office_history.c.id.desc())
    return {
        "id": id,
        "office": typed_again(typed if typed is not None else as_fields(known)),
        "wrong": wrong,
        "kinds": KINDS,
        "digests": DIGESTS,
        "urgencies": URGENCIES,
        "quiet": QUIET,
        "rules": [(rule, saying.rule_name(view.lang, rule)) for rule in RULES],
        "provinces": [(one.code, one.name) for one in provinces("34")],
        "stopped": sorted(set(readers_of(known)) & _stopped(connection)) if known else [],
        "history": [row._asdict() for row in connection.execute(history.limit(20))],
    }


def typed_again(fields: Fields) -> Shown:
    """What was typed, to be shown again."""
    shown: Shown = {name: one(fields, name) for name in ("id", *_TEXTS, *_NUMBERS, "digest", "old_provinces")}
    shown |= {name: fields.get(name, []) for name in ("provinces", "quiet_days")}
    shown |= {"addresses": one(fields, "addresses"), "other_quiet_days": one(fields, "other_quiet_days")}
    return shown | {"urgency": {rule: one(fields, f"urgency.{rule}") for rule in RULES}}


def office_of(fields: Fields) -> Office:
    """The office a form describes. Raises `Mistaken`."""
    typed = typed_again(fields)
    asked: Shown = {name: typed[name] for name in (*_TEXTS, *_NUMBERS, "digest") if typed[name]}
    asked["name"], asked["provinces"] = typed["name"], [*typed["provinces"], *typed["old_provinces"].split()]
    # A line is an address, and the language of its reader where it is another one than the office's.
    readers = [line.split(maxsplit=1) for line in typed["addresses"].splitlines() if line.strip()]
    asked["addresses"] = [words[0] for words in readers]
    asked["languages"] = {words[0]: words[1] for words in readers if len(words) > 1}
    asked["quiet_days"] = [*typed["quiet_days"], *typed["other_quiet_days"].split()]
    asked["urgency"] = {rule: chosen for rule, chosen in typed["urgency"].items() if chosen}
    wrong = _torn(typed)
    try:
        office = Office.model_validate(asked)
    except ValidationError as error:
        found = {
            name: [_PLAIN.get((name, code), code) for code in codes]
            for name, codes in wrong_in(error).items()
        }
        if (languages := found.pop("languages", None)) is not None:
            found.setdefault("addresses", languages)
        # What concerns the whole is said beside its field: what is left of it is a province there is none of.
        if found.pop("", None) and not wrong:
            found["old_provinces"] = ["not-a-province"]
        raise Mistaken(found | wrong) from None
    if wrong:
        raise Mistaken(wrong)
    return office


def new_id(connection: Connection, fields: Fields) -> str:
    """The name of a new office in addresses. Raises `Mistaken` if it is no such name, or taken."""
    id = one(fields, "id")
    if not _ID.fullmatch(id):
        raise Mistaken({"id": ["not-an-id"]})
    if connection.scalar(select(offices.c.id).where(offices.c.id == id)) is not None:
        raise Mistaken({"id": ["taken"]})
    return id


def find(connection: Connection, reader: Reader, id: str) -> dict[str, Any]:
    """An office as it is kept. Raises `NotFound`, or `OutsideYourScope`."""
    row = connection.execute(select(offices).where(offices.c.id == id)).first()
    if row is None:
        raise NotFound
    if not _reads(reader, row):
        raise OutsideYourScope
    return row._asdict()


def as_fields(office: Mapping[str, Any] | None) -> Fields:
    """An office as its form would send it; of a new one what is usual."""
    if office is None:
        usual = Hours()
        return {
            "kind": ["provincial_association"],
            "language": ["vi"],
            "digest": [usual.digest],
            "digest_hour": [str(usual.digest_hour)],
            "digest_weekday": [str(usual.digest_weekday)],
            "quiet_days": ["tet"],
        }
    told = Hours.model_validate(office["hours"]).model_dump() | dict(office)
    lines = [f"{a} {lang}" if lang != office["language"] else a for a, lang in readers_of(office).items()]
    fields = {name: [_text(told[name])] for name in (*_TEXTS, *_NUMBERS, "digest", "id")}
    return fields | {
        "provinces": [code for code in told["provinces"] if ":" not in code],
        "old_provinces": [" ".join(code for code in told["provinces"] if ":" in code)],
        "addresses": ["\n".join(lines)],
        "quiet_days": [day for day in told["quiet_days"] if day in QUIET],
        "other_quiet_days": [" ".join(day for day in told["quiet_days"] if day not in QUIET)],
        **{f"urgency.{rule}": [chosen] for rule, chosen in told["urgency"].items()},
    }


def _torn(typed: Shown) -> Wrong:
    """What only two fields together can be wrong about."""
    wrong: Wrong = {}
    if typed["valid_from"] and typed["valid_until"] and typed["valid_until"] < typed["valid_from"]:
        wrong["valid_until"] = ["before-its-start"]
    begin, end = typed["quiet_from"], typed["quiet_until"]
    if bool(begin) != bool(end) or (begin and begin == end):
        wrong["quiet_until"] = ["quiet-needs-two-ends"]
    return wrong


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _reads(reader: Reader, row: Row[Any]) -> bool:
    return reader.provinces is None or bool(provinces_now(row.provinces) & set(reader.provinces))


def _stopped(connection: Connection) -> set[str]:
    query = select(addresses.c.address).where(addresses.c.stopped_at.is_not(None))
    return set(connection.scalars(query))
