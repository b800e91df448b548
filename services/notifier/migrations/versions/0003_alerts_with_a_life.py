"""Alerts with a life, and entries between them and the letters.

Facts are drawn anew from the first event; offices, alerts and letters stay. What was read already is marked, so that
reading it again mails nobody (decision 0020).
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WAITING = sa.text("letter IS NULL AND held IS NULL")
_READ_AGAIN = ("checkpoint", "parked", "aliases")


def upgrade() -> None:
    op.create_table(
        "marks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("last_day", sa.String(length=10), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute(
        "INSERT INTO marks (id, position, last_day) SELECT 1, position, (SELECT last_day FROM days) FROM checkpoint"
    )
    _start_again()
    op.drop_table("clubs")
    op.create_table(
        "facts",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("province_now", sa.String(length=2), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.create_index(op.f("ix_facts_province_now"), "facts", ["province_now"], unique=False)
    op.create_table(
        "conditions",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("province_now", sa.String(length=2), nullable=False),
        sa.Column("province_63", sa.String(length=2), nullable=True),
        sa.Column("from_day", sa.String(length=10), nullable=False),
        sa.Column("until_day", sa.String(length=10), nullable=True),
        sa.Column("causes", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("historical", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    for column in ("subject", "from_day", "until_day"):
        op.create_index(op.f(f"ix_conditions_{column}"), "conditions", [column], unique=False)
    op.create_table(
        "unsettled", sa.Column("subject", sa.Text(), nullable=False), sa.PrimaryKeyConstraint("subject")
    )
    op.create_table(
        "drawn",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("limits", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    _alerts_and_entries()
    _offices_and_letters()


def _alerts_and_entries() -> None:
    with op.batch_alter_table("alerts") as alerts:
        alerts.add_column(sa.Column("province_63", sa.String(length=2), nullable=True))
        alerts.add_column(sa.Column("condition", sa.Boolean(), nullable=False, server_default=sa.false()))
        alerts.add_column(sa.Column("acknowledged_at", sa.String(27), nullable=True))
        alerts.add_column(sa.Column("acknowledged_by", sa.Text(), nullable=True))
        alerts.add_column(sa.Column("reminded_at", sa.String(27), nullable=True))
        alerts.add_column(sa.Column("escalated_at", sa.String(27), nullable=True))
    op.execute("UPDATE alerts SET condition = (rule = 'no_meeting')")
    with op.batch_alter_table("alerts") as alerts:
        alerts.alter_column("condition", server_default=None)
    op.create_table(
        "alert_history",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("alert_key", sa.String(length=200), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_alert_history_alert_key"), "alert_history", ["alert_key"], unique=False)
    op.create_table(
        "silences",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=True),
        sa.Column("province", sa.String(length=2), nullable=True),
        sa.Column("club", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.String(27), nullable=False),
        sa.Column("ends_at", sa.String(27), nullable=False),
        sa.Column("lifted_at", sa.String(27), nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "entries",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("alert_key", sa.String(length=200), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("province_now", sa.String(length=2), nullable=False),
        sa.Column("office", sa.String(length=64), nullable=False),
        sa.Column("occasion", sa.String(length=16), nullable=False),
        sa.Column("urgency", sa.String(length=16), nullable=False),
        sa.Column("made_at", sa.String(27), nullable=False),
        sa.Column("due_at", sa.String(27), nullable=True),
        sa.Column("letter", sa.String(length=300), nullable=True),
        sa.Column("held", sa.String(length=24), nullable=True),
        sa.Column("held_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index(op.f("ix_entries_alert_key"), "entries", ["alert_key"], unique=False)
    op.create_index(op.f("ix_entries_letter"), "entries", ["letter"], unique=False)
    op.create_index("entries_by_office", "entries", ["office", "letter", "due_at"], unique=False)
    op.create_index(
        "entries_waiting",
        "entries",
        ["due_at"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )


def _offices_and_letters() -> None:
    with op.batch_alter_table("offices") as offices:
        offices.add_column(sa.Column("hours", sa.JSON(), nullable=False, server_default="{}"))
        offices.add_column(sa.Column("languages", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("offices") as offices:
        offices.alter_column("hours", server_default=None)
        offices.alter_column("languages", server_default=None)
    op.create_table(
        "office_history",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("office", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("became", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_office_history_office"), "office_history", ["office"], unique=False)
    op.create_table(
        "reports",
        sa.Column("alert_key", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("fetched_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("alert_key", "language"),
    )
    with op.batch_alter_table("letters") as letters:
        letters.add_column(sa.Column("kind", sa.String(length=16), nullable=False, server_default="alert"))
        letters.add_column(sa.Column("thread", sa.JSON(), nullable=False, server_default="[]"))
        letters.add_column(sa.Column("told", sa.String(length=300), nullable=False, server_default=""))
        letters.add_column(sa.Column("address", sa.String(length=254), nullable=False, server_default=""))
        letters.alter_column("alert_key", existing_type=sa.String(length=200), nullable=True)
        letters.alter_column("province_now", existing_type=sa.String(length=2), nullable=True)
    with op.batch_alter_table("letters") as letters:
        letters.alter_column("kind", server_default=None)
        letters.alter_column("thread", server_default=None)
    _letters_have_items()
    _letters_have_one_reader()
    op.create_index(op.f("ix_letters_told"), "letters", ["told"], unique=False)
    op.create_table(
        "addresses",
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("hard_bounces", sa.Integer(), nullable=False),
        sa.Column("last_bounce_at", sa.String(27), nullable=False),
        sa.Column("last_answer", sa.Text(), nullable=False),
        sa.Column("stopped_at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("address"),
    )
    op.create_table(
        "link_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _letters_have_items() -> None:
    """A letter of old told of one alert; now its facts are a list of what it tells."""
    told = sa.table(
        "letters",
        sa.column("id", sa.BigInteger()),
        sa.column("facts", sa.JSON()),
        sa.column("causes", sa.JSON()),
        sa.column("made_at", sa.String()),
        *(sa.column(name, sa.Text()) for name in ("alert_key", "rule", "province_now")),
    )
    subject = sa.table("alerts", sa.column("key", sa.Text()), sa.column("subject", sa.Text()))
    connection = op.get_bind()
    query = sa.select(told, subject.c.subject).join(subject, subject.c.key == told.c.alert_key, isouter=True)
    for row in connection.execute(query).all():
        item = {
            "alert_key": row.alert_key,
            "rule": row.rule,
            "occasion": "fired",
            "subject": row.subject,
            "province_now": row.province_now,
            "facts": row.facts,
            "causes": row.causes,
            "day": row.made_at[:10],
        }
        mine = sa.update(told).where(told.c.id == row.id)
        connection.execute(mine.values(facts={"items": [item]}))


def _letters_have_one_reader() -> None:
    """A letter of old went to several addresses at once; now each reader has a letter."""
    connection = op.get_bind()
    letters = sa.Table("letters", sa.MetaData(), autoload_with=connection)
    for row in connection.execute(sa.select(letters)).mappings().all():
        addresses = json.loads(row["addresses"]) if isinstance(row["addresses"], str) else row["addresses"]
        first, *others = addresses or [""]
        mine = sa.update(letters).where(letters.c.id == row["id"])
        connection.execute(mine.values(told=row["key"], address=first))
        for n, address in enumerate(others):
            again = {name: value for name, value in row.items() if name != "id"}
            own = {
                "key": f"{row['key'][:290]}:{n}",
                "message_id": row["message_id"].replace("<", f"<{n}.", 1),
            }
            connection.execute(
                sa.insert(letters).values(again | own | {"told": row["key"], "address": address})
            )
    with op.batch_alter_table("letters") as changed:
        changed.drop_column("addresses")
        changed.alter_column("told", server_default=None)
        changed.alter_column("address", server_default=None)


def downgrade() -> None:
    _start_again()
    for table in (
        "link_keys",
        "addresses",
        "reports",
        "office_history",
        "entries",
        "silences",
        "alert_history",
        "drawn",
        "unsettled",
        "conditions",
        "facts",
        "marks",
    ):
        op.drop_table(table)
    op.drop_index(op.f("ix_letters_told"), "letters")
    with op.batch_alter_table("letters") as letters:
        letters.add_column(sa.Column("addresses", sa.JSON(), nullable=False, server_default="[]"))
    _letters_have_one_alert()
    with op.batch_alter_table("letters") as letters:
        letters.drop_column("told")
        letters.drop_column("address")
        letters.drop_column("kind")
        letters.drop_column("thread")
    with op.batch_alter_table("offices") as offices:
        offices.drop_column("hours")
        offices.drop_column("languages")
    with op.batch_alter_table("alerts") as alerts:
        for column in (
            "province_63",
            "condition",
            "acknowledged_at",
            "acknowledged_by",
            "reminded_at",
            "escalated_at",
        ):
            alerts.drop_column(column)
    op.create_table(
        "clubs",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("province_now", sa.String(length=2), nullable=False),
        sa.Column("founded", sa.Text(), nullable=False),
        sa.Column("last_meeting", sa.Text(), nullable=True),
        sa.Column("since", sa.String(length=10), nullable=False),
        sa.Column("cause", sa.BigInteger(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.create_index(op.f("ix_clubs_since"), "clubs", ["since"], unique=False)


def _letters_have_one_alert() -> None:
    """Back to letters of one alert. What still had to tell of several is set aside, so that a person sees it."""
    connection = op.get_bind()
    letters = sa.Table("letters", sa.MetaData(), autoload_with=connection)
    for row in connection.execute(sa.select(letters)).mappings().all():
        first, *others = (json.loads(row["facts"]) if isinstance(row["facts"], str) else row["facts"])[
            "items"
        ]
        before: dict[str, Any] = {
            name: first[name] for name in ("alert_key", "rule", "province_now", "facts")
        }
        before["addresses"] = [row["address"]]
        if others and row["state"] in ("due", "claimed"):
            before |= {"state": "set_aside", "reason": "rolled-back"}
        connection.execute(sa.update(letters).where(letters.c.id == row["id"]).values(before))


def _start_again() -> None:
    for table in _READ_AGAIN:
        op.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608 (our own names)  # nosec B608
