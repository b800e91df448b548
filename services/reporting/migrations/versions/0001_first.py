"""Read models"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
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
        sa.Column(
            "known_from",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("known_until", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("list", sa.String(length=8), nullable=False),
        sa.Column("province", sa.String(length=2), nullable=False),
        sa.Column("commune", sa.String(length=5), nullable=True),
        sa.Column("province_now", sa.String(length=2), nullable=False),
        sa.Column("village", sa.Text(), nullable=True),
        sa.Column("as_written", sa.Text(), nullable=True),
        sa.Column("founded", sa.Text(), nullable=False),
        sa.Column("scheme", sa.String(length=10), nullable=False),
        sa.Column("launched", sa.Text(), nullable=True),
        sa.Column("members", sa.JSON(), nullable=True),
        sa.Column("members_on", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("subject", "known_from"),
    )
    op.create_index("clubs_believed", "clubs", ["known_until"], unique=False)
    op.create_index(op.f("ix_clubs_folded"), "clubs", ["folded"], unique=False)
    op.create_index(op.f("ix_clubs_province_now"), "clubs", ["province_now"], unique=False)
    op.create_table(
        "effects",
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("n", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("first_day", sa.String(length=10), nullable=False),
        sa.Column("last_day", sa.String(length=10), nullable=False),
        sa.Column("leaves", sa.Boolean(), nullable=False),
        sa.Column("list", sa.String(length=8), nullable=False),
        sa.Column("province", sa.String(length=2), nullable=False),
        sa.Column("commune", sa.String(length=5), nullable=True),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=False),
        sa.Column("high", sa.BigInteger(), nullable=False),
        sa.Column("unbounded", sa.Integer(), nullable=False),
        sa.Column("certain", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("position", "n"),
    )
    op.create_index("effects_by_indicator", "effects", ["indicator", "position"], unique=False)
    op.create_index("effects_by_subject", "effects", ["subject", "indicator"], unique=False)
    op.create_table(
        "heard",
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("recorded_at", sa.String(27), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("position"),
    )
    op.create_index(op.f("ix_heard_recorded_at"), "heard", ["recorded_at"], unique=False)
    op.create_table(
        "parked",
        sa.Column("follower", sa.String(length=40), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("follower", "position"),
    )
    op.create_index(op.f("ix_parked_subject"), "parked", ["subject"], unique=False)
    op.create_table(
        "published",
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "known_from",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("known_until", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("indicator", sa.String(length=64), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("as_of", sa.Text(), nullable=True),
        sa.Column("place", sa.JSON(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("citation", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("position", "known_from"),
    )
    op.create_index("published_believed", "published", ["known_until"], unique=False)
    op.create_table(
        "trainings",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column(
            "known_from",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("known_until", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("list", sa.String(length=8), nullable=False),
        sa.Column("province", sa.String(length=2), nullable=False),
        sa.Column("commune", sa.String(length=5), nullable=True),
        sa.Column("province_now", sa.String(length=2), nullable=False),
        sa.Column("as_written", sa.Text(), nullable=True),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("last_day", sa.String(length=10), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "known_from"),
    )
    op.create_index(op.f("ix_trainings_province_now"), "trainings", ["province_now"], unique=False)
    op.create_index("trainings_believed", "trainings", ["known_until"], unique=False)


def downgrade() -> None:
    for table in ("trainings", "published", "parked", "heard", "effects", "clubs", "checkpoint"):
        op.drop_table(table)
