"""Views for people's own SQL tools; see `services/reporting/views.py` and docs/sql.md."""

from alembic import op

from services.reporting.views import drop_views, make_views

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_views(op.get_bind())


def downgrade() -> None:
    drop_views(op.get_bind())
