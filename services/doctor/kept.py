"""What is kept and waits for somebody: letters, reports, tokens, backups, room on the disk."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, make_url, select

from services.doctor.opened import Opened
from services.notifier.outbox import count_by_state
from services.notifier.tables import letters
from services.registry import held, quarantine
from shared.access import Token, Tokens
from shared.clock import day_in_viet_nam
from shared.database import reads
from shared.matters import MIB, Matter, free_space, of_backup, of_disk

LATE: Final = timedelta(minutes=15)  # A letter that is due and untouched for so long has no worker.
EXPIRES: Final = timedelta(days=14)


def letters_leave(opened: Opened) -> Iterator[Matter]:
    """Those that want a person's decision, and those that nobody sends."""
    database = opened.database("notifier")
    counts = count_by_state(database)
    for state in ("unknown", "set_aside", "held"):
        if n := counts.get(state, 0):
            yield Matter(f"letters-{state.replace('_', '-')}", facts={"n": n})
    late = (letters.c.state == "due", letters.c.next_try_at < opened.clock() - LATE)
    with reads(database).connect() as connection:
        n = connection.scalar(select(func.count()).select_from(letters).where(*late)) or 0
    if n:
        yield Matter("letters-late", facts={"n": n})


def reports_are_let_in(opened: Opened) -> Iterator[Matter]:
    with reads(opened.database("registry")).connect() as connection:
        waiting, _ = held.counts(connection)
        refused = quarantine.count(connection)
    if waiting:
        yield Matter("reports-held", facts={"n": waiting}, wrong=False)
    if refused:
        yield Matter("reports-refused", facts={"n": refused}, wrong=False)


def tokens_hold(opened: Opened) -> Iterator[Matter]:
    book = Tokens(opened.database("registry"), opened.clock)
    living = [token for token, revoked_at in book.all() if revoked_at is None]
    yield from of_tokens(living, day_in_viet_nam(opened.clock()))


def of_tokens(living: Iterable[Token], today: date) -> Iterator[Matter]:
    """Those that end soon; what has ended is past telling."""
    for token in living:
        if token.expires_on is not None and today <= token.expires_on <= today + EXPIRES:
            yield Matter("token-ends", token.name, {"day": token.expires_on.isoformat()}, wrong=False)


def a_backup_was_made(opened: Opened) -> Iterator[Matter]:
    settings = opened.settings
    limit = timedelta(hours=settings.backup_hours)
    yield from of_backup(opened.doorbell.last_backup(), _first_event_at(opened), opened.clock(), limit)


def there_is_room(opened: Opened) -> Iterator[Matter]:
    """On the disk of the data folder and of every SQLite file; and enough to write the append-only file anew."""
    settings = opened.settings
    urls = (make_url(database.url) for database in opened.databases.values())
    files = [url.database for url in urls if url.get_backend_name() == "sqlite" and url.database]
    folders = {settings.data_dir, *(settings.data_dir / file for file in files)}
    yield from of_disk(min(map(free_space, folders)), settings.disk_free_mb * MIB)
    if settings.embedded_log:
        needed = int(opened.valkey.info("persistence").get("aof_current_size", 0))
        yield from of_rewriting(free_space(settings.valkey_folder), needed)


def of_rewriting(free: int, needed: int) -> Iterator[Matter]:
    """Valkey writes its file anew beside the old one. Both in bytes."""
    if free < needed:
        yield Matter("disk-aof", facts={"free": free // MIB, "needed": needed // MIB})


def _first_event_at(opened: Opened) -> datetime | None:
    first = opened.log.read(0, 1)
    return first[0].recorded_at if first else None


CHECKS: Final = (letters_leave, reports_are_let_in, tokens_hold, a_backup_was_made, there_is_room)
