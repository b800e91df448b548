"""Sign-off: who vouches for the figures of a period, and what became of them since (decision 0016)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, select

from services.reporting.changes import Changes, changes
from services.reporting.figures import Sum
from services.reporting.lists import believed
from services.reporting.sign_off_sheet import ON_THE_SHEET, Match, line, sheet
from services.reporting.tables import heard, told
from shared.clock import as_utc_text
from shared.events import PeriodReopened, PeriodSignedOff
from shared.places import LIST_OF, Scheme

_SAID: Final = {one.type: one for one in (PeriodSignedOff, PeriodReopened)}


class State(StrEnum):
    """How a period stands: open, vouched for, vouched for but changed since, or open again."""

    OPEN = "open"
    SIGNED = "signed"
    CHANGED = "changed_after_sign_off"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class Act:
    """A sign-off or a reopening as it counts, with the data of its last correction."""

    position: int
    province: str
    recorded_at: datetime
    said: PeriodSignedOff | PeriodReopened

    @property
    def days(self) -> tuple[date, date]:
        """What tells periods apart: a quarter is the same as its three months."""
        return self.said.period.first, self.said.period.last

    def as_json(self) -> dict[str, Any]:
        said = self.said.model_dump(mode="json", exclude_none=True, exclude={"citation"})
        if "position" in said:
            said["signed_position"] = said.pop("position")
        recorded_at = as_utc_text(self.recorded_at)
        return {"position": self.position, "type": self.said.type, "recorded_at": recorded_at, **said}


@dataclass(frozen=True, slots=True)
class Signature:
    """The sign-off that stands: the last, unless the period was opened again after it."""

    act: Act
    figures: PeriodSignedOff

    def verified(self, connection: Connection) -> Match:
        """Count again what was signed, and hold it against the hash."""
        seen = sheet(connection, self.figures.position, self.act.province, self.figures.period)
        return seen.matches(self.figures.figures_sha256)


@dataclass(frozen=True, slots=True)
class Changed:
    """A line of the sheet that is not what it was when it was signed."""

    indicator: str
    signed: Sum
    now: Sum


@dataclass(frozen=True, slots=True)
class Explained:
    """A line that changed, and what changed it."""

    indicator: str
    way: Changes

    def as_json(self) -> dict[str, Any]:
        """`causes` are the positions after the sign-off's that changed the line."""
        return {
            "indicator": self.indicator,
            "signed": self.way.before.as_json(),
            "now": self.way.after.as_json(),
            "difference": (self.way.after - self.way.before).as_json(),
            "causes": sorted(self.way.by_position),
        }


def acts(connection: Connection, position: int, province: str | None = None) -> list[Act]:
    """The sign-offs and reopenings that count at a position, of one province or of all, in the order of the log."""
    wanted = [told.c.type.in_(_SAID), believed(told, position)]
    if province is not None:
        wanted.append(told.c.subject == province)
    query = (
        select(told.c.position, told.c.type, told.c.subject, told.c.data, heard.c.recorded_at)
        .join(heard, heard.c.position == told.c.position)
        .where(*wanted)
        .order_by(told.c.position)
    )
    return [
        Act(row.position, row.subject, row.recorded_at, _SAID[row.type].model_validate(row.data))
        for row in connection.execute(query)
    ]


def about(found: Sequence[Act], province: str, days: tuple[date, date]) -> list[Act]:
    """What was done about one period of one province."""
    return [act for act in found if act.province == province and act.days == days]


def in_force(done: Sequence[Act]) -> Signature | None:
    """The sign-off that stands, of all that was done about a period."""
    match done:
        case [*_, Act(said=PeriodSignedOff() as figures) as last]:
            return Signature(last, figures)
    return None


def state_of(done: Sequence[Act], changed: Sequence[Changed | Explained]) -> State:
    """How a period stands, by what was done about it and what changed since."""
    if in_force(done) is not None:
        return State.CHANGED if changed else State.SIGNED
    return State.REOPENED if done else State.OPEN


def after_sign_off(connection: Connection, position: int, done: Sequence[Act]) -> list[Changed]:
    """The lines that changed since the sign-off that stands; none where none stands."""
    signed = in_force(done)
    if signed is None:
        return []
    province, period = signed.act.province, signed.figures.period
    before, now = (
        sheet(connection, at, province, period).figures for at in (signed.figures.position, position)
    )
    lines = (Changed(code, before[code], now[code]) for code in ON_THE_SHEET)
    return [one for one in lines if one.signed.as_json() != one.now.as_json()]


def explained(connection: Connection, position: int, done: Sequence[Act]) -> list[Explained]:
    """The same lines, each with every report that changed it."""
    signed = in_force(done)
    if signed is None:
        return []
    since, province, period = signed.figures.position, signed.act.province, signed.figures.period
    return [
        Explained(one.indicator, changes(connection, line(position, province, period, one.indicator), since))
        for one in after_sign_off(connection, position, done)
    ]


def signed_off(
    connection: Connection, position: int, scope: str, start: date, end: date, scheme: Scheme = "34"
) -> dict[str, Any] | None:
    """Who vouches for a province's figures of exactly these days, and how they stand; None for any other question.

    Goes by the log alone, so it is the same for ever at a position and may stand in a figure's answer.
    """
    kind, _, rest = scope.partition(":")
    if kind != "province" or scheme not in LIST_OF:
        return None
    province = f"province:{LIST_OF[scheme]}:{rest.rpartition(':')[2]}"
    done = about(acts(connection, position, province), province, (start, end))
    signed = in_force(done)
    if signed is None:
        return None
    return signed.act.as_json() | {"state": state_of(done, after_sign_off(connection, position, done))}
