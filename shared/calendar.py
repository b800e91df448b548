"""Which meetings a club was expected to hold, and what became of each. Pure.

*Not held* (a device of the club was heard from since, and told of no meeting), *not received* (none was heard from)
and *late* are three different things (decision 0015). Nothing here invents a day.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from shared.clock import day_in_viet_nam
from shared.events import CharterAdopted
from shared.events.clubs import MeetingRhythm
from shared.same_club import OF_THE_REGISTRATION
from shared.values import NOTHING, Range, When

GRACE: Final = timedelta(days=10)  # Ours: a report of ten days after the meeting's day is in time.
# The model. Source: docs/domain.md §1, "Monthly meeting".
ONCE_A_MONTH: Final = MeetingRhythm(times=1, months=1)
# The one source of all field apps of that kind: it tells nothing of any one device.
SHARED: Final = "/openrosa"
# What an office writes about a club, rather than the club's own device about what the club does.
PAPERS: Final = OF_THE_REGISTRATION | {"place.resolved", "report.corrected", "report.withdrawn"}


class State(StrEnum):
    """What became of an expected meeting."""

    HELD = "held"
    LATE = "late"  # Held, and reported later than GRACE after its due day.
    CANCELLED = "cancelled"
    DUE = "due"  # Its due day and GRACE have not passed.
    PERHAPS = "perhaps"  # A report that is not known to the month may be about it.
    NOT_HELD = "not_held"  # A device of the club was heard from since, and told of no meeting.
    NOT_RECEIVED = "not_received"  # No device of the club was heard from since.
    UNKNOWN = "unknown"  # Nothing can be said about the club's devices.


RECEIVED: Final = (State.HELD, State.LATE, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Life:
    """What a club's meetings are expected from: its founding, ceremony and end, and its charters, oldest first."""

    founded: When
    launched: When | None = None
    ended: When | None = None
    charters: Sequence[CharterAdopted] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """A meeting held, or else cancelled, on one of the days `first` to `last`.

    `recorded_at` is when that was first known; None for a load of the past, which is never late.
    """

    first: date
    last: date
    held: bool
    position: int
    recorded_at: datetime | None

    @property
    def latest(self) -> date:
        """The last day it may have been on: what is held was held by the day after its report."""
        if not self.held or self.recorded_at is None:
            return self.last
        return max(self.first, min(self.last, day_in_viet_nam(self.recorded_at) + timedelta(days=1)))


@dataclass(frozen=True, slots=True)
class Expectation:
    """So many meetings from `first` to `last`, the last of them by the day `due`."""

    first: date
    last: date
    due: date
    meetings: int

    @property
    def closes(self) -> date:
        """The last day on which its report is in time."""
        return self.due + GRACE


@dataclass(frozen=True, slots=True)
class Devices:
    """When each device of a club was last heard from. `whole`: none can have been heard from later."""

    last_heard: Mapping[str, datetime] = field(default_factory=dict)
    whole: bool = True

    def heard_after(self, day: date) -> bool | None:
        """Whether a device was heard from after this day; None if that cannot be said."""
        if any(day_in_viet_nam(moment) > day for moment in self.last_heard.values()):
            return True
        return False if self.last_heard and self.whole else None


@dataclass(frozen=True, slots=True)
class Expected:
    """One expected meeting: its state, and the report that settles it, if there is one."""

    of: Expectation
    state: State
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class Meetings:
    """An indicator that counts expected meetings: those of which `states` is surely true, in `high` what may be."""

    states: frozenset[State]

    @property
    def all_of_them(self) -> bool:
        """Whether it counts them whatever became of them."""
        return self.states >= set(State)

    def of(self, one: Expected) -> Range:
        """What an expected meeting adds. A report may still come, or may be about another month."""
        if one.state in self.states:
            return Range(1, 1, 1)
        return Range(0, 0, 1) if one.state in (State.DUE, State.PERHAPS) else NOTHING


def expectations(life: Life, first: date, last: date) -> Iterator[Expectation]:
    """What was expected of a club, due from `first` to `last`: from the month after its ceremony, or else its
    founding, until it may have ended.
    """
    at = _after(_last_of_month((life.launched or life.founded).last))
    if all((charter.meetings or ONCE_A_MONTH).months == 1 for charter in life.charters):
        at = max(at, first.replace(day=1))  # No longer period reaches in: the months before need no look.
    while at <= last:
        one = _expectation(life.charters, at)
        if one.due > last or (life.ended is not None and life.ended.first <= one.due):
            return
        if one.due >= first:
            yield one
        at = _after(one.last)


def devices_of(told: Iterable[tuple[str, str]]) -> set[str]:
    """The devices of a club, from the (type, source) of its reports: who tells what it does, else who registered it."""
    known = [(type, source) for type, source in told if source != SHARED]
    telling = {source for type, source in known if type not in PAPERS}
    return telling or {source for _, source in known}


def became(of: Expectation, told: Iterable[Told], devices: Devices, on: date) -> list[Expected]:
    """What became of each meeting expected, as of the day `on`. More meetings than expected are fine."""
    told = [one for one in told if one.first <= min(on, of.last) or not one.held]
    surely = [one for one in told if of.first <= one.first and one.latest <= of.last]
    held = sorted((one for one in surely if one.held), key=lambda one: _is_late(of, one))
    found = [Expected(of, State.LATE if _is_late(of, one) else State.HELD, one) for one in held]
    found += [Expected(of, State.CANCELLED, one) for one in surely if not one.held]
    if on <= of.closes:
        found += [Expected(of, State.DUE)] * of.meetings
    perhaps = (one for one in told if one not in surely and one.first <= of.last and of.first <= one.latest)
    found += [Expected(of, State.PERHAPS, one) for one in perhaps]
    found += [Expected(of, _missing(devices.heard_after(of.closes)))] * of.meetings
    return found[: of.meetings]


def _missing(heard_since: bool | None) -> State:
    if heard_since is None:
        return State.UNKNOWN
    return State.NOT_HELD if heard_since else State.NOT_RECEIVED


def _is_late(of: Expectation, told: Told) -> bool:
    return told.recorded_at is not None and day_in_viet_nam(told.recorded_at) > of.closes


def _expectation(charters: Sequence[CharterAdopted], at: date) -> Expectation:
    """What is expected from the month that begins `at`, by the newest charter adopted by the day it makes due."""
    for charter in reversed(charters):
        of = _by(charter.meetings or ONCE_A_MONTH, charter.meeting_day, at)
        if charter.occurred_on.last <= of.due:
            return of
    return _by(ONCE_A_MONTH, None, at)


def _by(rhythm: MeetingRhythm, meeting_day: int | None, at: date) -> Expectation:
    """A period of the rhythm. One day of the month cannot be that of two meetings in it: then its last day is due."""
    years, month = divmod(at.month - 1 + rhythm.months - 1, 12)
    last = _last_of_month(date(at.year + years, month + 1, 1))
    if meeting_day is None or rhythm.times > rhythm.months:
        return Expectation(at, last, last, rhythm.times)
    return Expectation(at, last, last.replace(day=min(meeting_day, last.day)), rhythm.times)


@lru_cache(maxsize=1024)  # Every club asks for the same months.
def _last_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _after(day: date) -> date:
    return day + timedelta(days=1)
