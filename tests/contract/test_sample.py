"""The sample: what the press reported, loaded through the front door and read back."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.samples import PROVENANCE, REPORTED
from shared.codes import unknown_codes
from shared.upcasting import read_event
from tests.servers import Valkey
from tests.station import Station, tally

SAMPLE: list[dict[str, Any]] = [
    json.loads(line) for line in REPORTED.read_text(encoding="utf-8").splitlines()
]
ACCEPTED = {"accepted": len(SAMPLE)}


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory, valkey: Valkey) -> Iterator[Station]:
    """A log that holds the sample, in the order of the file, on the day after its sources were read."""
    made = Station(tmp_path_factory.mktemp("sample"), valkey.url, "sample")
    made.now = datetime(2026, 11, 22, 3, tzinfo=UTC)
    assert made.post(SAMPLE).json()["counts"] == ACCEPTED
    made.wake()
    yield made
    made.stop()


def test_all_of_it_is_accepted_and_nothing_waits(station: Station):
    assert station.get("registry/v1/held")["items"] == []
    assert station.get("registry/v1/quarantine")["items"] == []
    assert tally(station)["accepted"] == len(SAMPLE)


def test_loading_it_again_changes_nothing(station: Station):
    before = station.get("reporting/v1/figures?indicator=clubs&by=province")

    again = station.post(SAMPLE).json()["counts"]
    station.wake()

    assert again == {"duplicate": len(SAMPLE)}
    assert station.get("registry/v1/events?limit=1")["head"] == len(SAMPLE)
    assert station.get("reporting/v1/figures?indicator=clubs&by=province") == before


def test_history_sends_no_letters(station: Station):
    assert all(sent["historical"] for sent in SAMPLE)
    assert station.get("notifier/v1/letters")["items"] == []


def test_every_code_has_a_name_and_every_fact_a_source():
    told = {sent["id"]: read_event(sent["type"], 1, sent["data"]) for sent in SAMPLE}

    assert {id: list(unknown_codes(event)) for id, event in told.items() if any(unknown_codes(event))} == {}
    assert [id for id, event in told.items() if not (event.citation and event.citation.url)] == []


def test_where_it_comes_from_says_of_every_line_what_it_became():
    provenance = PROVENANCE.read_text(encoding="utf-8")
    lines = re.findall(r"^\| (?:\d+|A) \| .*? \| (.*?) \| .* \|$", provenance, re.MULTILINE)
    types = Counter(sent["type"] for sent in SAMPLE)

    counted = ", ".join(f"{number} `{type}`" for type, number in sorted(types.items()))

    assert len(lines) == 67 + 4 + 1
    assert sorted(id for line in lines for id in _named(line)) == sorted(sent["id"] for sent in SAMPLE)
    assert f"Count: {counted}; {len(SAMPLE)} events." in provenance


def test_scenario_a_reads_back_in_vietnamese(station: Station):
    trainings = {one["id"]: one for one in station.get("reporting/v1/trainings")["items"]}
    [four] = station.get("reporting/v1/published?indicator=clubs&subject=province:pre-2025:08")["items"]
    counted = station.get("reporting/v1/figures?indicator=clubs&scheme=63&scope=province:08")["total"]

    assert trainings["tq-2020-10"]["occurred_on_text"] == "không muộn hơn 05/10/2020"
    assert trainings["tq-2020-10"]["held"]["delegates_text"] == "60"
    assert (four["value"], counted["value"]) == (4, 0)
    assert [plan["status"] for plan in _told("plan.adopted", "province:pre-2025:08")] == ["intended"]


def test_scenario_b_reads_back_in_vietnamese(station: Station):
    trainings = {one["id"]: one for one in station.get("reporting/v1/trainings")["items"]}

    lai_chau = trainings["lc-2024-05-28"]

    assert lai_chau["held"]["delegates_text"] == "hơn 90"
    assert lai_chau["held"]["occurred_on_text"] == "28/05/2024"  # Its end was only announced.
    assert lai_chau["held"]["planned_end_text"] == "29/05/2024"
    assert lai_chau["planned"]["occurred_on_text"] == "28/05/2024 – 29/05/2024"
    assert sorted(plan["kind"] for plan in _told("plan.adopted", "province:pre-2025:12")) == [
        "action_month",
        "care_fund",
        "club_scale_up",
        "emulation",
    ]


def _told(type: str, subject: str) -> list[dict[str, Any]]:
    return [sent["data"] for sent in SAMPLE if (sent["type"], sent["subject"]) == (type, subject)]


def _named(became: str) -> list[str]:
    """The events a line of the provenance names: one, or a common beginning and how each goes on."""
    match re.findall(r"`(.*?)`", became):
        case [beginning, *ends] if ends:
            return [beginning + end for end in ends]
        case alone:
            return alone
