"""The registry's own tables, beside the archive and the tokens that all services share."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from services.registry.verdicts import RECEIVED
from shared import access, archive, audit  # noqa: F401  (they declare their tables in the same metadata)
from shared.catch_up import Reading
from shared.database import UtcMoment, registry_metadata

metadata = registry_metadata
reading = Reading(metadata)

_id = BigInteger().with_variant(Integer, "sqlite")

# Reports that cannot be judged yet. `ground` is what they wait for, `again` counts identical sendings meanwhile;
# `state` is waiting, released (it is in the log now) or refused (it is in quarantine now).
held = Table(
    "held",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("identity", String(32), nullable=False),
    Column("ground", Text, nullable=False),
    Column("code", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("report_id", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("token", String(64), nullable=False),
    Column("received_at", UtcMoment, nullable=False),
    Column("state", String(16), nullable=False),
    Column("again", Integer, nullable=False, server_default="0"),
    Column("position", BigInteger),
    Index("held_by_ground", "ground", "state"),
)
_waiting = held.c.state == "waiting"
Index("held_waiting_once", held.c.identity, unique=True, sqlite_where=_waiting, postgresql_where=_waiting)

# What was refused, with the reason and the raw bytes. The bytes can be erased, the line stays: it was received.
quarantine = Table(
    "quarantine",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("verdict", String(16), nullable=False),
    Column("code", String(64), nullable=False),
    Column("pointer", Text, nullable=False),
    Column("faults", Text, nullable=False),
    Column("source", Text),
    Column("report_id", Text),
    Column("type", Text),
    Column("subject", Text),
    Column("raw", LargeBinary),
    Column("token", String(64), nullable=False),
    Column("received_at", UtcMoment, nullable=False),
    Column("state", String(16), nullable=False),
    Column("position", BigInteger),
    Index("quarantine_by_token", "token", "id"),
    Index("quarantine_by_state", "state"),
)

# Who was heard from: what each source (a device) sent about each province on each day in Viet Nam, by verdict as it
# was answered. `province` is its code on today's map, empty where nothing told it.
heard = Table(
    "heard",
    metadata,
    Column("source", Text, primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("province", String(2), primary_key=True),
    Column("last_heard_at", UtcMoment, nullable=False),
    *(Column(verdict.value, Integer, nullable=False) for verdict in RECEIVED),
    Index("heard_by_moment", "last_heard_at"),
)

# `seen` holds the numbers of the device's own counter that were received, as ranges: [[1, 37], [40, 41]].
devices = Table(
    "devices",
    metadata,
    Column("source", Text, primary_key=True),
    Column("last_heard_at", UtcMoment, nullable=False),
    Column("seen", JSON, nullable=False),
)
