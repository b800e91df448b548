"""`ishc log redact`: the words are nowhere any more, every figure is as it was, and the log still proves itself."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from services.backup.folder import Folder
from services.backup.restoring import restore
from services.backup.verifying import Cut, verify_folder
from services.notifier.rebuilding import rebuild as rebuild_notifier
from services.notifier.redacting import forget
from services.registry.redacting import begin, elsewhere, finish
from services.registry.verifying import verify
from services.reporting.rebuilding import rebuild as rebuild_reporting
from shared.archive import archive
from shared.database import scrub
from shared.redaction import REDACTED, NoSuchEvent, NothingToRedact
from tests.builders import (
    club_founded,
    corrected,
    meeting_held,
    training_cancelled,
    training_planned,
)
from tests.machines import HOT, QUIET, Machine, filled, run
from tests.station import Mailbox, Station, problem, tally

WORDS = "bà Sình Thị May, 72 tuổi, ốm nặng"
FIGURES = tuple(
    f"reporting/v1/figures?indicator={indicator}&by=province&by=month&known_at={known_at}&valid_at=2026-06-30"
    for indicator in ("clubs", "meetings", "members")
    for known_at in (2, 4)
)


def redact(station: Station, position: int, *texts: str) -> Any:
    """What the command does, with this station's parts."""
    log, database = station.archive.log, station.archive.archiver.engine
    done = begin(log, position, texts, "có tên người", "shell:root", station.now)
    with station.notifier_parts.database.begin() as transaction:
        forget(transaction, position, done.words)
    finish(log, database, done)
    rebuild_notifier(station.notifier_parts)
    scrub(station.notifier_parts.database)
    rebuild_reporting(station.reporting_desk.log, station.reporting_desk.follower)
    scrub(station.reporting_desk.follower.engine)
    return done


def files_that_tell(folder: Path, words: str) -> list[str]:
    """The files in which the words stand, as text or as JSON writes them."""
    written = words.encode(), json.dumps(words)[1:-1].encode()
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return [path.name for path, found in files.items() if any(one in found for one in written)]


@pytest.fixture
def told(station: Station, mailbox: Mailbox) -> Station:
    """Words about a member in a held report, a meeting, a place, a cancelled training, and a letter about that."""
    station.get("registry/v1/tally")
    with station.client(station.notifier) as client:
        office = {"name": "Hội NCT", "kind": "provincial_association", "provinces": ["08"]}
        client.put(
            "/v1/offices/tuyen-quang", json=office | {"addresses": ["tq@board.test"]}
        ).raise_for_status()
    meeting = meeting_held("co-dien", id="m1", note=WORDS)
    assert station.post(meeting).status_code == 202  # Held, until its club is founded.
    place = {"list": "2025-07", "province": "08", "as_written": f"nhà {WORDS}"}
    station.post(club_founded("co-dien", id="f1", place=place))
    station.post([training_planned(), training_cancelled(reason=WORDS)])
    station.wake()
    assert mailbox.taken
    return station


def test_the_words_are_nowhere_any_more_and_every_figure_is_as_it_was(told: Station, tmp_path: Path):
    before = [told.get(figure) for figure in FIGURES]
    assert len(files_that_tell(tmp_path, WORDS)) == 3  # Of each database.

    for position in (1, 2, 4):
        redact(told, position)
    told.wake()

    assert files_that_tell(tmp_path, WORDS) == []
    assert WORDS not in str(told.archive.log.client.xrange(told.archive.log.keys.log))
    assert [told.get(figure) for figure in FIGURES] == before
    assert verify(told.archive.log).fault is None
    tally(told)


def test_the_feed_says_so_and_the_history_still_counts(told: Station):
    redact(told, 2)

    items = told.get("registry/v1/events?limit=100")["items"]
    assert [one.get("redacted") for one in items] == [None, True, None, None, None]
    assert items[1]["data"]["note"] == REDACTED
    assert items[1]["data"]["attendance"] == {"women": 31, "men": 17}
    record = items[4]
    assert (record["type"], record["subject"], record["recordedby"]) == (
        "report.redacted",
        "programme",
        "shell:root",
    )
    assert record["data"]["position"] == 2
    history = told.get("registry/v1/subjects/co-dien/events")["items"]
    assert [one["standing"] for one in history] == ["counts", "counts"]
    assert told.get("registry/v1/events/2")["redacted"] is True


