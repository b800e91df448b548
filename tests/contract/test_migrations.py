"""Migrations make exactly the tables the code declares, on both databases, and can be undone."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

from services.notifier import tables as notifier
from services.registry import tables as registry
from services.reporting import tables as reporting
from shared.database import engine, migrate

METADATA = {"registry": registry.metadata, "reporting": reporting.metadata, "notifier": notifier.metadata}


@pytest.mark.parametrize("service", METADATA)
def test_migrations_and_tables_agree(service: str, database_url: str):
    migrate(database_url, service)
    migrate(database_url, service)

    made = engine(database_url)
    with made.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": f"{service}_version", "compare_type": True}
        )
        assert compare_metadata(context, METADATA[service]) == []
    made.dispose()


@pytest.mark.parametrize("service", METADATA)
def test_a_migration_can_be_undone(service: str, database_url: str):
    migrate(database_url, service)
    config = Config()
    config.set_main_option("script_location", f"services/{service}/migrations")
    config.attributes.update(url=database_url, version_table=f"{service}_version")

    command.downgrade(config, "base")
    migrate(database_url, service)
