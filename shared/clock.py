"""Today and now in Viet Nam. Rules take the moment as an argument; only edges ask this module."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

# Viet Nam keeps UTC+7 the whole year and has no daylight saving time, so no time zone database is needed.
VIET_NAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")

Clock = Callable[[], datetime]


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def day_in_viet_nam(moment: datetime) -> date:
    """The calendar day in Viet Nam at `moment`."""
    return moment.astimezone(VIET_NAM).date()


def as_utc_text(moment: datetime) -> str:
    """The moment as it stands in the log: UTC to the microsecond, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_utc_text(text: str) -> datetime:
    """The moment that `as_utc_text` wrote."""
    return datetime.fromisoformat(text)
