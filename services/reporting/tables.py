"""The read models. Each row knows from which to which position we believed it; nothing is ever overwritten.

Days are ISO text, so that both databases compare them alike; `0001-01-01` stands for "no lower bound".
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)

from shared.catch_up import Reading
from shared.database import UtcMoment

metadata = MetaData()
reading = Reading(metadata)

_position = BigInteger().with_variant(Integer, "sqlite")


def _known() -> tuple[Column[int], Column[int]]:
    """Believed from this position up to, but not including, that one (null: still). Part of the key."""
    known_from = Column("known_from", _position, primary_key=True, autoincrement=False)
    return known_from, Column("known_until", _position)


def _place() -> tuple[Column[str], ...]:
    return (
        Column("list", String(8), nullable=False),
        Column("province", String(2), nullable=False),
        Column("commune", String(5)),
    )


# Every event heard of, in order: which moment belongs to which position, and the newest first for the dashboard.
heard = Table(
    "heard",
    metadata,
    Column("position", _position, primary_key=True, autoincrement=False),
    Column("recorded_at", UtcMoment, nullable=False, index=True),
    Column("type", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("day", Text),
)

# What each report adds to or takes from an indicator, as of a position. A figure is a sum over these rows: up to a
# position (what was known), within days (what was so). A correction adds rows that cancel the old ones.
# A row enters at `last_day` at the latest and at `first_day` at the earliest; `leaves` rows end what entered.
effects = Table(
    "effects",
    metadata,
    Column("position", _position, primary_key=True, autoincrement=False),
    Column("n", SmallInteger, primary_key=True, autoincrement=False),
    Column("indicator", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("first_day", String(10), nullable=False),
    Column("last_day", String(10), nullable=False),
    Column("leaves", Boolean, nullable=False),
    *_place(),
    Column("value", BigInteger, nullable=False),
    Column("low", BigInteger, nullable=False),
    Column("high", BigInteger, nullable=False),
    Column("unbounded", Integer, nullable=False),
    Column("certain", BigInteger, nullable=False),
    Index("effects_by_indicator", "indicator", "position"),
    Index("effects_by_subject", "subject", "indicator"),
)

clubs = Table(
    "clubs",
    metadata,
    Column("subject", Text, primary_key=True),
    *_known(),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False, index=True),
    *_place(),
    Column("province_now", String(2), nullable=False, index=True),
    Column("village", Text),
    Column("as_written", Text),
    Column("founded", Text, nullable=False),
    Column("scheme", String(10), nullable=False),
    Column("launched", Text),
    Column("members", JSON(none_as_null=True)),
    Column("members_on", Text),
    Index("clubs_believed", "known_until"),
)

trainings = Table(
    "trainings",
    metadata,
    Column("subject", Text, primary_key=True),
    *_known(),
    Column("state", String(10), nullable=False),
    Column("title", Text),
    Column("folded", Text, nullable=False),
    *_place(),
    Column("province_now", String(2), nullable=False, index=True),
    Column("as_written", Text),
    Column("day", Text, nullable=False),
    Column("last_day", String(10), nullable=False),
    Column("details", JSON, nullable=False),
    Index("trainings_believed", "known_until"),
)

published = Table(
    "published",
    metadata,
    Column("position", _position, primary_key=True, autoincrement=False),
    *_known(),
    Column("subject", Text, nullable=False),
    Column("indicator", String(64), nullable=False),
    Column("value", JSON, nullable=False),
    Column("as_of", Text),
    Column("place", JSON(none_as_null=True)),
    Column("note", Text),
    Column("citation", JSON(none_as_null=True)),
    Index("published_believed", "known_until"),
)

READ_MODELS = (heard, effects, clubs, trainings, published)
