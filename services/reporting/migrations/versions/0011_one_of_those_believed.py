"""What is believed of one club now is found at once: before, a batch of reports looked through all clubs."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("clubs", "trainings")


def upgrade() -> None:
    _index("known_until", "subject")


def downgrade() -> None:
    _index("known_until")


def _index(*columns: str) -> None:
    for table in TABLES:
        op.drop_index(f"{table}_believed", table)
        op.create_index(f"{table}_believed", table, list(columns))
