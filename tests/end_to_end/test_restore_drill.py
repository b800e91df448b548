"""The drill of decision 0024: a machine under load is backed up, destroyed, and restored to identical figures."""

import itertools
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.builders import LAI_CHAU, TUYEN_QUANG, club_founded, corrected, meeting_held, members_counted
from tests.system import System

OFFICES = {"hoi-nct-tuyen-quang": "08", "hoi-nct-lai-chau": "12"}
QUESTIONS = (
    "indicator=clubs&by=province&by=quarter",
    "indicator=meetings&by=province&by=month&from=2026-01-01&to=2026-06-30",
    "indicator=members&by=club",
    "indicator=clubs&by=province&scheme=63",
)


class Reporters:
    """Phones that report without pause, and remember what was acknowledged."""

    def __init__(self, system: System) -> None:
        self.acknowledged: dict[str, tuple[dict[str, Any], int]] = {}
        self._system, self._errors = system, []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(3)]

    @contextmanager
    def at_work(self) -> Iterator["Reporters"]:
        for thread in self._threads:
            thread.start()
        yield self
        self._stop.set()
        for thread in self._threads:
            thread.join()
        assert self._errors == []

    def wait_for(self, more: int) -> None:
        wanted = len(self.acknowledged) + more
        self._system.wait_until(lambda: len(self.acknowledged) >= wanted, 120)

    def _run(self, phone: int) -> None:
        try:
            for number in itertools.count():
                club = f"clb-{phone}-{number}"
                self._report(club_founded(club, place=(TUYEN_QUANG, LAI_CHAU)[number % 2]))
                for month in range(2, 7):
                    meeting = meeting_held(club, on=f"2026-0{month}-15")
                    self._report(meeting)
                self._report(corrected(meeting, weighed=number))
                self._report(members_counted(club, total=50 + number))
                if self._stop.is_set():
                    return
        except BaseException as error:
            self._errors.append(error)

    def _report(self, sent: dict[str, Any]) -> None:
        answer = self._system.post_until_answered(sent)
        self.acknowledged[sent["id"]] = sent, answer["position"]


def figures(system: System, position: int) -> list[bytes]:
    """Every figure asked about, as known at several positions: byte by byte."""
    bearer = {"Authorization": f"Bearer {system.token()}"}
    found = []
    for question, known_at in itertools.product(QUESTIONS, (position // 3, position // 2, position)):
        path = f"/v1/figures?{question}&known_at={known_at}&valid_at=2026-06-30"
        answer = system.client.get(f"{system.url('reporting')}{path}", headers=bearer).raise_for_status()
        found.append(answer.content)
    return found


def followed(system: System, position: int) -> bool:
    figure = system.get("reporting", "/v1/figures?indicator=clubs")
    metrics = system.client.get(f"{system.url('notifier')}/metrics").text
    return figure["position"] == position and 'ishc_lag_events{follower="notifier"} 0.0' in metrics


def add_offices(system: System) -> None:
    for id, province in OFFICES.items():
        office = {"name": id, "kind": "provincial_association", "provinces": [province]}
        system.client.put(
            f"{system.url('notifier')}/v1/offices/{id}",
            json=office | {"addresses": [f"{id}@ishc.test"]},
            headers={"Authorization": f"Bearer {system.token()}"},
        ).raise_for_status()


def test_a_machine_that_burned_down_is_restored_to_identical_figures(tmp_path: Path):
    backup = str(tmp_path / "backup")
    with System(tmp_path / "old", ISHC_URGENT_GAP_MINUTES="0") as old:
        add_offices(old)
        reporters = Reporters(old)
        with reporters.at_work():
            reporters.wait_for(60)
            first = old.ishc("log", "backup", backup, "--quiet")
            reporters.wait_for(60)
        head = old.get("registry", "/v1/events?limit=1")
        old.wait_until(lambda: followed(old, head["head"]), 120)
        old.wait_until(lambda: old.letters_at("hoi-nct-tuyen-quang") != [], 60)
        second = old.ishc("log", "backup", backup, "--quiet")
        before = figures(old, head["head"])
        letters = old.get("notifier", "/v1/letters")["items"]
    shutil.rmtree(tmp_path / "old")

    new = System(tmp_path / "new", ISHC_URGENT_GAP_MINUTES="0")
    new._tokens = old._tokens
    restored = new.ishc("log", "restore", backup, "--quiet")
    with new:
        new.wait_until(lambda: followed(new, head["head"]), 120)
        new.ishc("reporting", "rebuild")

        assert figures(new, head["head"]) == before
        assert restored.splitlines()[1] == second.splitlines()[1]
        assert first.splitlines()[1] != second.splitlines()[1]
        after = new.get("registry", "/v1/events?limit=1")
        assert (after["head"], after["epoch"]) == (head["head"], head["epoch"] + 1)
        assert {one["id"] for one in new.get("notifier", "/v1/offices")["items"]} == set(OFFICES)
        for sent, position in list(reporters.acknowledged.values())[::7]:
            answer = new.post(sent)
            assert (answer.status_code, answer.json()["position"]) == (200, position)
        assert new.post(club_founded("clb-moi", place=TUYEN_QUANG)).json()["position"] == head["head"] + 1
        new.wait_until(lambda: len(new.letters_at("hoi-nct-tuyen-quang")) == 1, 60)
        [only] = new.letters_at("hoi-nct-tuyen-quang")
        assert "CLB Cổ Điển" in only["subject"]
        assert new.letters_at("hoi-nct-lai-chau") == []
        sent_before = {one["id"] for one in letters if one["state"] == "sent"}
        assert sent_before <= {one["id"] for one in new.get("notifier", "/v1/letters")["items"]}
        assert "Nguyên vẹn" in new.ishc("log", "verify", "--quiet")
        assert f"{head['head'] + 1}" in new.ishc("log", "backup", backup, "--quiet")
        assert "Nguyên vẹn" in new.ishc("log", "verify", "--backup", backup, "--quiet")
    assert f"{head['head'] + 1}" in new.ishc("log", "backup", backup, "--quiet")  # And while nothing runs.
