"""The simulated country: it repeats itself, the registry takes all of it, and its books can be checked."""

import hashlib
import json
import subprocess
import sys
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from services.cli import main
from services.simulating.calendar import TET
from services.simulating.curve import clubs_on, foundings
from services.simulating.dice import Dice
from services.simulating.noise import Fate, fate
from services.simulating.stream import Simulation
from shared.memory_log import MemoryLog
from shared.places import PROVINCES
from tests.door import Door

UNTIL = date(2026, 6, 30)
FIRST_1000_OF_SEED_7 = "3b3588fa74d2db3862e94fde79c4ab6330dc8ff67bbb0f107a5e8d56c132ee06"
KINDS = {
    *(
        "club.proposed",
        "club.founded",
        "club.launched",
        "club.renamed",
        "club.moved",
        "club.dissolved",
        "club.merged",
    ),
    *("charter.adopted", "board.elected", "members.counted", "place.resolved"),
    *("meeting.held", "meeting.cancelled", "activity.held", "care.reported", "health.checked"),
    *("fund.received", "fund.spent", "fund.counted", "loan.disbursed", "loan.repaid"),
    *("training.planned", "training.held", "training.cancelled", "visit.made"),
    *("plan.adopted", "target.set", "figure.published", "period.signed_off", "period.reopened"),
    *("report.corrected", "report.withdrawn"),
}


def simulation(clubs: int = 30, years: int = 2, seed: int = 7) -> Simulation:
    return Simulation(clubs, years, seed, UNTIL)


def lines(simulation: Simulation) -> Iterator[bytes]:
    for piece in simulation.arrivals():
        yield from piece.splitlines()


@pytest.fixture(scope="module")
def country() -> tuple[Simulation, list[dict[str, Any]]]:
    """A country large enough for everything to happen, when its days have passed, and all its reports."""
    made = simulation(clubs=300, years=6)
    return made, [json.loads(line) for line in lines(made)]


