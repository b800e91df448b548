"""A notifier rebuilt from the log, or set back to an old copy, knows everything again and mails nobody."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.cli import main
from services.notifier.rebuilding import rebuild
from tests.builders import LAI_CHAU, club_founded, meeting_held, training_held
from tests.letters import clock_shows
from tests.station import Mailbox, Station

KEPT = ("alerts", "silences", "letters", "offices")


@pytest.fixture(autouse=True)
def boards(station: Station) -> None:
    station.get("registry/v1/tally")
    for id, province in (("tuyen-quang", "08"), ("lai-chau", "12")):
        office = {"name": f"Hội NCT {id}", "kind": "provincial_association", "provinces": [province]}
        with station.client(station.notifier) as client:
            answer = client.put(f"/v1/offices/{id}", json=office | {"addresses": [f"{id}@board.test"]})
            answer.raise_for_status()


@pytest.fixture
def told(station: Station, mailbox: Mailbox) -> Iterator[Mailbox]:
    """Two clubs that fell silent: of one silence the alert is acknowledged, the other province is silenced."""
    for club, place in (("co-dien", {"list": "2025-07", "province": "08"}), ("muong-so", LAI_CHAU)):
        station.post([club_founded(club, on="2026-01-15", place=place), meeting_held(club, on="2026-06-28")])
    station.wake()
    station.days_later(80)
    station.wake()
    with station.client(station.notifier) as client:
        [one, _] = station.get("notifier/v1/alerts?rule=no_meeting")["items"]
        client.post(f"/v1/alerts/{one['id']}/acknowledge", json={"note": "đã gọi"}).raise_for_status()
        ends_at = (station.now + timedelta(days=30)).isoformat()
        silence = {"province": "12", "reason": "mưa lũ", "ends_at": ends_at}
        client.post("/v1/silences", json=silence).raise_for_status()
    mailbox.taken.clear()
    yield mailbox


def kept(station: Station) -> list[object]:
    return [station.get(f"notifier/v1/{name}")["items"] for name in KEPT]


def waits(station: Station) -> list[tuple[str, str, str | None]]:
    found = station.get("notifier/v1/letters?held=true")["items"]
    return sorted((one["rule"], one["office"], one["held"]) for one in found)


def test_a_rebuild_changes_nothing_that_people_see_and_mails_nobody(station: Station, told: Mailbox):
    before = kept(station)

    rebuild(station.notifier_parts)
    station.wake()

    assert (kept(station), told.taken) == (before, [])
    station.days_later(1)
    station.wake()
    assert told.taken == []


def test_a_rebuilt_notifier_ends_and_begins_alerts_like_any_other(station: Station, told: Mailbox):
    rebuild(station.notifier_parts)
    station.post([meeting_held("co-dien", on="2026-09-10"), club_founded("club-moi", on="2026-09-01")])
    station.wake()

    states = {
        one["subject"]: one["state"] for one in station.get("notifier/v1/alerts?rule=no_meeting")["items"]
    }
    assert states == {"co-dien": "resolved", "muong-so": "acknowledged"}
    assert [one["Subject"] for one in told.taken] == ["Câu lạc bộ mới thành lập: CLB Cổ Điển"]


def test_what_waits_for_its_hour_is_told_after_a_rebuild_too(station: Station, mailbox: Mailbox):
    station.post(training_held())
    station.wake()

    rebuild(station.notifier_parts)
    clock_shows(station, "2026-07-01T08:00:00")

    assert len(mailbox.taken) == 1


def test_a_rebuild_in_the_middle_of_the_log_is_finished_by_the_worker(station: Station, told: Mailbox):
    before = kept(station)
    reached = rebuild(station.notifier_parts)
    with station.notifier_parts.database.begin() as transaction:  # As if it had just begun.
        for table in ("checkpoint", "facts", "conditions", "unsettled", "days", "drawn"):
            transaction.exec_driver_sql(f"DELETE FROM {table}")

    station.wake()

    assert (kept(station), told.taken) == (before, [])
    assert station.notifier_parts.remembered.mark()[0] == reached


class OldCopy:
    """The notifier's database as it is now; `put_back` forgets all that happened since."""

    def __init__(self, station: Station, folder: Path) -> None:
        self._database, self._copy = station.settings.data_dir / "notifier.sqlite", folder / "copy.sqlite"
        self._copied(self._database, self._copy)

    def put_back(self) -> None:
        self._copied(self._copy, self._database)

    def _copied(self, from_: Path, to: Path) -> None:
        with closing(sqlite3.connect(from_)) as source, closing(sqlite3.connect(to)) as target:
            source.backup(target)


def test_what_waited_in_an_old_copy_is_not_told_again_in_other_company(
    station: Station, mailbox: Mailbox, tmp_path: Path
):
    """The life that was lost told both trainings in one digest; the copy knows of the first only."""
    station.post(training_held("lop-1"))
    station.wake()
    copy = OldCopy(station, tmp_path)
    station.post(training_held("lop-2"))
    station.wake()
    clock_shows(station, "2026-07-01T08:00:00")
    assert len(mailbox.taken) == 1
    mailbox.taken.clear()

    copy.put_back()
    station.wake()
    clock_shows(station, "2026-07-02T08:00:00")

    assert mailbox.taken == []
    assert waits(station) == [("training_held", "tuyen-quang", "restored")] * 2


# --- by the command line -----------------------------------------------------------------------------------------


@pytest.fixture
def ishc(station: Station, monkeypatch: pytest.MonkeyPatch):
    for name in ("data_dir", "log_url", "programme", "smtp_port"):
        monkeypatch.setenv(f"ISHC_{name.upper()}", str(getattr(station.settings, name)))

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["notifier", *words])

    return run


def test_held_letters_are_released_one_or_all(
    station: Station, mailbox: Mailbox, told: Mailbox, tmp_path: Path, ishc
):
    with station.notifier_parts.database.begin() as transaction:
        transaction.exec_driver_sql("UPDATE letters SET state = 'held', reason = 'handed-over-before'")
    number = len(station.get("notifier/v1/letters")["items"])

    assert ishc("release", "1").output == "Sẽ gửi 1 thư / letters to be sent: 1\n"
    assert ishc("release", "1").exit_code == 1
    assert ishc("release").exit_code == ishc("release", "2", "--all").exit_code == 2
    assert ishc("release", "--all").output.endswith(f": {number - 1}\n")
    station.now = datetime.now(UTC)  # The command has no other clock.
    station.wake()

    assert {one["state"] for one in station.get("notifier/v1/letters")["items"]} == {"sent"}


def test_a_rebuild_says_how_far_it_came(station: Station, told: Mailbox, ishc):
    head = station.get("registry/v1/events?limit=1")["head"]

    assert f"{head} /" in ishc("rebuild").output
