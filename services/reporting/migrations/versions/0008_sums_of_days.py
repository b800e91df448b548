"""Sums of small blocks by day, of large ones by month.

The blocks are summed anew with the next events; until then figures are sums of effects.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_position = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.execute("DELETE FROM summed")
    op.drop_table("sums")
    for name in ("day_sums", "month_sums"):
        op.create_table(name, *_columns())
        op.create_index(f"{name}_by_block", name, ["indicator", "after"], unique=False)
    op.create_index("day_sums_by_day", "day_sums", ["indicator", "last_day"], unique=False)


def downgrade() -> None:
    op.execute("DELETE FROM summed")
    op.drop_table("month_sums")
    op.drop_table("day_sums")
    op.create_table("sums", sa.Column("size", sa.Integer(), nullable=False), *_columns())
    op.create_index("sums_of_indicator", "sums", ["indicator", "size", "after"], unique=False)


def _columns() -> list[Any]:
    return [
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
    ]
