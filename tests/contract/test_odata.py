"""The OData v4 feed, as a client of somebody else's making and as Excel ask for it."""

import base64
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from odatapy.client import EdmEnabledODataClient
from odatapy.client.responses import ClientResponse

from services.reporting.figures import RULES
from services.reporting.odata.sets import ENTITY_SETS
from tests.builders import (
    LAI_CHAU,
    club_founded,
    figure_published,
    meeting_held,
    members_counted,
    training_held,
    training_planned,
)
from tests.station import Station

MORE_THAN_90 = {"total": {"more_than": 90}}


class Wire:
    """Carries the client's requests."""

    def __init__(self, http: httpx2.Client) -> None:
        self._http = http

    def send(self, method: str, url: str, headers: dict[str, str], body: bytes) -> ClientResponse:
        answer = self._http.request(method, url, headers=headers, content=body)
        return ClientResponse(answer.status_code, dict(answer.headers), answer.content)


@pytest.fixture
def country(station: Station) -> Station:
    station.post(
        [
            *(club_founded(f"club-{n:02}", on=f"2025-{n + 1:02}-10", name=f"CLB Đồng Tâm {n}") for n in range(9)),
            club_founded("club-09", on="../2020-10-05", place=LAI_CHAU, name="CLB Ánh Dương"),
            members_counted("club-03", total=57),
            meeting_held("club-03", on="2026-03-21"),
            training_held("lc-2024-05-28", on="2024-05-28", delegates=MORE_THAN_90),
            training_planned("tq-2026", on="2026-07"),
            figure_published(),
        ]
    )  # fmt: skip
    station.wake()
    return station


def test_a_client_reads_the_metadata_and_pages_through_what_it_asked_for(country: Station):
    with country.client(country.reporting) as http:
        client = EdmEnabledODataClient(f"{country.reporting}/odata/v4/", Wire(http))
        asked = client.entity_set_uri("Clubs").filter("founded_first ge 2025-03-01 and contains(name,'Đồng')")
        pages = list(client.iter_pages(asked.count(True), max_page_size=3))

    assert {one.name for one in client.edm().entity_container.entity_sets} == ENTITY_SETS.keys()
    assert [len(page.entities) for page in pages] == [3, 3, 1]
    assert pages[0].count == 7
    found = [entity for page in pages for entity in page.entities]
    assert [one.get_value("id") for one in found] == [f"club-{n:02}" for n in range(2, 9)]
    assert found[0].get_value("founded_first").isoformat() == "2025-03-10"


@pytest.mark.parametrize("table", ENTITY_SETS)
def test_every_row_is_what_the_metadata_says(country: Station, table: str):
    with country.client(country.reporting) as http:
        client = EdmEnabledODataClient(f"{country.reporting}/odata/v4/", Wire(http))
        rows = list(client.iter_entities(client.entity_set_uri(table)))

    columns = ENTITY_SETS[table].columns
    keys = [row.get_value(columns[0].name) for row in rows]
    assert rows and len(set(keys)) == len(keys)
    for row in rows:
        assert [one.name for one in row.properties] == [column.name for column in columns]
        assert not [one.name for one in columns if not one.nullable and row.get_value(one.name) is None]


def test_columns_are_described_in_vietnamese_and_english(country: Station):
    with country.client(country.reporting) as http:
        metadata = http.get("/odata/v4/$metadata")

    assert metadata.headers["content-type"].startswith("application/xml")
    assert 'String="Ngày thành lập: ngày sớm nhất có thể"' in metadata.text
    assert 'String="Day of founding: the first day it may mean" Qualifier="en"' in metadata.text


