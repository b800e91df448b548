"""The whole domain: places on three maps, clubs that move and end, and what is told about territories.

Read models hold nothing of their own, so they are made anew: the follower starts again at the first event.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_position = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _known() -> tuple[sa.Column[int], ...]:
    known_from = sa.Column("known_from", _position, autoincrement=False, nullable=False)
    return known_from, sa.Column("known_until", _position, nullable=True)


def _place() -> tuple[sa.Column[str], ...]:
    return (
        sa.Column("list", sa.String(length=8), nullable=False),
        sa.Column("province", sa.String(length=2), nullable=False),
        sa.Column("commune", sa.String(length=5), nullable=True),
        sa.Column("province_now", sa.String(length=2), nullable=False),
        sa.Column("commune_now", sa.String(length=5), nullable=True),
        sa.Column("province_63", sa.String(length=2), nullable=True),
    )


def upgrade() -> None:
    _start_again()
    for table in ("published", "clubs", "effects"):
        op.drop_table(table)
    op.create_table(
        "effects",
        sa.Column("position", _position, autoincrement=False, nullable=False),
        sa.Column("n", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("first_day", sa.String(length=10), nullable=False),
        sa.Column("last_day", sa.String(length=10), nullable=False),
        sa.Column("leaves", sa.Boolean(), nullable=False),
        *_place(),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("value", "low", "high")),
        sa.Column("unbounded", sa.Integer(), nullable=False),
        sa.Column("certain", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("position", "n"),
    )
    op.create_index("effects_by_indicator", "effects", ["indicator", "position"], unique=False)
    op.create_index("effects_by_subject", "effects", ["subject", "indicator"], unique=False)
    op.create_table(
        "clubs",
        sa.Column("subject", sa.Text(), nullable=False),
        *_known(),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        *_place(),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("moved", sa.Boolean(), nullable=False),
        sa.Column("village", sa.Text(), nullable=True),
        sa.Column("as_written", sa.Text(), nullable=True),
        sa.Column("founded", sa.Text(), nullable=True),
        sa.Column("scheme", sa.String(length=10), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("ended", "into", "launched")),
        *(sa.Column(name, sa.JSON(), nullable=True) for name in ("charter", "board", "members")),
        sa.Column("members_on", sa.Text(), nullable=True),
        sa.Column("heads", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("subject", "known_from"),
    )
    op.create_index("clubs_believed", "clubs", ["known_until"], unique=False)
    op.create_index("clubs_by_province", "clubs", ["province_now"], unique=False)
    op.create_index(op.f("ix_clubs_folded"), "clubs", ["folded"], unique=False)
    op.create_table(
        "aliases",
        sa.Column("subject", sa.Text(), nullable=False),
        *_known(),
        sa.Column("into", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "known_from"),
    )
    op.create_table(
        "told",
        sa.Column("position", _position, autoincrement=False, nullable=False),
        *_known(),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("indicator", sa.String(length=64), nullable=True),
        sa.Column("day", sa.Text(), nullable=True),
        sa.Column("province_now", sa.String(length=2), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("position", "known_from"),
    )
    op.create_index("told_by_type", "told", ["type", "known_until"], unique=False)


def downgrade() -> None:
    """Back to the tables of before, empty: the follower fills them again."""
    for table in ("told", "aliases", "trainings", "parked", "heard", "effects", "clubs", "checkpoint"):
        op.drop_table(table)
    op.get_context().opts["script"].get_revision(down_revision).module.upgrade()


def _start_again() -> None:
    for table in ("checkpoint", "parked", "heard", "trainings"):
        op.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608 (our own names)  # nosec B608
