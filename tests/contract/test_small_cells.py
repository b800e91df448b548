"""Fewer than five people are told to offices only: in every form of an answer, and not to be found by subtraction."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from services.reporting.exports_work import ExportDesk
from shared.access import Role
from tests.builders import club_founded, envelope, figure_published, members_counted
from tests.servers import Valkey
from tests.station import Mailbox, Station

MEMBERS = {"00691": 3, "00694": 54, "00700": 12}  # By commune of Tuyên Quang; 69 in all.
TOTAL = {"value": 69, "low": 69, "high": 69, "certain": 69}
FEW = {"value": 5, "low": 1, "high": 4, "certain": 0, "hidden": True}
AS_WELL = {
    "value": 20,
    "low": 1,
    "high": 19,
    "certain": 0,
    "hidden": True,
}  # Else 69 - 54 - 12 would tell the 3.
BY_COMMUNE = "indicator=members&by=commune&scope=province:08"


@pytest.fixture
def station(tmp_path: Path, valkey: Valkey, programme: str, mailbox: Mailbox) -> Iterator[Station]:
    made = Station(tmp_path, valkey.url, programme, smtp_port=mailbox.port, public_read="aggregates")
    for commune, members in MEMBERS.items():
        place = {"list": "2025-07", "province": "08", "commune": commune}
        made.post(club_founded(f"club-{commune}", place=place))
        made.post(members_counted(f"club-{commune}", total=members))
    made.wake()
    yield made
    made.stop()


def ask(station: Station, path: str, token: str = "", **headers: str) -> Any:
    with station.client(station.reporting, token) as client:
        return client.get(path, headers=headers).raise_for_status()


def by_commune(told: dict[str, Any]) -> dict[str, Any]:
    amounts = ("value", "low", "high", "certain", "hidden")
    return {row["commune"]: {name: row[name] for name in amounts if name in row} for row in told["rows"]}


def exact(number: int) -> dict[str, int]:
    return dict.fromkeys(("value", "low", "high", "certain"), number)


def test_offices_see_what_strangers_are_not_told(station: Station):
    path = f"/v1/figures?{BY_COMMUNE}"
    office = station.token(Role.PROVINCE, "office", provinces=["12"])

    told_offices, told_strangers = ask(station, path, office).json(), ask(station, path).json()

    assert by_commune(told_offices) == {code: exact(number) for code, number in MEMBERS.items()}
    assert by_commune(told_strangers) == {"00691": FEW, "00694": exact(54), "00700": AS_WELL}
    assert told_offices["total"] == told_strangers["total"] == TOTAL


def test_a_phone_is_told_what_strangers_are(station: Station):
    phone = station.token(provinces=["08"])

    assert by_commune(ask(station, f"/v1/figures?{BY_COMMUNE}", phone).json())["00691"] == FEW


def test_nobody_is_told_as_zero_and_clubs_are_not_people(station: Station):
    nowhere = ask(station, "/v1/figures?indicator=members&scope=province:12").json()
    clubs = ask(station, "/v1/figures?indicator=clubs&by=commune&scope=province:08").json()

    assert nowhere["total"] == exact(0)
    assert by_commune(clubs) == {code: exact(1) for code in MEMBERS}


def test_files_and_tables_hide_the_same(station: Station):
    sheet = f"{BY_COMMUNE}&header=keys"
    csv = ask(station, f"/v1/figures.csv?{sheet}").text.splitlines()
    workbook = load_workbook(io.BytesIO(ask(station, f"/v1/figures.xlsx?{sheet}").content))
    cells = {row[:20] for table in workbook for row in table.iter_rows(values_only=True)}

    assert [line.split(",")[-4:] for line in csv if "00691" in line] == [["5", "1", "4", "0"]]
    assert {row[-4:] for row in cells if "00691" in row} == {(5, 1, 4, 0)}
    assert not any(row[-4:] == (3, 3, 3, 3) for row in cells)


def test_an_export_hides_what_its_asker_is_not_told(station: Station):
    desk = ExportDesk(station.settings, station.clock)
    asked = {
        "sheet": "figures",
        "format": "csv",
        "indicator": "members",
        "by": ["commune"],
        "scope": "province:08",
    }
    files = {}
    for token in ("", station.operator):
        with station.client(station.reporting, token) as client:
            export = client.post("/v1/exports", json=asked).raise_for_status().json()
            desk.work()
            files[token] = client.get(f"/v1/exports/{export['id']}/file").raise_for_status().text
    desk.doorbell.close()

    assert ",5,1,4,0" in files[""] and ",3,3,3,3" not in files[""]
    assert ",3,3,3,3" in files[station.operator]


def test_one_table_of_odata_is_kept_for_each_kind_of_reader(station: Station):
    small = "/odata/v4/NationalFigures?$filter=indicator eq 'disabled_members'"
    station.post(members_counted("club-00694", on="2026-05-01", total=54, disabled=3))
    station.wake()

    office, stranger = ask(station, small, station.operator), ask(station, small)

    assert [(row["value"], row["high"]) for row in office.json()["value"]][-1] == (3, 3)
    assert [(row["value"], row["high"]) for row in stranger.json()["value"]][-1] == (5, 4)
    assert stranger.headers["vary"] == "Authorization" and "private" in stranger.headers["cache-control"]


def test_pages_say_fewer_than_five(station: Station):
    page, office = ask(station, "/provinces/08"), ask(station, "/provinces/08", station.operator)

    assert "dưới 5" in page.text and "dưới 20" in page.text
    assert "dưới 5" not in office.text
    assert "fewer than 5" in ask(station, "/provinces/08?lang=en").text
    assert (page.headers["vary"], page.headers["cache-control"]) == ("Authorization", "private, no-cache")


def test_the_printed_report_says_fewer_than_five(station: Station):
    station.post(members_counted("club-00694", on="2026-03-20", total=1))
    station.post(members_counted("club-00700", on="2026-03-20", total=0))
    station.wake()

    told = {
        token: _text(ask(station, "/reports/provinces/08.pdf", token).content)
        for token in ("", station.operator)
    }

    assert "dưới 5" in told[""]
    assert "dưới 5" not in told[station.operator]


def test_a_share_of_few_people_is_hidden_with_both_its_numbers(station: Station):
    station.post(members_counted("club-00694", on="2026-05-01", total=54, disabled=3))
    station.wake()

    share = ask(station, "/v1/figures?indicator=disabled_share").json()["total"]

    assert share["hidden"] and share["numerator"] == FEW
    assert share["denominator"] == exact(54)
    assert (share["low"], share["high"]) == (1.9, 7.4)


def test_why_a_number_of_people_changed_is_told_to_offices(station: Station):
    asked = "/v1/figures/diff?indicator={}&from_known=1&to_known=6"
    with station.client(station.reporting, "") as stranger:
        answers = [stranger.get(asked.format(code)).status_code for code in ("members", "clubs")]

    assert answers == [401, 200]
    assert ask(station, asked.format("members"), station.operator).status_code == 200


def test_beside_what_was_printed_of_a_commune_strangers_read_no_count_of_few(station: Station):
    for commune in ("00691", "00694"):
        place = {"list": "2025-07", "province": "08", "commune": commune}
        station.post(figure_published(indicator="members", value=60, as_of="2026-05-01", place=place))
    station.wake()

    office, stranger = (
        ask(station, "/v1/reconciliation", token).json()["items"] for token in (station.operator, "")
    )
    pages = {token: ask(station, "/provinces/08", token).text for token in (station.operator, "")}

    assert [row["counted"] for row in office] == [exact(54), exact(3)]
    assert [row["counted"] for row in stranger] == [exact(54), None]
    assert [row["difference"] for row in stranger] == [{"value": -6, "low": -6, "high": -6}, None]
    assert all("đếm được: 54<" in page for page in pages.values())
    assert ["đếm được: 3<" in page for page in pages.values()] == [True, False]


def test_towards_a_target_strangers_read_no_count_of_few(station: Station):
    for province, members in (("12", 3), ("14", 30)):
        club = f"club-{province}"
        place = {"list": "2025-07", "province": province}
        station.post(club_founded(club, place=place))
        station.post(members_counted(club, total=members))
        aim = {"occurred_on": "2026-01-20", "scheme": "1336", "indicator": "members", "value": 100}
        aim["by"] = "2026-12-31"
        station.post(envelope("target.set", f"province:2025-07:{province}", aim)).raise_for_status()
    station.wake()

    told = {
        token: {
            one["scope"][-2:]: (one["counted"], one["met"])
            for one in ask(station, "/v1/targets", token).json()["items"]
            if one["indicator"] == "members"
        }
        for token in (station.operator, "")
    }
    tables = {
        token: {
            row["scope"][-2:]: row["counted_value"]
            for row in ask(station, "/odata/v4/Targets?$filter=indicator eq 'members'", token).json()["value"]
        }
        for token in (station.operator, "")
    }

    assert told[station.operator] == {"12": (exact(3), "no"), "14": (exact(30), "no")}
    assert told[""] == {"12": (None, "unknown"), "14": (exact(30), "no")}
    assert tables == {station.operator: {"12": 3, "14": 30}, "": {"12": None, "14": 30}}


def test_an_answer_kept_by_a_browser_is_not_taken_for_another_readers(station: Station):
    path = (
        f"/v1/figures?{BY_COMMUNE}&known_at=6&rules="
        + ask(station, "/v1/figures?indicator=clubs").json()["rules"]
    )
    office, stranger = ask(station, path, station.operator), ask(station, path)

    assert office.headers["etag"] != stranger.headers["etag"]
    assert "Authorization" in office.headers["vary"] and "private" in office.headers["cache-control"]
    with station.client(station.reporting, station.operator) as client:
        again = client.get(path, headers={"If-None-Match": stranger.headers["etag"]})
    assert again.status_code == 200
    assert ask(station, path).content == stranger.content


def _text(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
