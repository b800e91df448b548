"""Fixtures of the contract tests: the same promise on SQLite and PostgreSQL."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from shared.database import engine


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    """A fresh database on each engine we support."""
    made = engine(database_url)
    yield made
    made.dispose()
