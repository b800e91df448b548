"""The pages of offices: who gets mail, and a form to change it in which nothing typed is lost."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from pydantic import ValidationError
from sqlalchemy import Connection, Row, select

from services.notifier.boards.forms import Fields, Mistaken, Wrong, one, wrong_in
from services.notifier.boards.letters import provinces_now
from services.notifier.boards.reader import Reader
from services.notifier.offices import Office
from services.notifier.tables import addresses, offices
from shared.places import provinces
from shared.problems import NotFound, OutsideYourScope
from shared.texts import LANGUAGES

KINDS: Final = get_args(Office.model_fields["kind"].annotation)
_ID: Final = re.compile(r"[a-z0-9-]{3,64}")

Shown = dict[str, Any]


def list_facts(connection: Connection, reader: Reader) -> Shown:
    """The offices of the reader's provinces."""
    stopped = _stopped(connection)
    rows = [row._asdict() for row in _rows(connection) if _mine(reader, row)]
    return {"offices": [row | {"silent": not set(row["addresses"]) - stopped} for row in rows]}


def one_facts(
    connection: Connection, reader: Reader, id: str | None, typed: Fields | None, wrong: Wrong
) -> Shown:
    """The form of an office: as it is written down, or as it was typed. Raises `NotFound`, or `OutsideYourScope`."""
    known = _known(connection, reader, id) if id else None
    shown = typed_again(typed) if typed is not None else _as_typed(known)
    return {
        "id": id,
        "office": shown,
        "wrong": wrong,
        "kinds": KINDS,
        "kept_languages": LANGUAGES,
        "provinces": [(one.code, one.name) for one in provinces("34")],
        "stopped": sorted(set(shown["addresses"].split()) & _stopped(connection)),
    }


def typed_again(fields: Fields) -> Shown:
    """What was typed, to be shown again."""
    return {
        "id": one(fields, "id"),
        "name": one(fields, "name"),
        "kind": one(fields, "kind"),
        "provinces": fields.get("provinces", []),
        "old_provinces": one(fields, "old_provinces"),
        "addresses": fields.get("addresses", [""])[0],
        "language": one(fields, "language") or "vi",
        "valid_from": one(fields, "valid_from"),
        "valid_until": one(fields, "valid_until"),
    }


def office_of(fields: Fields, kept: Mapping[str, Any] | None) -> Office:
    """The office a form describes; what the form does not show stays as it is `kept`. Raises `Mistaken`."""
    typed = typed_again(fields)
    asked = {name: typed[name] for name in ("name", "kind", "language")}
    asked["provinces"] = [*typed["provinces"], *typed["old_provinces"].split()]
    asked["addresses"] = typed["addresses"].split()
    asked |= {name: typed[name] or None for name in ("valid_from", "valid_until")}
    shown = {*asked, "id", "hours"}
    unshown = {name: told for name, told in (kept or {}).items() if name not in shown}
    try:
        office = Office.model_validate(unshown | asked)
    except ValidationError as error:
        raise Mistaken(wrong_in(error)) from None
    if office.valid_from and office.valid_until and office.valid_until < office.valid_from:
        raise Mistaken({"valid_until": ["before-its-start"]})
    return office


def new_id(connection: Connection, fields: Fields) -> str:
    """The name of a new office in addresses. Raises `Mistaken` if it is no such name, or taken."""
    id = one(fields, "id")
    if not _ID.fullmatch(id):
        raise Mistaken({"id": ["wrong-form"]})
    if connection.scalar(select(offices.c.id).where(offices.c.id == id)) is not None:
        raise Mistaken({"id": ["taken"]})
    return id


def _known(connection: Connection, reader: Reader, id: str) -> Row[Any]:
    row = connection.execute(select(offices).where(offices.c.id == id)).first()
    if row is None:
        raise NotFound
    if not _mine(reader, row):
        raise OutsideYourScope
    return row


def _mine(reader: Reader, row: Row[Any]) -> bool:
    return reader.provinces is None or bool(provinces_now(row.provinces) & set(reader.provinces))


def _rows(connection: Connection) -> Sequence[Row[Any]]:
    return connection.execute(select(offices).order_by(offices.c.kind, offices.c.name)).all()


def _stopped(connection: Connection) -> set[str]:
    query = select(addresses.c.address).where(addresses.c.stopped_at.is_not(None))
    return set(connection.scalars(query))


def _as_typed(row: Row[Any] | None) -> Shown:
    """An office as its form shows it; an empty form for a new one."""
    if row is None:
        return typed_again({"kind": ["provincial_association"]})
    codes = [str(code) for code in row.provinces]
    return {
        **row._asdict(),
        "provinces": [code for code in codes if ":" not in code],
        "old_provinces": " ".join(code for code in codes if ":" in code),
        "addresses": "\n".join(row.addresses),
        "valid_from": row.valid_from or "",
        "valid_until": row.valid_until or "",
    }