@pytest.fixture
def events(country: tuple[Simulation, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return country[1]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    assert list(simulation().arrivals()) == list(simulation().arrivals())
    assert list(simulation(seed=8).arrivals()) != list(simulation().arrivals())


def test_the_same_seed_gives_these_bytes_on_every_machine():
    first = hashlib.sha256(b"\n".join(islice(lines(simulation()), 1000))).hexdigest()

    assert first == FIRST_1000_OF_SEED_7, "a deliberate change of the simulation changes this digest"


def test_everything_that_can_be_reported_is_reported(events: list[dict[str, Any]]):
    assert {event["type"] for event in events} == KINDS
    assert {e["data"]["kind"] for e in events if e["type"] == "club.merged"} == {"merged", "same_club"}


def test_the_registry_takes_every_report_and_nothing_waits_for_ever(tmp_path: Path):
    door = Door(MemoryLog(), tmp_path)

    door.record(lines(simulation(clubs=150, years=3)))

    assert door.verdicts.keys() == {"accepted", "duplicate", "held"}
    door.close()


def test_the_cash_in_the_box_is_what_the_books_say(country: tuple[Simulation, list[dict[str, Any]]]):
    simulated, events = country
    disagree, counts = 0, 0
    for books in books_by_club_and_fund(as_they_stand(events)).values():
        for day, amount in [(day, amount) for type, day, amount in books if type == "fund.counted"]:
            entries = (put for type, on, put in books if type != "fund.counted" and on <= day)
            disagree += sum(entries) != amount
            counts += 1

    assert disagree == simulated.miscounts
    assert 0 < disagree < counts / 50


def test_members_by_sex_and_by_age_are_the_same_people(events: list[dict[str, Any]]):
    whole = [e["data"]["members"] for e in events if e["type"] == "club.founded"]
    bands = ("under_55", "55_59", "60_69", "70_79", "80_plus")

    assert all(one["women"] + one["men"] == sum(one[band] for band in bands) for one in whole)
    assert all(30 <= one["women"] + one["men"] <= 121 for one in whole)


def test_few_clubs_meet_around_tet(events: list[dict[str, Any]]):
    met = Counter(e["data"]["occurred_on"] for e in events if e["type"] == "meeting.held")
    days = [tet.toordinal() + shift for tet in TET if 2021 <= tet.year <= 2026 for shift in range(-8, 11)]
    around_tet = sum(met[date.fromordinal(day).isoformat()] for day in days) / len(days)

    assert around_tet < met.total() / (6 * 365) / 3


def test_a_place_is_written_on_the_map_of_its_day(events: list[dict[str, Any]]):
    founded = [e["data"] for e in events if e["type"] == "club.founded"]

    assert all((data["place"]["list"], data["place"]["province"]) in PROVINCES for data in founded)
    assert {(data["occurred_on"] >= "2025-07-01", data["place"]["list"]) for data in founded} == {
        (False, "pre-2025"),
        (True, "2025-07"),
    }


def test_a_device_counts_what_it_sends_and_a_lost_report_leaves_a_gap(events: list[dict[str, Any]]):
    numbers: dict[str, list[int]] = defaultdict(list)
    for event in {(e["source"], e["id"]): e for e in events}.values():
        numbers[event["source"]].append(event["deviceseq"])
    gaps = [device for device, seen in numbers.items() if len(seen) < max(seen)]

    assert all(seen == sorted(set(seen)) for seen in numbers.values())
    assert 0 < len(gaps) < len(numbers)


def test_reports_come_late_twice_and_with_wrong_clocks(events: list[dict[str, Any]]):
    arrived = Counter((e["source"], e["id"]) for e in events)
    before, late = "", 0
    for event in events:
        late += event["time"][:10] < before
        before = max(before, event["time"][:10]) if event["time"][:4] < "2027" else before

    assert 0.01 < sum(times > 1 for times in arrived.values()) / len(arrived) < 0.05
    assert late / len(events) > 0.02
    assert any(event["time"].startswith("1970-01-01") for event in events)


def test_what_was_wrong_is_mended_and_mended_again(events: list[dict[str, Any]]):
    types = {(e["source"], e["id"]): e["type"] for e in events}
    amended = {(e["type"], types[named(e)]) for e in events if e["type"].startswith("report.")}

    assert amended >= {
        *(("report.corrected", type) for type in ("meeting.held", "members.counted", "fund.received")),
        *(("report.withdrawn", type) for type in ("meeting.held", "members.counted", "activity.held")),
        *((type, "report.corrected") for type in ("report.corrected", "report.withdrawn")),
    }


def test_now_and_then_a_founding_is_corrected_or_registered_anew():
    dice = Dice("foundings")

    fates = {fate("club.founded", dice) for _ in range(10_000)}

    assert fates == {None, Fate.DOUBLED, Fate.MISTAKEN, Fate.REPLACED}


def test_the_last_club_is_founded_on_the_last_day_along_the_curve():
    days = dict(foundings(1000, UNTIL))

    assert sum(days.values()) == 1000
    assert clubs_on(date(2023, 12, 31)) == 6_521 * 10_000
    assert sum(many for day, many in days.items() if day.year in (2022, 2023)) > 4 * sum(
        many for day, many in days.items() if day.year in (2006, 2007)
    )


def test_what_has_arrived_is_forgotten():
    written = 0
    tracemalloc.start()
    for piece in simulation(years=10).arrivals():
        written += len(piece)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < written / 5


def test_the_command_writes_what_is_simulated_and_ends_quietly_when_nobody_reads_on():
    command = ["simulate", "--clubs", "30", "--years", "2", "--seed", "7"]

    assert CliRunner().invoke(main, command).stdout_bytes == b"".join(simulation().arrivals())

    asked = [sys.executable, "-m", "services.cli", *command]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout and running.stderr
        running.stdout.readline()
        running.stdout.close()
        assert (running.stderr.read(), running.wait()) == (b"", 0)


def test_a_time_without_clubs_is_not_simulated():
    answer = CliRunner().invoke(main, ["simulate", "--years", "5", "--until", "2010-12-31"])

    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "--until" in answer.stderr


def as_they_stand(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The reports with corrections applied and without what was withdrawn."""
    by_identity = {(e["source"], e["id"]): e for e in events}
    stands = {identity: e for identity, e in by_identity.items() if not e["type"].startswith("report.")}
    withdrawn = {named(e) for e in by_identity.values() if e["type"] == "report.withdrawn"}
    for identity, event in by_identity.items():
        if event["type"] == "report.corrected" and identity not in withdrawn:
            original = named(event)
            while by_identity[original]["type"] == "report.corrected":
                original = named(by_identity[original])
            stands[original] = stands[original] | {"data": event["data"]["data"]}
    return [event for identity, event in stands.items() if identity not in withdrawn]


def named(amendment: dict[str, Any]) -> tuple[str, str]:
    target = amendment["data"]["target"]
    return target["source"], target["id"]


def books_by_club_and_fund(
    events: list[dict[str, Any]],
) -> dict[tuple[str, str], list[tuple[str, str, int]]]:
    """What was put into or taken from each fund of each club, and what was counted: type, day, đồng."""
    books: dict[tuple[str, str], list[tuple[str, str, int]]] = defaultdict(list)
    for event in events:
        type, data = event["type"], event["data"]
        match type:
            case "fund.received":
                amount = data["amount_vnd"]
            case "fund.spent":
                amount = -data["amount_vnd"]
            case "loan.disbursed":
                amount = -data["principal_vnd"]
            case "loan.repaid":
                amount = data["principal_vnd"] + data["interest_vnd"]
            case "fund.counted":
                amount = data["cash_vnd"]
            case _:
                continue
        books[event["subject"], data["fund"]].append((type, data["occurred_on"], amount))
    return books
