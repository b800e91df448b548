"""A backup holds what a new machine needs: incremental, checksummed, from either database to the other."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, func, insert, select, update

from services.backup.folder import Folder, InUse, NoBackup
from services.backup.restoring import EndsBefore, NotEmpty, restore, restore_one
from services.backup.running import back_up
from services.backup.tables import Store
from services.backup.verifying import WHOLE, Cut, verify_folder
from services.notifier import keeping as notifier_keeping
from services.notifier import tables as notifier_tables
from services.notifier.tables import letters, marks, offices
from services.registry import keeping as registry_keeping
from services.registry import tables as registry_tables
from services.registry.tables import held, quarantine
from services.registry.verifying import verify
from services.registry.work import Archiver
from shared.archive import Archive
from shared.catch_up import catch_up
from shared.database import migrate
from shared.doorbell import FOLLOWERS
from shared.log import Forked
from shared.problems import LogAway
from shared.refill import open_log
from shared.valkey_log import ValkeyLog
from tests.builders import NOW
from tests.machines import HOT, QUIET, Machine, filled, office, refused, run, waiting


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of a hundred events: what holds at their edges is seen with few."""
    monkeypatch.setattr("services.backup.running.SIZE", 100)


def restored(folder: Folder, machine: Machine, until: Cut = WHOLE, name: str | None = None) -> int:
    places = list(machine.places.values())
    return restore(folder, folder.chosen(name), until, machine.log, places, HOT, QUIET).position


def test_every_table_is_kept_or_drawn_anew():
    for keeping, metadata in (
        (registry_keeping, registry_tables.metadata),
        (notifier_keeping, notifier_tables.metadata),
    ):
        named = [table.name for table in (*keeping.KEPT, *keeping.DRAWN)]
        assert sorted(named) == sorted(metadata.tables)


@pytest.mark.parametrize(
    ("here", "there"), [("sqlite", "postgresql"), ("postgresql", "sqlite"), ("sqlite", "sqlite")]
)
def test_a_backup_restores_on_either_database(
    make: Callable[..., Machine], folder: Folder, here: str, there: str
):
    old = filled(make(here))
    head = old.log.head()

    run(folder, old)
    new = make(there, migrated=False)
    restored(folder, new)

    assert new.events() == old.events()
    assert new.rows("registry") == old.rows("registry")
    assert verify(new.log).fault is None
    now = new.log.head()
    assert (now.position, now.hash, now.epoch) == (250, head.hash, head.epoch + 1)
    with new.database("registry").begin() as transaction:
        transaction.execute(insert(held).values(waiting(7)))
        assert transaction.scalar(select(func.max(held.c.id))) == 4
    new.append(5)
    new.archive()
    assert [event.position for event in new.log.read(245, 20)] == list(range(246, 256))
    assert new.log.archive.last().position == 255


def test_a_second_run_writes_only_what_is_new(make: Callable[..., Machine], folder: Folder):
    machine = filled(make())
    run(folder, machine)
    before = {path: path.stat().st_ino for path in folder.path.glob("log/*")}
    machine.append(30)

    second = run(folder, machine)
    third = run(folder, machine)

    after = {path: path.stat().st_ino for path in folder.path.glob("log/*")}
    assert len(before) == 3
    assert len(after) == len(before) + 1  # The last segment grew; the run before needs it as it was.
    assert before.items() <= after.items()
    assert [(one.first, one.last) for one in second.log] == [(1, 100), (101, 200), (201, 280)]
    assert third.log == second.log
    assert third.databases == second.databases
    assert len(list(folder.path.glob("*/*.gz"))) == len(
        {file.file for one in folder.runs().values() for file in one.files()}
    )


def test_runs_beyond_those_to_keep_go_with_what_only_they_need(make: Callable[..., Machine], folder: Folder):
    machine = filled(make())
    for _ in range(4):
        machine.append(30)
        run(folder, machine, runs=2)

    assert [one.position for one in folder.runs().values()] == [340, 370]
    named = {file.file for one in folder.runs().values() for file in one.files()}
    assert {str(path.relative_to(folder.path)) for path in folder.path.glob("*/*.gz")} == named
    assert verify_folder(folder, QUIET).position == 370


