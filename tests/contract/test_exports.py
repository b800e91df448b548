"""Exports: asked for now, made by a worker, fetched later; also after the worker was killed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from services.reporting import exports as book
from services.reporting.exports_work import ExportDesk
from shared.access import Role
from tests.builders import club_founded
from tests.station import Station, problem

# A worker that is killed when 600 rows are written.
DYING = """
import os, sys
from datetime import datetime
from services.reporting import exports_work
from shared.settings import Reporting

desk = exports_work.ExportDesk(Reporting(), lambda: datetime.fromisoformat(sys.argv[1]))
counted = desk.exports.counted
def dying(export, sheet):
    for number, row in enumerate(counted(export, sheet)):
        if number == 600:
            os.kill(os.getpid(), 9)
        yield row
desk.exports.counted = dying
desk.work()
"""


@pytest.fixture
def desk(station: Station) -> Iterator[ExportDesk]:
    """The worker, in our hands."""
    made = ExportDesk(station.settings, station.clock)
    yield made
    made.doorbell.close()


def ask(station: Station, token: str | None = None, **asked: Any) -> httpx2.Response:
    with station.client(station.reporting, token) as client:
        return client.post("/v1/exports", json=asked)


def fetch(station: Station, path: str, token: str | None = None) -> httpx2.Response:
    with station.client(station.reporting, token) as client:
        return client.get(path)


def test_an_export_is_the_file_as_it_was_when_asked_for(station: Station, desk: ExportDesk):
    station.post(club_founded())
    station.wake()
    then = fetch(station, "/v1/clubs.csv?header=keys")
    asked = ask(station, sheet="clubs", format="csv", header="keys")
    here = asked.headers["location"]
    waiting, early = asked.json(), fetch(station, f"{here}/file")
    station.post(club_founded("moi"))
    station.wake()

    desk.work()

    ready = fetch(station, here)
    assert (asked.status_code, waiting["state"], asked.headers["retry-after"]) == (202, "waiting", "2")
    assert problem(early)[:2] == (409, "cannot-do")
    assert (ready.json()["state"], ready.json()["rows_done"], ready.json()["rows"]) == ("ready", 1, 1)
    assert "retry-after" not in ready.headers
    file = fetch(station, ready.json()["file"])
    assert (file.content, file.headers["content-type"]) == (then.content, then.headers["content-type"])


def test_an_export_of_a_killed_worker_is_made_anew(station: Station, desk: ExportDesk):
    station.post([club_founded(f"club-{n:03}") for n in range(700)])
    station.wake()
    here = ask(station, sheet="clubs", format="csv").headers["location"]
    environment = os.environ | {
        "ISHC_DATA_DIR": str(station.settings.data_dir),
        "ISHC_LOG_URL": station.settings.log_url,
        "ISHC_PROGRAMME": station.settings.programme,
    }

    killed = subprocess.run([sys.executable, "-c", DYING, station.now.isoformat()], env=environment)
    left = fetch(station, here).json()
    desk.work()
    still = fetch(station, here).json()
    station.now += book.SILENT + timedelta(seconds=1)
    desk.work()

    ready = fetch(station, here).json()
    assert (killed.returncode, left["state"], left["rows_done"], left["rows"]) == (-9, "working", 500, 700)
    assert still == left  # It may only be slow: nobody else begins before it was silent for long.
    assert (ready["state"], ready["rows_done"]) == ("ready", 700)
    assert fetch(station, ready["file"]).content == fetch(station, "/v1/clubs.csv").content
    assert [file.suffix for file in station.settings.exports_folder.iterdir()] == [".csv"]


def test_a_worker_believed_dead_writes_nothing_more(station: Station, desk: ExportDesk):
    station.post(club_founded())
    station.wake()
    here = ask(station, sheet="clubs").headers["location"]
    slow = desk.exports.claim()
    station.now += book.SILENT + timedelta(seconds=1)
    quick = desk.exports.claim()

    assert slow is not None and quick is not None and (slow.id, quick.tries) == (quick.id, 2)
    with pytest.raises(book.Overtaken):
        desk.exports.finish(slow)
    assert fetch(station, here).json()["state"] == "working"


def test_what_fails_again_and_again_is_given_up(station: Station, desk: ExportDesk):
    station.post(club_founded())
    station.wake()
    here = ask(station, sheet="clubs").headers["location"]
    for _ in range(book.MOST_TRIES):
        assert desk.exports.claim() is not None
        station.now += book.SILENT + timedelta(seconds=1)

    assert desk.exports.claim() is None
    assert fetch(station, here).json()["state"] == "failed"


def test_only_who_asked_may_fetch(station: Station, desk: ExportDesk):
    station.post(club_founded())
    station.wake()
    here = ask(station, sheet="clubs").headers["location"]
    desk.work()
    other = station.token(Role.NATION, "other")

    for path in (here, f"{here}/file"):
        assert problem(fetch(station, path, other))[:2] == (404, "not-found")
        assert problem(fetch(station, path, ""))[:2] == (401, "token-missing")
        assert fetch(station, path).status_code == 200


def test_an_export_is_forgotten_after_a_day(station: Station, desk: ExportDesk):
    station.post(club_founded())
    station.wake()
    here = ask(station, sheet="clubs").headers["location"]
    desk.work()
    station.days_later(1)
    station.now += timedelta(seconds=1)
    desk.work()

    assert problem(fetch(station, here))[:2] == (404, "not-found")
    assert list(station.settings.exports_folder.iterdir()) == []


def test_an_export_speaks_the_language_asked_for(station: Station, desk: ExportDesk):
    station.post(club_founded())
    station.wake()
    here = ask(station, sheet="clubs", format="csv", lang="en").headers["location"]
    desk.work()

    assert "lang=en" in fetch(station, here).json()["permalink"]
    assert fetch(station, f"{here}/file").content == fetch(station, "/v1/clubs.csv?lang=en").content


def test_what_cannot_be_answered_is_refused_at_once(station: Station):
    station.post(club_founded())
    station.wake()

    assert problem(ask(station, sheet="figures", indicator="ghosts")) == (
        400,
        "bad-question",
        "/query/indicator",
    )
    assert problem(ask(station, sheet="clubs", limit=5))[:2] == (400, "bad-question")
    assert problem(ask(station, sheet="clubs", token=""))[:2] == (401, "token-missing")


def test_there_is_room_for_so_many_exports(station: Station, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(book, "MOST", 1)
    station.post(club_founded())
    station.wake()

    first, second = ask(station, sheet="clubs"), ask(station, sheet="clubs")

    assert (first.status_code, problem(second)[:2]) == (202, (429, "too-many-exports"))
