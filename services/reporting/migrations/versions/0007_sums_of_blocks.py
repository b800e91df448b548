"""Sums of blocks of positions.

Read models hold nothing of their own, so they are made anew: the follower starts again at the first event.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_READ_MODELS = ("checkpoint", "parked", "heard", "effects", "clubs", "aliases", "trainings", "told")
_position = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _start_again()
    for name in ("effects_by_indicator", "effects_by_day"):
        op.drop_index(name, "effects")
    op.create_index("effects_by_province", "effects", ["indicator", "province", "position"], unique=False)
    op.create_index("effects_by_day", "effects", ["indicator", "last_day", "first_day"], unique=False)
    op.create_table(
        "sums",
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("after", _position, nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=False),
        sa.Column("part", sa.Text(), nullable=True),
        sa.Column("first_day", sa.String(length=10), nullable=False),
        sa.Column("last_day", sa.String(length=10), nullable=False),
        sa.Column("leaves", sa.Boolean(), nullable=False),
        sa.Column("list", sa.String(length=8), nullable=False),
        sa.Column("province", sa.String(length=2), nullable=False),
        sa.Column("province_63", sa.String(length=2), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("value", "low", "high")),
        sa.Column("unbounded", sa.Integer(), nullable=False),
        sa.Column("certain", sa.BigInteger(), nullable=False),
    )
    op.create_index("sums_of_indicator", "sums", ["indicator", "size", "after"], unique=False)
    op.create_table(
        "summed",
        sa.Column("until", _position, nullable=False),
        sa.Column("small", sa.Integer(), nullable=False),
        sa.Column("large", sa.Integer(), nullable=False),
        sa.Column("made", sa.String(length=16), nullable=False),
    )


def downgrade() -> None:
    _start_again()
    op.drop_table("summed")
    op.drop_table("sums")
    for name in ("effects_by_day", "effects_by_province"):
        op.drop_index(name, "effects")
    op.create_index("effects_by_day", "effects", ["indicator", "last_day"], unique=False)
    op.create_index("effects_by_indicator", "effects", ["indicator", "position"], unique=False)


def _start_again() -> None:
    for table in _READ_MODELS:
        op.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608 (our own names)  # nosec B608
