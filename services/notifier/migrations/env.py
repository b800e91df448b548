"""Alembic's entry for the notifier's database."""

from services.notifier.tables import metadata
from shared.migrating import run

run(metadata)
