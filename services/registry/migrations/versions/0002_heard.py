"""Who was heard from, and the numbers of each device's counter"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

VERDICTS = ("accepted", "duplicate", "held", "conflict", "rejected", "unreadable")


def upgrade() -> None:
    op.create_table(
        "heard",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("province", sa.String(length=2), nullable=False),
        sa.Column("last_heard_at", sa.String(27), nullable=False),
        *(sa.Column(verdict, sa.Integer(), nullable=False) for verdict in VERDICTS),
        sa.PrimaryKeyConstraint("source", "day", "province"),
    )
    op.create_index("heard_by_moment", "heard", ["last_heard_at"], unique=False)
    op.create_table(
        "devices",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("last_heard_at", sa.String(27), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )


def downgrade() -> None:
    for table in ("devices", "heard"):
        op.drop_table(table)
