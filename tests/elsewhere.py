"""What another process than the test's opens."""

from shared.archive import Archive
from shared.database import engine
from shared.valkey import connect
from shared.valkey_log import ValkeyLog


def opens(valkey_url: str, archive_url: str, programme: str) -> ValkeyLog:
    """The log of a test."""
    return ValkeyLog(connect(valkey_url), Archive(engine(archive_url)), programme)
