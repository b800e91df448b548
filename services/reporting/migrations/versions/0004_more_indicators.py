"""More indicators: parts of an indicator, the districts of the old map.

Read models hold nothing of their own, so they are made anew: the follower starts again at the first event.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_READ_MODELS = ("checkpoint", "parked", "heard", "effects", "clubs", "aliases", "trainings", "told")
_PLACED = ("effects", "clubs")


def upgrade() -> None:
    _start_again()
    for table in _PLACED:
        op.add_column(table, sa.Column("district", sa.String(length=3), nullable=True))
    op.add_column("effects", sa.Column("part", sa.Text(), nullable=True))
    op.create_index("effects_by_day", "effects", ["indicator", "last_day"], unique=False)


def downgrade() -> None:
    _start_again()
    op.drop_index("effects_by_day", "effects")
    op.drop_column("effects", "part")
    for table in _PLACED:
        op.drop_column(table, "district")


def _start_again() -> None:
    for table in _READ_MODELS:
        op.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608 (our own names)  # nosec B608