def test_a_large_table_changes_only_where_a_row_did(make: Callable[..., Machine], folder: Folder):
    machine = make()
    rows = [refused(0) | {"report_id": f"r{n}"} for n in range(12_000)]
    with machine.database("registry").begin() as transaction:
        transaction.execute(insert(quarantine), rows)
    first = run(folder, machine).databases["registry"].tables["quarantine"]
    with machine.database("registry").begin() as transaction:
        transaction.execute(delete(quarantine).where(quarantine.c.id == 5000))
        transaction.execute(insert(quarantine).values(refused(0)))

    second = run(folder, machine).databases["registry"].tables["quarantine"]

    assert len(first) > 3
    assert len({file.file for file in second} - {file.file for file in first}) == 2
    new = make(migrated=False)
    restored(folder, new)
    assert new.rows("registry") == machine.rows("registry")


def test_a_restore_takes_empty_stores_only(make: Callable[..., Machine], folder: Folder):
    old, new = filled(make()), make()
    run(folder, old)

    new.append(1)
    with pytest.raises(NotEmpty, match="log"):
        restored(folder, new)
    for service, table, row in (("registry", quarantine, refused(1)), ("notifier", offices, office("x"))):
        new = make()
        with new.database(service).begin() as transaction:
            transaction.execute(insert(table).values(row))
        with pytest.raises(NotEmpty, match=service):
            restored(folder, new)
        assert len(new.rows(service)[table.name]) == 1
        assert new.log.head().position == 0


def test_a_restore_that_was_cut_off_keeps_the_log_closed_and_begins_anew(
    make: Callable[..., Machine], folder: Folder, monkeypatch: pytest.MonkeyPatch
):
    old, new = filled(make()), make(migrated=False)
    run(folder, old)
    places = new.places
    new.places = places | {"notifier": places["notifier"]._replace(go_on=_power_cut)}

    with pytest.raises(PowerCut):
        restored(folder, new)

    with pytest.raises(LogAway):
        open_log(new.log, HOT)
    new.places = places
    assert restored(folder, new) == 250
    assert new.events() == old.events()
    assert new.rows("registry") == old.rows("registry")


class PowerCut(Exception):
    pass


def _power_cut(*_: object) -> None:
    raise PowerCut


def test_nobody_is_mailed_again_by_what_waited_in_a_backup(make: Callable[..., Machine], folder: Folder):
    old, new = filled(make()), make(migrated=False)
    run(folder, old)
    restored(folder, new)

    with new.database("notifier").connect() as connection:
        found = connection.execute(select(letters.c.state, letters.c.reason).order_by(letters.c.id)).all()
        mark = connection.execute(select(marks.c.position)).scalar_one()
    assert found == [
        ("held", "restored"),
        ("held", "restored"),
        ("unknown", "answer-lost"),
        ("sent", None),
        ("set_aside", None),
    ]
    assert mark == 250


@pytest.mark.parametrize(
    ("cut", "end"), [(Cut(position=120), 120), (Cut(moment=NOW), 250), (Cut(position=250), 250)]
)
def test_a_log_is_restored_up_to_a_point_in_time(
    make: Callable[..., Machine], folder: Folder, cut: Cut, end: int
):
    old = filled(make())
    with old.database("registry").begin() as transaction:
        transaction.execute(update(held).where(held.c.id == 1).values(state="released", position=110))
        transaction.execute(update(held).where(held.c.id == 2).values(state="released", position=121))
        transaction.execute(
            update(quarantine).where(quarantine.c.id == 3).values(state="accepted", position=130)
        )
    run(folder, old)
    new = make(migrated=False)

    assert restored(folder, new, cut) == end

    assert new.events() == old.events()[:end]
    states = [row.state for row in new.rows("registry")["held"]]
    assert states == ["released", "released" if end == 250 else "waiting", "waiting"]
    assert new.rows("registry")["quarantine"][2].state == ("accepted" if end == 250 else "kept")
    assert new.log.head().epoch == 2
    new.append(1)
    assert new.log.head().position == end + 1


