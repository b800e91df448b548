"""Facts, offices, alerts and letters"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("province_now", sa.String(length=2), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("causes", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("historical", sa.Boolean(), nullable=False),
        sa.Column("fired_on", sa.String(length=10), nullable=False),
        sa.Column("fired_at", sa.String(27), nullable=False),
        sa.Column("resolved_at", sa.String(27), nullable=True),
        sa.Column("resolved_by", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("alerts_by_state", "alerts", ["state", "rule", "subject"], unique=False)
    op.create_table(
        "checkpoint",
        sa.Column("follower", sa.String(length=40), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("follower"),
    )
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
    op.create_table(
        "days",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "letters",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("alert_key", sa.String(length=200), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("province_now", sa.String(length=2), nullable=False),
        sa.Column("office", sa.String(length=64), nullable=False),
        sa.Column("office_name", sa.Text(), nullable=False),
        sa.Column("addresses", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("causes", sa.JSON(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.String(27), nullable=False),
        sa.Column("next_try_at", sa.String(27), nullable=False),
        sa.Column("queued_at", sa.String(27), nullable=True),
        sa.Column("claimed_at", sa.String(27), nullable=True),
        sa.Column("claim", sa.String(length=36), nullable=True),
        sa.Column("sent_at", sa.String(27), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index(op.f("ix_letters_alert_key"), "letters", ["alert_key"], unique=False)
    op.create_index(op.f("ix_letters_office"), "letters", ["office"], unique=False)
    op.create_index("letters_by_state", "letters", ["state", "next_try_at"], unique=False)
    op.create_table(
        "offices",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("provinces", sa.JSON(), nullable=False),
        sa.Column("addresses", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=True),
        sa.Column("valid_until", sa.String(length=10), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "parked",
        sa.Column("follower", sa.String(length=40), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("follower", "position"),
    )
    op.create_index(op.f("ix_parked_subject"), "parked", ["subject"], unique=False)


def downgrade() -> None:
    for table in ("parked", "offices", "letters", "days", "clubs", "checkpoint", "alerts"):
        op.drop_table(table)
