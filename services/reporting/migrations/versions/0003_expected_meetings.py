"""Expected meetings: who reported about which club, and every charter of a club.

Read models hold nothing of their own, so they are made anew: the follower starts again at the first event.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_READ_MODELS = ("checkpoint", "parked", "heard", "effects", "clubs", "aliases", "trainings", "told")


def upgrade() -> None:
    _start_again()
    op.add_column("heard", sa.Column("source", sa.Text(), nullable=True))
    op.create_index("heard_by_subject", "heard", ["subject", "type", "source", "position"], unique=False)
    op.create_index("heard_by_source", "heard", ["source", "position"], unique=False)
    with op.batch_alter_table("clubs") as clubs:
        clubs.drop_column("charter")
        clubs.add_column(sa.Column("charters", sa.JSON(), nullable=False))


def downgrade() -> None:
    _start_again()
    with op.batch_alter_table("clubs") as clubs:
        clubs.drop_column("charters")
        clubs.add_column(sa.Column("charter", sa.JSON(), nullable=True))
    op.drop_index("heard_by_source", "heard")
    op.drop_index("heard_by_subject", "heard")
    op.drop_column("heard", "source")


def _start_again() -> None:
    for table in _READ_MODELS:
        op.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608 (our own names)  # nosec B608
