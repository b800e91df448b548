"""What the notifier keeps: facts its rules need, offices, alerts, and the letters of the outbox."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

from shared.catch_up import Reading
from shared.database import UtcMoment

metadata = MetaData()
reading = Reading(metadata)

_id = BigInteger().with_variant(Integer, "sqlite")

# What the rules know of a subject (a club, a training, a province), as `facts.py` reads and writes it. `live` says
# that it has reported itself, not only through loads of the past.
facts = Table(
    "facts",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("province_now", String(2), nullable=False, index=True),
    Column("live", Boolean, nullable=False),
    Column("told", JSON, nullable=False),
)

# Clubs registered twice: `subject` is the same club as `into`.
aliases = Table(
    "aliases", metadata, Column("subject", Text, primary_key=True), Column("into", Text, nullable=False)
)

# The hash of the thresholds the conditions were drawn with: others mean drawing them anew.
drawn = Table(
    "drawn", metadata, Column("id", Integer, primary_key=True), Column("limits", String(64), nullable=False)
)

# The newest day in Viet Nam that day rules have seen.
days = Table(
    "days", metadata, Column("id", Integer, primary_key=True), Column("last_day", String(10), nullable=False)
)

# Who gets mail: provinces are codes on today's map, or `pre-2025:02` on the old one; none means the whole nation.
# `languages` names addresses whose reader wants another one. `hours` says when: digest, hour, weekday, quiet hours and
# days, urgency by rule.
offices = Table(
    "offices",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("provinces", JSON, nullable=False),
    Column("addresses", JSON, nullable=False),
    Column("language", String(2), nullable=False),
    Column("languages", JSON, nullable=False),
    Column("hours", JSON, nullable=False),
    Column("valid_from", String(10)),
    Column("valid_until", String(10)),
)

# What became of an office, when and by whom; `became` is null when it was taken out.
office_history = Table(
    "office_history",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("office", String(64), nullable=False, index=True),
    Column("at", UtcMoment, nullable=False),
    Column("by", Text, nullable=False),
    Column("became", JSON(none_as_null=True)),
)

# What will hold from a day (until another) unless a report says otherwise: what the rules make of a subject's facts.
# Settling the alerts needs no rule and no fact, only these rows and the day.
conditions = Table(
    "conditions",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("rule", String(40), nullable=False),
    Column("subject", Text, nullable=False, index=True),
    Column("province_now", String(2), nullable=False),
    Column("province_63", String(2)),
    Column("from_day", String(10), nullable=False, index=True),
    Column("until_day", String(10), index=True),
    Column("causes", JSON, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("historical", Boolean, nullable=False),
)

# Subjects whose conditions changed since their alerts were settled.
unsettled = Table("unsettled", metadata, Column("subject", Text, primary_key=True))

# Something a rule found. `key` makes it one alert however often the rule looks. A notice is told once and resolved
# from the start; a condition fires until it is over. firing → acknowledged → resolved.
alerts = Table(
    "alerts",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("rule", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("province_now", String(2), nullable=False),
    Column("province_63", String(2)),
    Column("state", String(16), nullable=False),
    Column("condition", Boolean, nullable=False),
    Column("causes", JSON, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("historical", Boolean, nullable=False),
    Column("fired_on", String(10), nullable=False),
    Column("fired_at", UtcMoment, nullable=False),
    Column("acknowledged_at", UtcMoment),
    Column("acknowledged_by", Text),
    Column("reminded_at", UtcMoment),
    Column("escalated_at", UtcMoment),
    Column("resolved_at", UtcMoment),
    Column("resolved_by", BigInteger),
    Index("alerts_by_state", "state", "rule", "subject"),
)

# What happened to an alert, in order: fired, acknowledged, reminded, escalated, resolved, fired_again.
alert_history = Table(
    "alert_history",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("alert_key", String(200), nullable=False, index=True),
    Column("at", UtcMoment, nullable=False),
    Column("what", String(16), nullable=False),
    Column("by", Text),
    Column("position", BigInteger),
    Column("note", Text),
)

# What a person asked not to be told: of a rule, a province or a club, whichever are given, for a while.
silences = Table(
    "silences",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("rule", String(40)),
    Column("province", String(2)),
    Column("club", Text),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("starts_at", UtcMoment, nullable=False),
    Column("ends_at", UtcMoment, nullable=False),
    Column("lifted_at", UtcMoment),
    Column("lifted_by", Text),
)

# What an office is to be told: one row for each alert, occasion (fired, reminded, escalated, resolved) and office,
# written with its cause. It ends in a letter, or says why it did not (`held`).
entries = Table(
    "entries",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("key", String(300), nullable=False, unique=True),
    Column("alert_key", String(200), nullable=False, index=True),
    Column("rule", String(40), nullable=False),
    Column("province_now", String(2), nullable=False),
    Column("office", String(64), nullable=False),
    Column("occasion", String(16), nullable=False),
    Column("urgency", String(16), nullable=False),
    Column("made_at", UtcMoment, nullable=False),
    Column("due_at", UtcMoment),
    Column("letter", String(300), index=True),
    Column("held", String(24)),
    Column("held_by", Text),
    Index("entries_by_office", "office", "letter", "due_at"),
    Index(
        "entries_waiting",
        "due_at",
        sqlite_where=text("letter IS NULL AND held IS NULL"),
        postgresql_where=text("letter IS NULL AND held IS NULL"),
    ),
)

# Causes at or below the position, and days up to the day, have been told of once: they mail nobody by themselves.
marks = Table(
    "marks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("last_day", String(10)),
)

# The outbox: one row a letter to one reader, made of the entries that are due. due → claimed → sending → sent,
# or set_aside, or unknown if the answer of the mail server was lost, or held until a person releases it.
letters = Table(
    "letters",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("key", String(300), nullable=False, unique=True),
    Column("told", String(300), nullable=False, index=True),  # What it tells to its office: `entries.letter`.
    Column("kind", String(16), nullable=False),
    Column("alert_key", String(200), index=True),
    Column("rule", String(40), nullable=False),
    Column("province_now", String(2)),
    Column("office", String(64), nullable=False, index=True),
    Column("office_name", Text, nullable=False),
    Column("address", String(254), nullable=False),
    Column("language", String(2), nullable=False),
    Column("facts", JSON, nullable=False),
    Column("causes", JSON, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("thread", JSON, nullable=False),
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

# The province's report that goes with a monthly letter: the same bytes however often the letter is tried.
reports = Table(
    "reports",
    metadata,
    Column("alert_key", String(200), primary_key=True),
    Column("language", String(2), primary_key=True),
    Column("name", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("fetched_at", UtcMoment, nullable=False),
)

# Addresses that mail came back from; a stopped one gets no more until a person has mended it.
addresses = Table(
    "addresses",
    metadata,
    Column("address", String(254), primary_key=True),
    Column("hard_bounces", Integer, nullable=False),
    Column("last_bounce_at", UtcMoment, nullable=False),
    Column("last_answer", Text, nullable=False),
    Column("stopped_at", UtcMoment),
)

# What signs the links in letters, made once where no setting says it. A restored copy knows its letters' links.
link_keys = Table(
    "link_keys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(64), nullable=False),
)
