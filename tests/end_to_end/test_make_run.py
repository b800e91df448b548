"""`make run` as a newcomer sees it: one command, real facts on the dashboard, a letter in the mailbox."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.local import FAMILY
from tests.builders import TUYEN_QUANG, club_founded
from tests.system import System


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with System(tmp_path_factory.mktemp("run"), sample=True) as running:
        yield running


def caught_up(system: System) -> bool:
    head = system.get("registry", "/v1/events?limit=1")["head"]
    return system.get("reporting", "/v1/figures?indicator=clubs")["position"] == head


def test_the_sample_facts_are_on_the_dashboard(system: System):
    system.wait_until(lambda: caught_up(system))

    page = system.client.get(f"{system.url('reporting')}/").text

    assert "Tập huấn thành lập và quản lý Câu lạc bộ Liên thế hệ tự giúp nhau" in page
    assert "không muộn hơn 05/10/2020" in page
    assert "hơn 90" in page


def test_the_two_conferences_read_back_in_vietnamese(system: System):
    system.wait_until(lambda: caught_up(system))

    trainings = {one["id"]: one for one in system.get("reporting", "/v1/trainings")["items"]}

    assert trainings["tq-2020-10"]["occurred_on_text"] == "không muộn hơn 05/10/2020"
    assert trainings["lc-2024-05-28"]["held"]["delegates_text"] == "hơn 90"


def test_the_sample_sends_no_letters(system: System):
    system.wait_until(lambda: caught_up(system))

    assert system.get("notifier", "/v1/alerts")["items"]
    assert system.get("notifier", "/v1/letters")["items"] == []


def test_a_club_founded_now_puts_a_letter_into_its_boards_mailbox(system: System):
    phone = system.token("dien-thoai-1", "device", "--province", "08")
    founding = club_founded("moi-1", source="/devices/dien-thoai-1", name="CLB Mới", place=TUYEN_QUANG)

    answer = system.client.post(
        f"{system.url('registry')}/v1/events", json=founding, headers={"Authorization": f"Bearer {phone}"}
    )

    assert answer.status_code == 201
    system.wait_until(lambda: len(system.letters_at("hoi-nct-tuyen-quang")) == 1)
    [letter] = system.letters_at("hoi-nct-tuyen-quang")
    assert letter["subject"] == "Câu lạc bộ mới thành lập: CLB Mới"
    system.wait_until(lambda: "CLB Mới" in system.client.get(f"{system.url('reporting')}/").text)


def test_the_addresses_it_prints_answer(system: System):
    for line in "".join(system.said).splitlines():
        if "http://" in line:
            address = line.split()[-1]
            assert system.client.get(address).status_code == 200, address
    assert system.heard("token make --name")


def test_the_doctor_finds_nothing_wrong_and_names_what_stands_still(system: System):
    system.wait_until(lambda: caught_up(system))
    assert json.loads(system.ishc("doctor", "--json"))["ok"]

    tick = system.find("tick")
    tick.suspend()
    system.wait_until(lambda: "tick-away" in diagnosis(system))
    tick.resume()

    system.wait_until(lambda: diagnosis(system) == set())


def diagnosis(system: System) -> set[str]:
    """What is wrong, as a script reads it."""
    command = [sys.executable, "-m", "services.cli", "doctor", "--json"]
    done = subprocess.run(command, env=system.environment, capture_output=True, text=True)
    wrong = {matter["code"] for matter in json.loads(done.stdout)["matters"] if matter["wrong"]}
    assert done.returncode == bool(wrong)
    return wrong


def test_a_dead_child_is_started_again_and_said_so(system: System):
    system.kill("reporting-worker")

    system.wait_until(lambda: system.heard("reporting-worker: đã chạy lại / running again"))
    assert system.heard("reporting-worker: dừng đột ngột")


@pytest.mark.skipif(not FAMILY, reason="no processes are forked here")
def test_workers_end_with_their_parent_and_are_started_again_with_it(system: System):
    def alive() -> list[str]:
        commands = [" ".join(process.cmdline()).rstrip() for process in system.processes_left()]
        return sorted(command.rpartition(" ")[2] for command in commands if "services.cli work " in command)

    before = alive()
    system.kill("services.cli together")

    system.wait_until(
        lambda: alive() == before == ["archive", "exports", "letters", "notifier", "reporting"], 30
    )


def test_it_ends_within_seconds_and_goes_on_where_it_stopped(system: System):
    before = system.get("registry", "/v1/events?limit=1")["head"]

    assert system.stop() < 10
    assert system.processes_left() == []
    system.start()

    after = system.get("registry", "/v1/events?limit=1")
    assert (after["head"], after["epoch"]) == (before, 1)  # And the sample was not loaded again.


def test_a_taken_port_is_named_with_the_setting_that_moves_it(system: System, tmp_path: Path):
    environment = system.environment | {"ISHC_DATA_DIR": str(tmp_path)}

    second = subprocess.run(
        [sys.executable, "-m", "services.cli", "up"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert second.returncode == 1
    assert f"Cổng {system.ports['registry']} đang được dùng" in second.stderr
    assert "ISHC_REGISTRY_PORT=…" in second.stderr


def test_load_shows_its_verdicts_and_doubles_nothing(system: System, tmp_path: Path):
    sample = Path("services/samples/reported.ndjson")
    file = tmp_path / "facts.ndjson"
    file.write_bytes(sample.read_bytes() + b'{"broken": \n')
    system.environment["ISHC_TOKEN"] = system.token()
    registry = system.url("registry")

    first = system.ishc("load", str(file), "--url", registry, "--quiet")
    again = system.ishc("load", str(file), "--url", registry, "--quiet")

    lines = len(sample.read_bytes().splitlines())
    assert first.startswith(f"duplicate: {lines}, unreadable: 1, with warnings: ")
    assert again.startswith(f"settled before: {lines}, unreadable: 1 → ")
    assert len((tmp_path / "facts.verdicts.ndjson").read_text().splitlines()) == lines + 2


def test_tokens_are_made_listed_and_revoked_on_the_command_line(system: System):
    system.token("thu-hoi", "device", "--province", "08", "--expires", "2099-01-31")

    assert "thu-hoi\tdevice\t08\t/devices/thu-hoi\t2099-01-31\tliving" in system.ishc("token", "list")
    system.ishc("token", "revoke", "thu-hoi")
    assert "thu-hoi\tdevice\t08\t/devices/thu-hoi\t2099-01-31\trevoked" in system.ishc("token", "list")