def test_a_point_beyond_the_backup_is_named(make: Callable[..., Machine], folder: Folder):
    run(folder, filled(make()))

    with pytest.raises(EndsBefore, match="250"):
        restored(folder, make(migrated=False), Cut(position=251))
    with pytest.raises(NoBackup):
        restored(folder, make(migrated=False), name="2031")


def test_a_moment_before_everything_restores_an_empty_log(make: Callable[..., Machine], folder: Folder):
    run(folder, filled(make()))
    new = make(migrated=False)

    assert restored(folder, new, Cut(moment=NOW.replace(year=2020))) == 0
    assert (new.log.head().position, new.log.head().epoch) == (0, 2)


def test_a_folder_takes_one_history_only(make: Callable[..., Machine], folder: Folder):
    old = filled(make())
    run(folder, old)
    cut = make(migrated=False)
    restored(folder, cut, Cut(position=120))
    whole = make(migrated=False)
    restored(folder, whole)
    for machine in (cut, whole):  # As if it were the same installation.
        machine.log.keys.programme = old.log.keys.programme

    with pytest.raises(Forked):
        run(folder, cut)
    whole.append(1)
    assert run(folder, whole).position == 251
    assert run(folder, whole).epoch == 2


def test_two_backups_do_not_work_on_one_folder(make: Callable[..., Machine], folder: Folder):
    with folder.alone(), pytest.raises(InUse):
        run(folder, make())


@pytest.mark.parametrize("lost", ["registry", "notifier"])
def test_one_lost_database_is_restored_beside_the_log_that_went_on(
    make: Callable[..., Machine], folder: Folder, lost: str
):
    machine = filled(make())
    run(folder, machine)
    machine.append(20)
    other = make(migrated=False)
    place = machine.places[lost]._replace(store=other.places[lost].store)
    log = ValkeyLog(
        machine.log.client, Archive(other.database("registry")), machine.log.keys.programme, FOLLOWERS
    )

    assert restore_one(folder, folder.chosen(None), place, log, QUIET).position == 250

    if lost == "registry":
        catch_up(log, Archiver(other.database("registry")))
        assert log.archive.last().position == 270
        assert (log.head().epoch, verify(log).fault) == (1, None)
    with pytest.raises(NotEmpty):
        restore_one(folder, folder.chosen(None), place, log, QUIET)


def test_a_database_is_not_restored_beside_another_log(make: Callable[..., Machine], folder: Folder):
    machine, stranger = filled(make()), filled(make())
    run(folder, machine)
    place = stranger.places["registry"]._replace(store=make(migrated=False).places["registry"].store)

    with pytest.raises(Forked):
        restore_one(folder, folder.chosen(None), place, stranger.log, QUIET)


def test_rows_of_an_older_version_are_brought_to_this_one(
    make: Callable[..., Machine], folder: Folder, monkeypatch: pytest.MonkeyPatch
):
    old = make(migrated=False)
    url = old.database("registry").url.render_as_string(hide_password=False)
    migrate(url, "registry", "0002")
    migrate(old.database("notifier").url.render_as_string(hide_password=False), "notifier")
    with old.database("registry").begin() as transaction:
        transaction.execute(insert(quarantine).values(refused(2)))
    open_log(old.log, HOT)
    then = [Store(s.service, s.engine, tuple(n for n in s.kept if n != "audit"), s.drawn) for s in old.stores]
    back_up(folder, old.log, then, lambda: NOW, 30, QUIET)

    new = make(migrated=False)
    restored(folder, new)

    assert len(new.rows("registry")["quarantine"]) == 1
    assert new.rows("registry")["audit"] == []
