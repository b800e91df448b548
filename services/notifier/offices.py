"""Offices: who gets mail. Provincial boards and associations, and the national office."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from sqlalchemy import Engine, delete, insert, select

from services.notifier.tables import offices
from shared.database import reads
from shared.places import PROVINCES

Address = Annotated[
    str, StringConstraints(pattern=r"^[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\"]+$", max_length=254)
]
Code = Annotated[str, StringConstraints(pattern=r"^\d{2}$")]


class Office(BaseModel):
    """An office with its provinces (codes on today's map), its addresses (of the office, no person's) and validity."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    kind: Literal["provincial_board", "provincial_association", "national_office"]
    provinces: list[Code] = Field(default_factory=list)
    addresses: list[Address] = Field(default_factory=list, max_length=20)
    language: Literal["vi", "en"] = "vi"
    valid_from: date | None = None
    valid_until: date | None = None

    @model_validator(mode="after")
    def _provinces_exist(self) -> Self:
        if any(("2025-07", code) not in PROVINCES for code in self.provinces):
            raise ValueError("no such province")
        return self


def all_offices(engine: Engine) -> list[dict[str, Any]]:
    """Every office, by id."""
    with reads(engine).connect() as connection:
        rows = connection.execute(select(offices).order_by(offices.c.id))
        return [{name: told for name, told in row._mapping.items() if name != "hours"} for row in rows]


def put_office(engine: Engine, id: str, office: Office) -> None:
    """Write an office down, replacing what was known under its id."""
    row = office.model_dump(mode="json") | {"id": id, "hours": {}}
    with engine.begin() as transaction:
        transaction.execute(delete(offices).where(offices.c.id == id))
        transaction.execute(insert(offices).values(row))
