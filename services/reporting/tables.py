"""The read models. Each row knows from which to which position we believed it; nothing is ever overwritten.

Days are ISO text, so that both databases compare them alike; `0001-01-01` stands for "no lower bound".
"""

from typing import Any, Final

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
    literal_column,
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
    """Where, on three maps: as recorded (with its old district), on today's, on the old one. Null: it is not known."""
    return (
        Column("list", String(8), nullable=False),
        Column("province", String(2), nullable=False),
        Column("district", String(3)),
        Column("commune", String(5)),
        Column("province_now", String(2), nullable=False),
        Column("commune_now", String(5)),
        Column("province_63", String(2)),
    )


def _amounts() -> tuple[Column[int], ...]:
    """A number with its edges, how often it is unbounded above, and how much of it is exact. They add up."""
    return (
        Column("value", BigInteger, nullable=False),
        Column("low", BigInteger, nullable=False),
        Column("high", BigInteger, nullable=False),
        Column("unbounded", Integer, nullable=False),
        Column("certain", BigInteger, nullable=False),
    )


def _summed() -> tuple[Column[Any], ...]:
    """Sums of a block beyond a position (`after`): of what, over which days, where."""
    return (
        Column("after", _position, nullable=False),
        Column("indicator", String(40), nullable=False),
        Column("part", Text),
        Column("first_day", String(10), nullable=False),
        Column("last_day", String(10), nullable=False),
        Column("leaves", Boolean, nullable=False),
        Column("list", String(8), nullable=False),
        Column("province", String(2), nullable=False),
        Column("province_63", String(2)),
        *_amounts(),
    )


# Every event heard of, in order: which moment belongs to which position, the newest first for the dashboard, and who
# reported about which club and was last heard from when. `source` is null for a load of the past: no device sent it.
heard = Table(
    "heard",
    metadata,
    Column("position", _position, primary_key=True, autoincrement=False),
    Column("recorded_at", UtcMoment, nullable=False, index=True),
    Column("type", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("day", Text),
    Column("source", Text),
    Index("heard_by_subject", "subject", "type", "source", "position"),
    Index("heard_by_source", "source", "position"),
)

# What each report adds to or takes from an indicator, as of a position. A figure is a sum over these rows: up to a
# position (what was known), within days (what was so). A correction adds rows that cancel the old ones.
# `part` is the part of an indicator (the source of money, a club's scheme, areas of activity, the fund reported on).
# A row enters at `last_day` at the latest and at `first_day` at the earliest; `leaves` rows end what entered.
effects = Table(
    "effects",
    metadata,
    Column("position", _position, primary_key=True, autoincrement=False),
    Column("n", SmallInteger, primary_key=True, autoincrement=False),
    Column("indicator", String(40), nullable=False),
    Column("part", Text),
    Column("subject", Text, nullable=False),
    Column("first_day", String(10), nullable=False),
    Column("last_day", String(10), nullable=False),
    Column("leaves", Boolean, nullable=False),
    *_place(),
    *_amounts(),
    Index("effects_by_province", "indicator", "province", "position"),
    Index("effects_by_subject", "subject", "indicator"),
    Index("effects_by_day", "indicator", "last_day", "first_day"),
)

# Which clubs there are is asked club by club (communes with a club): one in thirty effects, all of it in one place.
# Said so that only this index answers: not by a parameter, and by nothing that another index begins with.
OF_CLUBS: Final = "clubs"
is_of_clubs = effects.c.indicator + literal_column("''") == literal_column(f"'{OF_CLUBS}'")
Index(
    "effects_of_clubs",
    effects.c.province,
    effects.c.position,
    *(one for one in effects.c if one.name not in ("province", "position", "n")),
    sqlite_where=is_of_clubs,
    postgresql_where=is_of_clubs,
)

# Clubs as they stand, proposed and ended ones too; `how` says how the place on today's map was found, `into` the
# club an ended one was merged into, `charters` all it adopted, the oldest first, `heads` the newest head count.
clubs = Table(
    "clubs",
    metadata,
    Column("subject", Text, primary_key=True),
    *_known(),
    Column("state", String(10), nullable=False),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False, index=True),
    *_place(),
    Column("how", String(16), nullable=False),
    Column("candidates", JSON, nullable=False),
    Column("moved", Boolean, nullable=False),
    Column("village", Text),
    Column("as_written", Text),
    Column("founded", Text),
    Column("scheme", String(10)),
    Column("ended", Text),
    Column("into", Text),
    Column("launched", Text),
    Column("charters", JSON, nullable=False),
    Column("board", JSON(none_as_null=True)),
    Column("members", JSON(none_as_null=True)),
    Column("members_on", Text),
    Column("heads", JSON(none_as_null=True)),
    Index("clubs_believed", "known_until", "subject"),
    Index("clubs_by_province", "province_now"),
)

# Clubs registered twice: `subject` is the same club as `into`, under which it is counted.
aliases = Table(
    "aliases",
    metadata,
    Column("subject", Text, primary_key=True),
    *_known(),
    Column("into", Text, nullable=False),
)

trainings = Table(
    "trainings",
    metadata,
    Column("subject", Text, primary_key=True),
    *_known(),
    Column("state", String(10), nullable=False),
    Column("title", Text),
    Column("folded", Text, nullable=False),
    Column("list", String(8), nullable=False),
    Column("province", String(2), nullable=False),
    Column("commune", String(5)),
    Column("province_now", String(2), nullable=False, index=True),
    Column("as_written", Text),
    Column("day", Text, nullable=False),
    Column("last_day", String(10), nullable=False),
    Column("details", JSON, nullable=False),
    Index("trainings_believed", "known_until", "subject"),
)

# What is said about a territory or about clubs: printed figures, plans, targets, visits, periods vouched for.
told = Table(
    "told",
    metadata,
    Column("position", _position, primary_key=True, autoincrement=False),
    *_known(),
    Column("type", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("indicator", String(64)),
    Column("day", Text),
    Column("province_now", String(2)),
    Column("data", JSON, nullable=False),
    Index("told_by_type", "type", "known_until"),
)


# Effects of a whole block of positions, beyond `after`, added up once for ever (decision 0018): of a small block by
# the days of the effects, of a large one by months. What lies within one month stands on its first day; anything
# longer keeps its days.
day_sums = Table(
    "day_sums",
    metadata,
    *_summed(),
    Index("day_sums_by_block", "indicator", "after"),
    Index("day_sums_by_day", "indicator", "last_day"),
)
month_sums = Table("month_sums", metadata, *_summed(), Index("month_sums_by_block", "indicator", "after"))

# One row: how far blocks are summed, how large they are, and a name for these read models until they are made anew.
summed = Table(
    "summed",
    metadata,
    Column("until", _position, nullable=False),
    Column("small", Integer, nullable=False),
    Column("large", Integer, nullable=False),
    Column("made", String(16), nullable=False),
)

READ_MODELS = (heard, effects, day_sums, month_sums, summed, clubs, aliases, trainings, told)
# What nobody asks for while the read models are filled from the beginning: all but what large blocks are made by.
FOR_READERS = [
    index
    for table in READ_MODELS
    for index in sorted(table.indexes, key=lambda one: str(one.name))
    if index.name != "day_sums_by_block"
]
