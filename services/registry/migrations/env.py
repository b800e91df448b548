"""Alembic's entry for the registry's database."""

from services.registry.tables import metadata
from shared.migrating import run

run(metadata)
