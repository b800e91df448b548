"""Migrations make exactly the tables the code declares, on both databases, and can be undone."""

from datetime import UTC, datetime
from typing import Any

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


def test_letters_survive_a_roll_back_and_the_way_forth(database_url: str):
    """The older tables know letters of one alert only: what still had to tell of two is set aside, not lost."""
    migrate(database_url, "notifier")
    made = engine(database_url)
    with made.begin() as transaction:
        for id, subjects, state in ((1, ["a"], "sent"), (2, ["b"], "due"), (3, ["c", "d"], "due")):
            transaction.execute(notifier.letters.insert().values(a_letter(id, subjects, state)))
        before = {row.id: row._asdict() for row in transaction.execute(notifier.letters.select())}

    migrate(database_url, "notifier", "0002")
    migrate(database_url, "notifier")

    with made.connect() as connection:
        after = {row.id: row._asdict() for row in connection.execute(notifier.letters.select())}
    made.dispose()
    for id in (1, 2):
        [was], [is_] = before[id].pop("facts")["items"], after[id].pop("facts")["items"]
        assert {**is_, "subject": None} == {**was, "subject": None}  # The alert itself tells it.
        assert {**after[id], "told": None, "kind": None} == {**before[id], "told": None, "kind": None}
    assert (after[3]["state"], after[3]["reason"]) == ("set_aside", "rolled-back")


def a_letter(id: int, subjects: list[str], state: str) -> dict[str, Any]:
    now = datetime(2026, 6, 30, 3, tzinfo=UTC)
    items = [
        {
            "alert_key": f"club_founded:{one}",
            "rule": "club_founded",
            "occasion": "fired",
            "subject": one,
            "province_now": "08",
            "facts": {"name": one},
            "causes": [id],
            "day": "2026-06-30",
        }
        for one in subjects
    ]
    return {
        "id": id,
        "key": f"letter-{id}",
        "told": f"letter-{id}",
        "kind": "urgent",
        "alert_key": items[0]["alert_key"] if len(items) == 1 else None,
        "rule": "club_founded",
        "province_now": "08" if len(items) == 1 else None,
        "office": "board",
        "office_name": "Hội",
        "address": "board@ishc.test",
        "language": "vi",
        "facts": {"items": items},
        "causes": [id],
        "message_id": f"<{id}@ishc.test>",
        "thread": [],
        "state": state,
        "attempts": 0,
        "made_at": now,
        "next_try_at": now,
    }
