"""A token's last secret, which holds for a while after a rotation"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("tokens") as tokens:
        tokens.add_column(sa.Column("hash_before", sa.String(length=64)))
        tokens.add_column(sa.Column("before_until", sa.String(27)))
        tokens.create_unique_constraint("tokens_hash_before_key", ["hash_before"])


def downgrade() -> None:
    with op.batch_alter_table("tokens") as tokens:
        tokens.drop_constraint("tokens_hash_before_key", type_="unique")
        tokens.drop_column("before_until")
        tokens.drop_column("hash_before")
