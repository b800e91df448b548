"""Offices: who gets mail. Provincial boards and associations, the national office, technicians, operators."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import Connection, Engine, delete, insert, or_, select

from services.notifier.conditions import to_settle
from services.notifier.hours import Hours
from services.notifier.rules.catalogue import Audience
from services.notifier.tables import addresses, office_history, offices
from shared.clock import as_utc_text
from shared.database import reads
from shared.places import PROVINCES, candidates
from shared.texts import Language

Address = Annotated[
    str, StringConstraints(pattern=r"^[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\"]+$", max_length=254)
]
OLD_MAP = "pre-2025:"
Code = Annotated[str, StringConstraints(pattern=rf"^({OLD_MAP})?\d{{2}}$")]

_AUDIENCES: dict[str, Audience] = {
    "provincial_board": "board",
    "provincial_association": "board",
    "national_office": "national",
    "technician": "technician",
    "operator": "operator",
}


class Office(Hours):
    """An office: its provinces, its addresses, its hours, and from when until when it exists.

    `provinces` are codes on today's map, or `pre-2025:02` on the old one; none means the whole nation. `languages`
    names those addresses whose reader wants another language than the office.
    """

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    kind: Literal["provincial_board", "provincial_association", "national_office", "technician", "operator"]
    provinces: list[Code] = Field(default_factory=list, max_length=100)
    addresses: list[Address] = Field(default_factory=list, max_length=20)
    language: Language = "vi"
    languages: dict[Address, Language] = Field(default_factory=dict)
    valid_from: date | None = None
    valid_until: date | None = None

    @model_validator(mode="after")
    def _provinces_exist(self) -> Self:
        if any(_on_the_map(code) not in PROVINCES for code in self.provinces):
            raise ValueError("no such province")
        return self

    @model_validator(mode="after")
    def _languages_have_readers(self) -> Self:
        if not self.languages.keys() <= set(self.addresses):
            raise ValueError("a language for an address that is not the office's")
        return self

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValueError("valid_until lies before valid_from")
        return self


def hours_of(office: Mapping[str, Any]) -> Hours:
    """The hours of an office as it is kept."""
    return Hours.model_validate(office["hours"])


def readers_of(office: Mapping[str, Any]) -> dict[str, Language]:
    """The addresses of an office, each with the language of its reader."""
    return {address: office["languages"].get(address, office["language"]) for address in office["addresses"]}


def all_offices(engine: Engine) -> list[dict[str, Any]]:
    """Every office, by id."""
    with reads(engine).connect() as connection:
        return [_told(row._asdict()) for row in connection.execute(select(offices).order_by(offices.c.id))]


def find_office(engine: Engine, id: str) -> dict[str, Any] | None:
    """One office; None if there is none of this id."""
    with reads(engine).connect() as connection:
        row = connection.execute(select(offices).where(offices.c.id == id)).first()
    return _told(row._asdict()) if row else None


def put_office(engine: Engine, id: str, office: Office, by: str, now: datetime) -> None:
    """Write an office down, replacing what was known under its id. Its history tells who did, and when.

    An address that it did not have before gets letters, even if mail came back from it.
    """
    told = office.model_dump(mode="json", exclude_none=False)
    hours = {name: told.pop(name) for name in Hours.model_fields}
    with engine.begin() as transaction:
        before = transaction.scalar(select(offices.c.addresses).where(offices.c.id == id)) or []
        written_anew = [address for address in office.addresses if address not in before]
        transaction.execute(delete(addresses).where(addresses.c.address.in_(written_anew)))
        to_settle(transaction, [f"office:{id}"])
        transaction.execute(delete(offices).where(offices.c.id == id))
        transaction.execute(insert(offices).values({"id": id, "hours": hours, **told}))
        _remember(transaction, id, by, now, told | hours)


def delete_office(engine: Engine, id: str, by: str, now: datetime) -> bool:
    """Take an office out; its history and letters stay. False if there is none of this id."""
    with engine.begin() as transaction:
        if not transaction.execute(delete(offices).where(offices.c.id == id)).rowcount:
            return False
        _remember(transaction, id, by, now, None)
    return True


def history_of(engine: Engine, id: str) -> list[dict[str, Any]]:
    """What an office became, when and by whom, in order; `became` is None when it was taken out."""
    query = select(office_history).where(office_history.c.office == id).order_by(office_history.c.id)
    with reads(engine).connect() as connection:
        return [
            {"at": as_utc_text(row.at), "by": row.by, "became": row.became}
            for row in connection.execute(query)
        ]


def offices_on(transaction: Connection, day: date) -> list[dict[str, Any]]:
    """The offices that exist on `day`, by id."""
    on = day.isoformat()
    from_, until = offices.c.valid_from, offices.c.valid_until
    valid = (or_(from_.is_(None), from_ <= on), or_(until.is_(None), until >= on))
    return [
        row._asdict() for row in transaction.execute(select(offices).where(*valid).order_by(offices.c.id))
    ]


def exists_on(office: Mapping[str, Any], day: date) -> bool:
    """Whether the office exists on `day`."""
    on = day.isoformat()
    return (office["valid_from"] or on) <= on <= (office["valid_until"] or on)


def hears_of(office: Mapping[str, Any], alert: Mapping[str, Any], audience: Audience) -> bool:
    """Whether an office is told of an alert that is meant for `audience`.

    An office of the old map hears of what lies in its province, or may lie there. A board has provinces; for other
    offices none means all.
    """
    if _AUDIENCES[office["kind"]] != audience:
        return False
    if not office["provinces"]:
        return audience != "board"
    return any(lies_in(alert, code) for code in office["provinces"])


def lies_in(alert: Mapping[str, Any], code: str) -> bool:
    """Whether an alert's place lies, or may lie, in a province as offices name it."""
    if not code.startswith(OLD_MAP):
        return bool(code == alert["province_now"])
    old, known = code.removeprefix(OLD_MAP), alert["province_63"]
    return old == known if known else old in candidates("2025-07", alert["province_now"], "63")


def _on_the_map(code: str) -> tuple[str, str]:
    return ("pre-2025", code.removeprefix(OLD_MAP)) if code.startswith(OLD_MAP) else ("2025-07", code)


def _remember(
    transaction: Connection, id: str, by: str, now: datetime, became: dict[str, Any] | None
) -> None:
    transaction.execute(insert(office_history).values(office=id, at=now, by=by, became=became))


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """An office as HTTP tells of it: its hours beside the rest."""
    shown = {name: told for name, told in row.items() if name != "hours"}
    return shown | Hours.model_validate(row["hours"]).model_dump(mode="json")