def test_the_feed_has_the_figures_of_the_json(country: Station):
    feed = ask(country, "Figures?$filter=indicator eq 'members' and value gt 0&from=2026-01-01")["value"]
    address = "reporting/v1/figures?indicator=members&by=province,month&from=2026-01-01"
    rows = [row for row in country.get(address)["rows"] if row["value"]]

    names = ("province", "period", "value", "low", "high", "certain")
    assert [[row[name] for name in names] for row in feed] == [[row[name] for name in names] for row in rows]
    assert (feed[-1]["period_first"], feed[-1]["period_last"]) == ("2026-06-01", "2026-06-30")
    years = ask(country, "NationalFigures?$filter=indicator eq 'new_clubs'&by=year&from=2024-01-01")["value"]
    assert [(row["period"], row["value"], row["high"]) for row in years] == [
        ("2024", 0, 0), ("2025", 9, 9), ("2026", 0, 0),
    ]  # fmt: skip


def test_days_and_counts_keep_their_edges(country: Station):
    club = ask(country, "Clubs('club-09')?$select=founded_as_reported,founded_first,founded_last")
    training = ask(country, "Trainings('lc-2024-05-28')")

    assert (club["founded_as_reported"], club["founded_first"], club["founded_last"]) == (
        "../2020-10-05",
        None,
        "2020-10-05",
    )
    edges = [training[f"delegates_{part}"] for part in ("value", "low", "high", "certain")]
    assert edges == [90, 91, None, 0]


def test_an_answer_says_what_it_rests_on_and_its_pages_are_of_one_state(country: Station):
    first = ask(
        country, "Clubs?$select=id&$orderby=founded_last desc,id&$top=5", Prefer="odata.maxpagesize=3"
    )
    country.post(club_founded("club-10", on="2026-06-01"))
    country.wake()
    second = ask(country, first["@odata.nextLink"], Prefer="odata.maxpagesize=3")

    assert (first["@ishc.position"], first["@ishc.valid_at"], first["@ishc.rules"]) == (
        15,
        "2026-06-30",
        RULES,
    )
    assert second["@ishc.position"] == 15
    shown = [row["id"] for page in (first, second) for row in page["value"]]
    assert shown == ["club-08", "club-07", "club-06", "club-05", "club-04"]
    assert "@odata.nextLink" not in second
    assert ask(country, "Clubs?known_at=4&$count=true&$top=0")["@odata.count"] == 4


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ("$filter=state eq 'founded'&$top=2&$skip=1", ["club-01", "club-02"]),
        ("$filter=id in ('club-03','club-05')", ["club-03", "club-05"]),
        ("$filter=year(founded_last) lt 2025 or members_value eq 57", ["club-03", "club-09"]),
        ("$filter=founded_first eq null", ["club-09"]),
        ("$filter=tolower(name) eq 'clb ánh dương'", ["club-09"]),
        ("$filter=not (meetings eq 0)&$format=json", ["club-03"]),
        ("$orderby=name&$top=1", ["club-09"]),
    ],
)
def test_the_options_that_excel_and_power_bi_send(country: Station, asked: str, ids: list[str]):
    assert [row["id"] for row in ask(country, f"Clubs?{asked}")["value"]] == ids


def test_how_many_there_are_is_a_number_by_itself(country: Station):
    with country.client(country.reporting) as client:
        answer = client.get("/odata/v4/Clubs/$count?$filter=province_now eq '12'")

    assert (answer.text, answer.headers["content-type"].split(";")[0]) == ("1", "text/plain")