def test_a_phone_that_sends_it_again_gets_the_same_answer(told: Station):
    redact(told, 2)

    again = told.post(meeting_held("co-dien", id="m1", note=WORDS))
    other = told.post(meeting_held("co-dien", id="m1", note=WORDS, weighed=4))

    assert (again.status_code, again.json()["position"]) == (200, 2)
    assert problem(other)[0] == 409


def test_nobody_else_writes_a_redaction(told: Station):
    line = (Path(__file__).parent.parent / "golden" / "report.redacted.1.ndjson").read_text(encoding="utf-8")

    assert problem(told.post(json.loads(line))) == (403, "only-by-command", "/type")


def test_what_is_reported_behind_an_emptied_stream_is_followed(told: Station):
    redact(told, 2)
    told.post(meeting_held("co-dien", on="2026-05-21"))

    told.wake()

    assert told.archive.log.archive.last().position == 6
    assert told.get("reporting/v1/figures?indicator=meetings")["position"] == 6


def test_it_can_be_run_again_and_goes_on_where_it_was_cut_off(told: Station, tmp_path: Path):
    log, database = told.archive.log, told.archive.archiver.engine
    cut_off = begin(log, 2, (), "có tên người", "shell:root", told.now)
    assert cut_off.words == [WORDS]

    assert begin(log, 2, (), "có tên người", "shell:root", told.now).words == [WORDS]
    redact(told, 2)
    redact(told, 2)

    records = [event for event in log.history("programme") if event.type == "report.redacted"]
    assert len(records) == 1
    assert verify(log).fault is None
    with pytest.raises(NothingToRedact):
        begin(log, 3, (), "x", "shell:root", told.now)
    with pytest.raises(NoSuchEvent):
        begin(log, 99, (), "x", "shell:root", told.now)
    more = begin(log, 1, ["/name"], "x", "shell:root", told.now)
    finish(log, database, more)
    finish(log, database, begin(log, 1, ["/place/as_written"], "x", "shell:root", told.now))
    assert verify(log).fault is None


def test_corrections_that_repeat_the_words_are_named(told: Station):
    told.post(corrected(meeting_held("co-dien", id="m1", note=WORDS), weighed=3))
    told.wake()

    done = redact(told, 2)

    assert elsewhere(told.archive.log, done) == [1, 5]


def test_figures_changed_under_the_name_of_a_redaction_are_found(told: Station):
    with told.archive.archiver.engine.begin() as transaction:
        changed = {"data": '{"attendance":{"women":99},"occurred_on":"2026-03-21"}', "salt": ""}
        transaction.execute(update(archive).where(archive.c.position == 2).values(changed))

    assert verify(told.archive.log).fault is not None


def told_in(folder: Folder) -> bool:
    return any(
        "mưa, đến ít" in gzip.decompress(path.read_bytes()).decode() and path.name.startswith("000000000001")
        for path in folder.path.glob("log/*")
    )


@pytest.fixture
def redacted_machine(
    make: Callable[..., Machine], folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> Machine:
    """A backup that still tells what the log no longer does: of position 2."""
    monkeypatch.setattr("services.backup.running.SIZE", 100)
    machine = filled(make())
    for _ in range(2):
        machine.append(5)
        run(folder, machine)
    done = begin(machine.log, 2, (), "có tên người", "shell:root", machine_now())
    finish(machine.log, machine.database("registry"), done)
    return machine


def machine_now() -> Any:
    from tests.builders import NOW

    return NOW


def test_the_next_backup_no_longer_tells_either(redacted_machine: Machine, folder: Folder):
    before = folder.newest()

    after = run(folder, redacted_machine)

    assert len(folder.runs()) == 1
    assert after.log[0].redacted == [2]
    assert after.log[1] == before.log[1]  # What did not tell of it stays.
    assert before.log[0].file != after.log[0].file
    assert not (folder.path / before.log[0].file).exists()
    assert verify_folder(folder, QUIET).position == 261
    run(folder, redacted_machine)
    assert len(folder.runs()) == 2


@pytest.mark.parametrize("until", [Cut(), Cut(position=100)])
def test_a_restore_never_brings_the_words_back(
    redacted_machine: Machine, make: Callable[..., Machine], folder: Folder, until: Cut
):
    run(folder, redacted_machine)
    new = make(migrated=False)
    places = list(new.places.values())

    restore(folder, folder.chosen(None), until, new.log, places, HOT, QUIET)

    event = new.log.read(1, 1)[0]
    assert (event.redacted, event.data["note"]) == (True, REDACTED)
    assert verify(new.log).fault is None
    assert new.log.head().position == (101 if until.position else 261)
