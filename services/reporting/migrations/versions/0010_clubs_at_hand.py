"""Which clubs there are where, and since when, lies together: communes with a club are counted one club at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COLUMNS = (
    *("province", "position", "indicator", "part", "subject", "first_day", "last_day", "leaves"),
    *("list", "district", "commune", "province_now", "commune_now", "province_63"),
    *("value", "low", "high", "unbounded", "certain"),
)


def upgrade() -> None:
    clubs = sa.text("indicator || '' = 'clubs'")
    op.create_index("effects_of_clubs", "effects", list(COLUMNS), sqlite_where=clubs, postgresql_where=clubs)


def downgrade() -> None:
    op.drop_index("effects_of_clubs", "effects")