@pytest.mark.parametrize(
    ("asked", "status", "code", "target"),
    [
        ("Clubs?$expand=meetings", 501, "not-offered", "$expand"),
        ("Clubs?$apply=aggregate($count as n)", 501, "not-offered", "$apply"),
        ("Clubs?$filter=name add 1 eq 2", 501, "not-offered", "$filter"),
        ("Clubs?$format=atom", 501, "not-offered", "$format"),
        ("$batch", 501, "not-offered", None),
        ("Clubs?$filter=name eq", 400, "bad-question", "$filter"),
        ("Clubs?$filter=nobody eq 'x'", 400, "bad-question", "$filter"),
        ("Clubs?$filter=name gt 3", 400, "bad-question", "$filter"),
        ("Clubs?$orderby=nobody", 400, "bad-question", "$orderby"),
        ("Clubs?$select=nobody", 400, "bad-question", "$select"),
        ("Clubs?$top=-1", 400, "bad-question", "$top"),
        ("Clubs?$skiptoken=nobody", 400, "bad-question", "$skiptoken"),
        ("Clubs?province=08", 400, "bad-question", "province"),
        ("Clubs('nobody')", 404, "not-found", None),
        ("Nothing", 404, "not-found", None),
    ],
)
def test_what_is_not_offered_is_said_in_odatas_form(
    country: Station, asked: str, status: int, code: str, target: str | None
):
    with country.client(country.reporting) as client:
        answer = client.get(f"/odata/v4/{asked}", headers={"Accept-Language": "en"})

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["target"]) == (status, code, target)
    assert answer.headers["odata-version"] == "4.0"
    assert answer.headers["content-language"] == "en" and error["message"]


def test_nothing_can_be_written(country: Station):
    with country.client(country.reporting) as client:
        statuses = {client.request(how, "/odata/v4/Clubs").status_code for how in ("POST", "PATCH", "DELETE")}

    assert statuses == {405}


def test_the_token_may_be_the_password(country: Station):
    with country.client(country.reporting, token="") as client:
        missing = client.get("/odata/v4/Clubs")
        right = client.get("/odata/v4/Clubs", headers=basic("anything", country.operator))
        wrong = client.get("/odata/v4/Clubs", headers=basic("operator", "ishc_wrong"))
        broken = client.get("/odata/v4/Clubs", headers={"Authorization": "Basic ???"})
    with country.client(country.registry, token="") as client:
        writing = client.post("/v1/events", json=club_founded(), headers=basic("x", country.operator))

    assert (missing.status_code, missing.json()["error"]["code"]) == (401, "token-missing")
    assert missing.headers["www-authenticate"].startswith("Basic ")
    assert (right.status_code, len(right.json()["value"])) == (200, 10)
    assert [answer.json()["error"]["code"] for answer in (wrong, broken)] == [
        "token-unknown",
        "token-missing",
    ]
    # A browser sends a password it remembers with requests other sites made, so none can write.
    assert (writing.status_code, writing.json()["code"]) == (401, "token-missing")


@pytest.mark.parametrize(("opened", "closed"), [("aggregates", {"Clubs"}), ("clubs", set())])
def test_what_strangers_read_is_what_they_read_as_json(
    tmp_path, valkey, programme, opened: str, closed: set[str]
):
    station = Station(tmp_path, valkey.url, programme, public_read=opened)
    station.post(club_founded())
    station.wake()
    with station.client(station.reporting, token="") as stranger:
        answers = {name: stranger.get(f"/odata/v4/{name}?$top=1").status_code for name in ENTITY_SETS}
        counted = stranger.get("/odata/v4/Clubs/$count").status_code
        one = stranger.get("/odata/v4/Clubs('co-dien')").status_code
    station.stop()

    assert {name for name, status in answers.items() if status == 401} == closed
    assert {counted, one} == ({401} if closed else {200})


def test_the_page_names_every_table_and_its_key():
    told = re.findall(r"^\| `(\w+)` \| .+ \| `(\w+)` \|$", Path("docs/odata.md").read_text(), re.MULTILINE)

    assert dict(told) == {one.name: one.key.name for one in ENTITY_SETS.values()}


def ask(station: Station, asked: str, **headers: str) -> dict[str, Any]:
    """What the feed answers to a path below its root, or to a link it gave."""
    path = asked if asked.startswith("http") else f"{station.reporting}/odata/v4/{asked}"
    with station.client(station.reporting) as client:
        return client.get(path, headers=headers).raise_for_status().json()


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}
