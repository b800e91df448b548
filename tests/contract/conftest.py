"""Fixtures of the contract tests: the same promise on SQLite and PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from shared.database import engine
from tests.tls import Authority


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    """A fresh database on each engine we support."""
    made = engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Who issues certificates that our programs believe."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made
