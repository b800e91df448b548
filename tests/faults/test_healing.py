"""Bells lost, workers and ticks killed: the read model is current again within 20 seconds."""

from collections.abc import Iterator

import pytest
import redis

from shared.archive import Archive
from shared.database import engine
from shared.doorbell import FOLLOWERS
from shared.settings import Common
from shared.valkey import Keys, connect
from tests.builders import club_founded, meeting_held
from tests.system import System

WITHIN = 20


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with System(tmp_path_factory.mktemp("healing")) as running:
        running.post(club_founded())
        yield running


def is_current(system: System, position: int) -> bool:
    return system.get("reporting", "/v1/figures?indicator=meetings")["position"] >= position


def report_one_more(system: System) -> int:
    return system.post_until_answered(meeting_held())["position"]


def test_a_killed_worker_is_back_and_reads_on(system: System):
    worker = system.find("reporting-worker")
    worker.kill()

    position = report_one_more(system)

    system.wait_until(lambda: is_current(system, position), WITHIN)


def test_a_lost_bell_is_rung_again(system: System):
    socket = Common(data_dir=system.folder).valkey_socket
    log, jobs = connect(f"unix://{socket}"), redis.Redis.from_url(f"unix://{socket}?db=1")
    system.wait_until(lambda: not log.exists(Keys("vn").bell("reporting")))
    worker = system.find("reporting-worker")
    worker.suspend()  # So that it cannot hear the bell before it is lost.
    position = report_one_more(system)
    jobs.flushdb()  # All of RQ forgets everything.
    for follower in FOLLOWERS:
        log.delete(Keys("vn").bell(follower))
    worker.resume()

    system.wait_until(lambda: is_current(system, position), WITHIN)


def test_without_a_tick_for_a_while_nothing_is_lost(system: System):
    system.kill("tick")
    worker = system.find("reporting-worker")
    worker.kill()

    position = report_one_more(system)

    system.wait_until(lambda: is_current(system, position), WITHIN)


def test_a_worker_that_hangs_is_overtaken_and_does_no_harm(system: System):
    worker = system.find("reporting-worker")
    worker.suspend()
    position = report_one_more(system)
    worker.resume()

    system.wait_until(lambda: is_current(system, position), WITHIN)
    assert system.get("reporting", "/v1/figures?indicator=meetings")["rows"][0]["value"] == position - 1


def test_valkey_restarted_empty_is_refilled_and_goes_on(system: System):
    position = report_one_more(system)
    system.wait_until(lambda: is_current(system, position), WITHIN)
    folder = Common(data_dir=system.folder).valkey_folder
    archive = Archive(engine(f"sqlite:///{system.folder}/registry.sqlite"))
    system.wait_until(lambda: archive.last().position == position)
    server = system.find("valkey-server")
    server.suspend()
    for part in (folder / "appendonlydir").glob("*"):
        part.unlink()
    server.kill()

    after = report_one_more(system)

    feed = system.get("registry", "/v1/events?limit=1")
    assert (after, feed["epoch"]) == (position + 1, 2)
    system.wait_until(lambda: is_current(system, after), WITHIN)


def test_an_export_is_made_though_its_worker_was_killed(system: System):
    system.find("exports-worker").kill()
    bearer = {"Authorization": f"Bearer {system.token()}"}
    asked = system.client.post(
        f"{system.url('reporting')}/v1/exports", json={"sheet": "clubs", "format": "csv"}, headers=bearer
    )
    here = asked.headers["location"]

    system.wait_until(lambda: system.get("reporting", here)["state"] == "ready", WITHIN)

    file = system.client.get(f"{system.url('reporting')}{here}/file", headers=bearer)
    assert b"co-dien" in file.content
