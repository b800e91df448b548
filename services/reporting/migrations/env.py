"""Alembic's entry for the reporting's database."""

from services.reporting.tables import metadata
from shared.migrating import run

run(metadata)
