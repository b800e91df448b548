"""What a board does from its pages. Each is durable before it is answered, and says where to go on."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from services.notifier.alerts_api import acknowledge_one
from services.notifier.boards import offices as forms_of_offices
from services.notifier.boards.alerts import FILTERS
from services.notifier.boards.forms import Fields, Mistaken, one
from services.notifier.boards.reader import Reader
from services.notifier.boards.silencing import asked_of
from services.notifier.offices import put_office
from services.notifier.parts import Parts
from services.notifier.silences import lift, silence
from shared.access import Token

NOTE_LIMIT: Final = 500

Act = Callable[[Parts, Reader, Fields], str]


def acknowledged(parts: Parts, reader: Reader, fields: Fields, id: int) -> str:
    """Say that an alert is known. Raises `NotFound`, `CannotDo` if it is over, or `OutsideYourScope`."""
    acknowledge_one(parts, id, _token(reader), one(fields, "note")[:NOTE_LIMIT] or None)
    if one(fields, "back") != "list":
        return f"/alerts/{id}"
    kept = {name: value for name in FILTERS if (value := one(fields, name))}
    return f"/alerts?{urlencode(kept)}" if kept else "/alerts"


def silenced(parts: Parts, reader: Reader, fields: Fields) -> str:
    """Begin a silence. Raises `Mistaken`, `RoleNotEnough` or `OutsideYourScope`."""
    now = parts.clock()
    silence(parts.database, asked_of(fields, now), _token(reader), now)
    return "/silences"


def lifted(parts: Parts, reader: Reader, _fields: Fields, id: int) -> str:
    """End a silence. Raises `NotFound`, `CannotDo` if it is over, `RoleNotEnough` or `OutsideYourScope`."""
    lift(parts.database, id, _token(reader), parts.clock())
    return "/silences"


def office_written(parts: Parts, reader: Reader, fields: Fields, id: str | None) -> str:
    """Write an office down; without `id` a new one. Raises `Mistaken`, `NotFound` or `RoleNotEnough`."""
    reader.check_oversees()
    with parts.database.connect() as connection:
        if id is not None:
            forms_of_offices.find(connection, reader, id)
            office = forms_of_offices.office_of(fields)
        else:
            id, office = _new(connection, fields)
    put_office(parts.database, id, office, _token(reader).name, parts.clock())
    return f"/offices/{id}"


def _new(connection: Any, fields: Fields) -> tuple[str, Any]:
    """The faults of all fields at once, of the name in addresses too."""
    wrong: dict[str, list[str]] = {}
    id, office = "", None
    try:
        id = forms_of_offices.new_id(connection, fields)
    except Mistaken as mistaken:
        wrong |= mistaken.wrong
    try:
        office = forms_of_offices.office_of(fields)
    except Mistaken as mistaken:
        wrong |= mistaken.wrong
    if wrong:
        raise Mistaken(wrong)
    return id, office


def _token(reader: Reader) -> Token:
    assert reader.token is not None  # A form is let in with a token only.
    return reader.token
