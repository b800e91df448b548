"""What the `migrations/env.py` of every service does: run Alembic's scripts inside one transaction."""

from alembic import context
from sqlalchemy import MetaData

from shared.database import engine


def run(metadata: MetaData) -> None:
    """Upgrade the database named in Alembic's attributes."""
    attributes = context.config.attributes
    made = engine(attributes["url"])
    with made.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            version_table=attributes["version_table"],
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    made.dispose()
