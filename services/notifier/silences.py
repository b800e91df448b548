"""Silences: what a person asked not to be told for a while, of a rule, a province or a club."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from sqlalchemy import Connection, Engine, Row, insert, select, update

from services.notifier.tables import alerts, facts, silences
from shared.access import OFFICES, Role, Token
from shared.clock import as_utc_text
from shared.database import reads
from shared.places import PROVINCES
from shared.problems import BadQuestion, CannotDo, Fault, NotFound, OutsideYourScope

_LONGEST: Final = timedelta(days=366)
_NAMED: Final = ("rule", "province", "club")


class SilenceAsked(BaseModel):
    """What is not to be told, why, and until when. Of rule, province and club all that are given must fit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: Annotated[str, StringConstraints(pattern=r"^[a-z_]{3,40}$")] | None = None
    province: Annotated[
        str | None, Field(pattern=r"^\d{2}$", description="Code on today's map.", examples=["08"])
    ] = None
    club: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{3,64}$")] | None = None
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
    ends_at: AwareDatetime

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not (self.rule or self.province or self.club):
            raise ValueError("a silence names a rule, a province or a club")
        if self.province and ("2025-07", self.province) not in PROVINCES:
            raise ValueError("no such province")
        return self


def silence(engine: Engine, asked: SilenceAsked, token: Token, now: datetime) -> dict[str, Any]:
    """Begin a silence; it is on disk when this returns.

    Raises `BadQuestion` if it ends in the past or after more than a year, and `OutsideYourScope` if a board names no
    province or club of its own.
    """
    if not now < asked.ends_at <= now + _LONGEST:
        fault = "too-small" if asked.ends_at <= now else "too-large"
        raise BadQuestion(faults=(Fault("/body/ends_at", fault),))
    row = asked.model_dump() | {"author": token.name, "starts_at": now}
    with engine.begin() as transaction:
        _check_scope(transaction, row, token)
        id = transaction.scalar(insert(silences).values(row).returning(silences.c.id))
    return _told({"id": id, **row, "lifted_at": None, "lifted_by": None})


def lift(engine: Engine, id: int, token: Token, now: datetime) -> dict[str, Any]:
    """End a silence before its time.

    Raises `NotFound`, `OutsideYourScope`, or `CannotDo` if it is over already.
    """
    with engine.begin() as transaction:
        row = transaction.execute(select(silences).where(silences.c.id == id)).first()
        if row is None:
            raise NotFound
        _check_scope(transaction, row._asdict(), token)
        if not _holds(row, now):
            raise CannotDo
        lifted = {"lifted_at": now, "lifted_by": token.name}
        transaction.execute(update(silences).where(silences.c.id == id).values(lifted))
    return _told(row._asdict() | lifted)


def all_silences(engine: Engine, now: datetime, over_too: bool) -> list[dict[str, Any]]:
    """The silences that hold, the newest first; on request also those that are over."""
    with reads(engine).connect() as connection:
        rows = connection.execute(select(silences).order_by(silences.c.id.desc())).all()
    return [_told(row._asdict()) for row in rows if over_too or _holds(row, now)]


def silences_at(transaction: Connection, now: datetime) -> list[Row[Any]]:
    """The silences that hold at a moment."""
    query = select(silences).where(silences.c.ends_at > now, silences.c.lifted_at.is_(None))
    return list(transaction.execute(query.order_by(silences.c.id)))


def covers(silence: Any, alert: Mapping[str, Any]) -> bool:
    """Whether a silence is about this alert."""
    about = {"rule": alert["rule"], "province": alert["province_now"], "club": alert["subject"]}
    return all(getattr(silence, name) in (None, about[name]) for name in _NAMED)


def _holds(row: Row[Any], now: datetime) -> bool:
    return bool(row.lifted_at is None and now < row.ends_at)


def _check_scope(transaction: Connection, row: Mapping[str, Any], token: Token) -> None:
    """A board silences what is its own; a rule as a whole only with its province or a club of it."""
    token.check_role(*OFFICES)
    if token.role is not Role.PROVINCE:
        return
    province = row["province"] or province_of(transaction, row["club"])
    if province not in token.provinces:
        raise OutsideYourScope("/body/province")


def province_of(transaction: Connection, club: str | None) -> str | None:
    """The province a club lies in, on today's map; None if nothing is known of it."""
    known = (
        transaction.scalar(select(table.c.province_now).where(table.c.subject == club).limit(1))
        for table in (facts, alerts)
    )
    return next((province for province in known if province), None)


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    moments = ("starts_at", "ends_at", "lifted_at")
    return dict(row) | {name: as_utc_text(row[name]) if row[name] else None for name in moments}
