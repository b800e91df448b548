"""What the notifier keeps: facts its rules need, offices, alerts, and the letters of the outbox."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

from shared.catch_up import Reading
from shared.database import UtcMoment

metadata = MetaData()
reading = Reading(metadata)

_id = BigInteger().with_variant(Integer, "sqlite")

# What the rules need to know of a club today. `since` is the day its silence would count from; `live` says that
# it has reported itself, not only through loads of the past.
clubs = Table(
    "clubs",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("province_now", String(2), nullable=False),
    Column("founded", Text, nullable=False),
    Column("last_meeting", Text),
    Column("since", String(10), nullable=False, index=True),
    Column("cause", BigInteger, nullable=False),
    Column("live", Boolean, nullable=False),
)

# Clubs registered twice: `subject` is the same club as `into`.
aliases = Table(
    "aliases", metadata, Column("subject", Text, primary_key=True), Column("into", Text, nullable=False)
)

# The newest day in Viet Nam that day rules have seen.
days = Table(
    "days", metadata, Column("id", Integer, primary_key=True), Column("last_day", String(10), nullable=False)
)

# Who gets mail: provinces are codes on today's map, an empty list of them means the whole nation.
offices = Table(
    "offices",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("provinces", JSON, nullable=False),
    Column("addresses", JSON, nullable=False),
    Column("language", String(2), nullable=False),
    Column("valid_from", String(10)),
    Column("valid_until", String(10)),
)

# Something a rule found. `key` makes it one alert however often the rule looks. A notice is told once and resolved
# from the start; a condition fires until it is over.
alerts = Table(
    "alerts",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("rule", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("province_now", String(2), nullable=False),
    Column("state", String(16), nullable=False),
    Column("causes", JSON, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("historical", Boolean, nullable=False),
    Column("fired_on", String(10), nullable=False),
    Column("fired_at", UtcMoment, nullable=False),
    Column("resolved_at", UtcMoment),
    Column("resolved_by", BigInteger),
    Index("alerts_by_state", "state", "rule", "subject"),
)

# The outbox: one row a letter, written with the alert that causes it. due → claimed → sending → sent, or set_aside,
# or unknown if the answer of the mail server was lost.
letters = Table(
    "letters",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("key", String(300), nullable=False, unique=True),
    Column("alert_key", String(200), nullable=False, index=True),
    Column("rule", String(40), nullable=False),
    Column("province_now", String(2), nullable=False),
    Column("office", String(64), nullable=False, index=True),
    Column("office_name", Text, nullable=False),
    Column("addresses", JSON, nullable=False),
    Column("language", String(2), nullable=False),
    Column("facts", JSON, nullable=False),
    Column("causes", JSON, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("made_at", UtcMoment, nullable=False),
    Column("next_try_at", UtcMoment, nullable=False),
    Column("queued_at", UtcMoment),
    Column("claimed_at", UtcMoment),
    Column("claim", String(36)),
    Column("sent_at", UtcMoment),
    Column("reason", Text),
    Index("letters_by_state", "state", "next_try_at"),
)
