"""When an office reads its mail: the hour of its digest, its quiet hours and quiet days, in Viet Nam's time. Pure."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.clock import VIET_NAM

if TYPE_CHECKING:
    import holidays  # Else only once a day is asked about: it is large.

Urgency = Literal["urgent", "daily", "weekly", "monthly", "never"]
Hour = Annotated[int, Field(ge=0, le=23)]
QuietDay = Annotated[str, StringConstraints(pattern=r"^(tet|weekend|holidays|(\d{4}-)?\d{2}-\d{2})$")]

_SLOWER: Final[tuple[Urgency, ...]] = ("urgent", "daily", "weekly", "monthly", "never")
_LONGEST_QUIET: Final = 366  # Days. Who is quiet the whole year through is asked no longer.


class Hours(BaseModel):
    """When an office wants to hear: its digest, when it wants quiet, and which rules it hears sooner or later.

    `digest_weekday` is 1 (Monday) to 7. `quiet_days` are `tet` (the public holidays of the lunar new year),
    `weekend`, `holidays` (all public holidays), `MM-DD` every year, or one day `YYYY-MM-DD`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    digest: Literal["daily", "weekly", "monthly"] = "daily"
    digest_hour: Hour = 8
    digest_weekday: Annotated[int, Field(ge=1, le=7)] = 1
    quiet_from: Hour | None = None
    quiet_until: Hour | None = None
    quiet_days: list[QuietDay] = Field(default_factory=list, max_length=100)
    urgency: dict[Annotated[str, StringConstraints(max_length=40)], Urgency] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _quiet_hours_have_two_ends(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet hours need a beginning and an end")
        if self.quiet_from is not None and self.quiet_from == self.quiet_until:
            raise ValueError("quiet hours cannot last the whole day")
        return self

    def urgency_of(self, rule: str, usual: Urgency) -> Urgency:
        """How soon the office hears of a rule: as it chose, else as usual, but no digest sooner than its own."""
        if rule in self.urgency:
            return self.urgency[rule]
        return max(usual, self.digest, key=_SLOWER.index) if usual not in ("urgent", "never") else usual

    def is_quiet(self, moment: datetime) -> bool:
        """Whether no letter may leave at this moment."""
        local = moment.astimezone(VIET_NAM)
        return self.is_quiet_day(local.date()) or self._is_quiet_hour(local.hour)

    def is_quiet_day(self, day: date) -> bool:
        """Whether no letter may leave on this day."""
        return any(_falls_on(quiet, day) for quiet in self.quiet_days)

    def due(self, urgency: Urgency, since: datetime) -> datetime:
        """The first moment at or after `since` at which the office hears of something so urgent."""
        if urgency == "urgent":
            return self._after_quiet(since)
        local = since.astimezone(VIET_NAM)
        return next((slot for slot in self._slots(urgency, local.date()) if slot >= since), since)

    def report_day(self, day: date) -> date:
        """The office's first working day of the month in which `day` lies."""
        return self._first_working_day(day.replace(day=1))

    def _slots(self, urgency: Urgency, day: date) -> Iterator[datetime]:
        """The moments of the digests from about `day` on, in order."""
        match urgency:
            case "weekly":
                monday = day - timedelta(days=day.weekday(), weeks=3)
                days = (
                    monday + timedelta(weeks=week, days=self.digest_weekday - 1)
                    for week in range(_LONGEST_QUIET // 7)
                )
            case "monthly":
                months = (day.year * 12 + day.month - 2 + month for month in range(14))
                days = (self._first_working_day(date(m // 12, m % 12 + 1, 1)) for m in months)
            case _:
                days = (day + timedelta(days=later) for later in range(-1, _LONGEST_QUIET))
        for one in days:
            at = datetime.combine(self._loud_day(one), time(self.digest_hour), VIET_NAM)
            yield self._after_quiet(at)

    def _loud_day(self, day: date) -> date:
        later = (day + timedelta(days=days) for days in range(_LONGEST_QUIET))
        return next((one for one in later if not self.is_quiet_day(one)), day)

    def _first_working_day(self, first: date) -> date:
        days = (first + timedelta(days=later) for later in range(_LONGEST_QUIET))
        free = ("weekend", "holidays")
        return next(
            (
                day
                for day in days
                if not self.is_quiet_day(day) and not any(_falls_on(one, day) for one in free)
            ),
            first,
        )

    def _after_quiet(self, moment: datetime) -> datetime:
        if not self.is_quiet(moment):
            return moment
        local = moment.astimezone(VIET_NAM).replace(minute=0, second=0, microsecond=0)
        later = (local + timedelta(hours=hours) for hours in range(1, 24 * _LONGEST_QUIET))
        return next((one for one in later if not self.is_quiet(one)), moment)

    def _is_quiet_hour(self, hour: int) -> bool:
        begin, end = self.quiet_from, self.quiet_until
        if begin is None or end is None:
            return False
        return begin <= hour < end if begin < end else hour >= begin or hour < end


def _falls_on(quiet: str, day: date) -> bool:
    match quiet:
        case "weekend":
            return day.isoweekday() > 5
        case "holidays":
            return day in _public_holidays()
        case "tet":
            return "Lunar New Year" in str(_public_holidays().get(day, ""))
        case _:
            return day.isoformat().endswith(quiet)


@cache
def _public_holidays() -> "holidays.HolidayBase":
    """Viet Nam's public holidays; those of Tết by the lunar calendar. Years are filled in as they are asked for."""
    import holidays

    return holidays.country_holidays("VN", language="en_US")
