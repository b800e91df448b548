"""What Prometheus reads, and that the dashboard and the alert rules ask for nothing that is not there."""

import json
import re
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from shared.doorbell import State
from tests.builders import club_founded, meeting_held
from tests.station import Station, metrics

BOARD = json.loads(Path("docs/grafana/ishc.json").read_text(encoding="utf-8"))
RULES = yaml.safe_load(Path("docs/grafana/alerts.yml").read_text(encoding="utf-8"))
QUERIES = [target["expr"] for panel in BOARD["panels"] for target in panel["targets"]]
QUERIES += [rule["expr"] for group in RULES["groups"] for rule in group["rules"]]
LABELS = re.compile(r"by \(([a-z_, ]+)\)|\{([a-z]+)=")


def samples(station: Station) -> dict[str, list[dict[str, str]]]:
    """Every sample of all three services: name -> the labels it has."""
    found: dict[str, list[dict[str, str]]] = {}
    for url in (station.registry, station.reporting, station.notifier):
        for family in text_string_to_metric_families(metrics(url)):
            for sample in family.samples:
                found.setdefault(sample.name, []).append({**sample.labels, "": str(sample.value)})
    return found


@pytest.fixture
def watched(station: Station) -> Station:
    """A station that has done a little of everything."""
    office = {"name": "Hội", "kind": "provincial_association", "provinces": ["08"], "addresses": ["a@b.test"]}
    with station.client(station.notifier) as client:
        client.put("/v1/offices/board", json=office).raise_for_status()
    station.get("registry/v1/tally")
    station.post([club_founded(), meeting_held()]).raise_for_status()
    station.wake()
    station.notifier_parts.doorbell.note_backup(finished_at=station.now - timedelta(hours=3))
    return station


@pytest.mark.parametrize("query", QUERIES)
def test_what_the_dashboard_asks_for_exists(watched: Station, query: str):
    known = samples(watched)
    names = set(re.findall(r"ishc_[a-z_]+", query))

    assert names <= known.keys()
    for told, one in LABELS.findall(query):
        for label in filter(None, re.split(r", ?", told or one)):
            assert label == "job" or all(any(label in has for has in known[name]) for name in names), label


def test_numbers_are_those_of_the_stores(watched: Station):
    watched.notifier_parts.doorbell.tell("reporting", State(stopped="forked"))

    known = samples(watched)

    def value(name: str, **labels: str) -> float:
        [one] = [has for has in known[name] if labels.items() <= has.items()]
        return float(one[""])

    assert value("ishc_position", follower="reporting") == value("ishc_position", follower="archive") == 2
    assert value("ishc_lag_events", follower="notifier") == 0
    assert value("ishc_stopped", follower="reporting") == 1
    assert value("ishc_stopped", follower="archive") == 0
    assert value("ishc_backup_age_seconds") == 3 * 3600
    assert value("ishc_disk_free_bytes") > 0
    assert (
        float(known["ishc_append_seconds_count"][0][""]) >= 1
    )  # Of this process: here it is all three services.
    assert value("ishc_letters", state="sent") == 1


def test_an_answers_time_is_kept_by_route_whatever_is_asked(watched: Station):
    """A stranger who asks for a million addresses makes one line, not a million."""
    with watched.client(watched.reporting) as client:
        for path in ("/v1/clubs/co-dien", "/v1/clubs/khong-co", "/nowhere/1", "/nowhere/2"):
            client.get(path)
        client.request("PROPFIND", "/nowhere/3")

    answered = samples(watched)["ishc_http_seconds_count"]
    kinds = {(one["method"], one["route"], one["status"]) for one in answered}
    assert {
        ("POST", "/v1/events", "2xx"),
        ("GET", "/v1/clubs/{id}", "2xx"),
        ("GET", "/v1/clubs/{id}", "4xx"),
        ("GET", "none", "4xx"),
        ("none", "none", "4xx"),
    } <= kinds
    assert not [route for _, route, _ in kinds if "nowhere" in route]


def test_without_a_backup_there_is_no_age_to_look_at(watched: Station):
    watched.archive.log.client.hdel(watched.archive.log.keys.states, "backup")

    told = httpx2.get(f"{watched.registry}/metrics").text

    assert not re.search(r"^ishc_backup_age_seconds\{", told, re.MULTILINE)
