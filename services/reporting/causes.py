"""What kind of report changed a figure: a late one, a correction, a place decided … (decision 0017)."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, select

from services.reporting.amounts import Amounts
from services.reporting.heads import TOLD
from services.reporting.indicators import Indicator, rests_on
from services.reporting.tables import effects, heard
from shared.calendar import Meetings
from shared.effective import Standing, root, standings
from shared.events import ReportCorrected, ReportWithdrawn
from shared.log import Histories
from shared.report import Identity, Recorded
from shared.values import when

AT_ONCE: Final = 500  # Positions in one query.


class Kind(StrEnum):
    """Why a figure changed, in the order in which an answer sums them up."""

    DAYS_PASSED = (
        "days_passed"  # Known before already, dated between the two days asked for; counts that aged.
    )
    NEW_REPORT = "new_report"
    LATE_REPORT = "late_report"
    CORRECTION = "correction"
    WITHDRAWAL = "withdrawal"
    SUSPENSION = "suspension"
    RESTORATION = "restoration"
    PLACE_DECISION = "place_decision"
    MOVE = "move"
    MERGER = "merger"
    NO_LONGER_AWAITED = (
        "no_longer_awaited"  # The first report of a day: a meeting due long before is not waited for.
    )


@dataclass(frozen=True, slots=True)
class Cause:
    """One report, and what it changed."""

    position: int
    kind: Kind
    type: str
    subject: str
    recorded_at: datetime
    amounts: Amounts

    @property
    def size(self) -> tuple[int, ...]:
        """The largest first; of equals the earlier."""
        amounts = self.amounts
        edges = abs(amounts.low) + abs(amounts.high)
        return -abs(amounts.value), -abs(amounts.unbounded), -edges, self.position


def causes(
    connection: Connection,
    log: Histories,
    indicator: Indicator,
    since_day: date,
    by_position: Mapping[int, Amounts],
) -> list[Cause]:
    """The reports behind changes, the largest first. What is dated before `since_day` was late."""
    rows = list(_heard(connection, sorted(by_position)))
    ground = _MEETINGS if isinstance(indicator.counted, Meetings) else rests_on(indicator)
    amended = _amended(connection, log, ground, rows)
    found = [
        Cause(
            row.position,
            amended.get(row.position) or _kind(ground, row, since_day),
            row.type,
            row.subject,
            row.recorded_at,
            by_position[row.position],
        )
        for row in rows
    ]
    return sorted(found, key=lambda cause: cause.size)


# What expected meetings are counted from; besides, any report may tell that a day has passed.
_MEETINGS: Final = frozenset({"clubs", "meetings", "meetings_cancelled"})
_BEARING: Final = frozenset(
    {
        *("club.founded", "club.launched", "club.dissolved", "club.merged", "club.moved", "place.resolved"),
        *("charter.adopted", "meeting.held", "meeting.cancelled"),
    }
)
# What a club's beginning and end change of themselves; all else they change by the ground they give or take.
_OF_ITSELF: Final = {
    "club.founded": ({"clubs", "new_clubs", *TOLD}, Kind.RESTORATION),
    "club.dissolved": ({"clubs", *TOLD}, Kind.SUSPENSION),
}
_BY_TYPE: Final = {
    "place.resolved": Kind.PLACE_DECISION,
    "club.moved": Kind.MOVE,
    "club.merged": Kind.MERGER,
}


def _kind(ground: frozenset[str], row: Any, since_day: date) -> Kind:
    """The kind of a report that amends no other, by the sums that the figure rests on."""
    if row.type in _BY_TYPE:
        return _BY_TYPE[row.type]
    own, otherwise = _OF_ITSELF.get(row.type, (ground, Kind.NEW_REPORT))
    if ground.isdisjoint(own):
        return otherwise
    if _only_came_later(ground, row.type):
        return Kind.NO_LONGER_AWAITED
    late = row.day is not None and when(row.day).last < since_day
    return Kind.LATE_REPORT if late else Kind.NEW_REPORT


def _amended(
    connection: Connection, log: Histories, ground: frozenset[str], rows: Sequence[Any]
) -> dict[int, Kind]:
    """The kinds of corrections and withdrawals. One that moves a figure its own report says nothing of took the
    ground from other reports, or gave it back."""
    amending = [row for row in rows if row.type in (ReportCorrected.type, ReportWithdrawn.type)]
    histories = {subject: log.history(subject) for subject in {row.subject for row in amending}}
    roots = {row.position: _root(histories[row.subject], row.position) for row in amending}
    own = set(_telling(connection, ground, {one.position for one in roots.values()}))
    return {
        row.position: _amends(row, roots[row.position], ground, own, histories[row.subject])
        for row in amending
    }


def _amends(
    row: Any, about: Recorded, ground: frozenset[str], own: set[int], history: Sequence[Recorded]
) -> Kind:
    if about.type == ReportWithdrawn.type:
        return Kind.RESTORATION
    if about.position not in own:
        until = [one for one in history if one.position <= row.position]
        was, now = standings(until[:-1]), standings(until)
        moved = {(was[at], now[at]) for at in was if was[at] is not now[at]}
        if any(to is Standing.SUSPENDED for _, to in moved):
            return Kind.SUSPENSION
        if any(before is Standing.SUSPENDED for before, _ in moved):
            return Kind.RESTORATION
        if _only_came_later(ground, about.type):
            return Kind.NO_LONGER_AWAITED
    return Kind.CORRECTION if row.type == ReportCorrected.type else Kind.WITHDRAWAL


def _only_came_later(ground: frozenset[str], type: str) -> bool:
    """Whether such a report can change expected meetings by the day it was recorded alone."""
    return ground == _MEETINGS and type not in _BEARING


def _root(history: Sequence[Recorded], position: int) -> Recorded:
    """The report that the correction or withdrawal at a position is about."""
    event = next(one for one in history if one.position == position).event
    assert isinstance(event, ReportCorrected | ReportWithdrawn)
    found = root(history, Identity(event.target.source, event.target.id))
    assert found is not None
    return found


def _heard(connection: Connection, positions: Sequence[int]) -> Iterator[Any]:
    for some in _in_lots(heard.c.position, positions):
        yield from connection.execute(select(heard).where(some))


def _telling(connection: Connection, ground: Collection[str], positions: Iterable[int]) -> Iterator[int]:
    """Those of the reports that said something of these sums when they came."""
    for some in _in_lots(effects.c.position, sorted(positions)):
        yield from connection.scalars(
            select(effects.c.position).where(effects.c.indicator.in_(ground), some).distinct()
        )


def _in_lots(column: ColumnElement[int], positions: Sequence[int]) -> Iterator[ColumnElement[bool]]:
    for start in range(0, len(positions), AT_ONCE):
        yield column.in_(positions[start : start + AT_ONCE])
