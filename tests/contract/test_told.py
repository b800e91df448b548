"""What is said about provinces and the nation, beside what we count."""

import json
import re
from typing import Any

import pytest

from services.samples import REPORTED
from shared.codes import AREAS
from tests.builders import (
    LAI_CHAU,
    TUYEN_QUANG,
    club_founded,
    corrected,
    dissolved,
    envelope,
    figure_published,
    meeting_held,
    members_counted,
    merged,
    of_club,
    training_held,
    training_planned,
)
from tests.station import Station, problem

TUYEN_QUANG_NAME = "province:2025-07:08"


def target_set(value: Any, by: str = "2030-12-31", **more: Any) -> dict[str, Any]:
    data = {"occurred_on": "2025-11-13", "scheme": "1648", "indicator": "clubs", "value": value, "by": by}
    return envelope("target.set", TUYEN_QUANG_NAME, data | more)


def test_a_provinces_target_stands_beside_its_clubs(station: Station):
    target = target_set(200)
    station.post(
        [club_founded("club-a"), club_founded("club-b"), club_founded("club-c", place=LAI_CHAU), target]
    )
    station.wake()

    [aim] = station.get("reporting/v1/targets?province=08")["items"]

    assert (aim["value"], aim["counted"]["value"], aim["met"]) == (200, 2, "no")
    assert aim["reached"] == {"numerator": 2, "denominator": 200}
    assert (aim["indicator_text"], aim["by_text"]) == ("câu lạc bộ", "31/12/2030")

    station.post(corrected(target, value=2))
    station.wake()

    [aim] = station.get("reporting/v1/targets?province=08")["items"]
    assert (aim["value"], aim["met"]) == (2, "yes")


def test_a_target_may_name_no_decision_and_no_day(station: Station):
    bare = {"occurred_on": "2025-11-13", "indicator": "clubs", "percent": "95"}
    station.post([club_founded(), envelope("target.set", TUYEN_QUANG_NAME, bare)])
    station.wake()

    [aim] = station.get("reporting/v1/targets?province=08")["items"]

    assert (aim["scheme"], aim["percent"], aim["by"], aim["met"]) == ("unknown", "95", None, "unknown")


def test_the_decisions_targets_ship_with_their_sources(station: Station):
    station.post(club_founded(on="2026-01-15", place=TUYEN_QUANG | {"commune": "00913"}))
    station.wake()

    aims = station.get("reporting/v1/targets?scheme=1648&valid_at=2026-06-30")["items"]

    new_clubs = {aim["by"]: aim for aim in aims if aim["indicator"] == "new_clubs"}
    assert {by: (aim["value"], aim["counted"]["value"]) for by, aim in new_clubs.items()} == {
        "2030-12-31": (6000, 1),
        "2035-12-31": (12000, 1),
    }
    assert all(aim["source"] for aim in aims)


def test_what_1336_wants_of_clubs_is_counted_club_by_club(station: Station):
    money = {"occurred_on": "2025-02-02", "fund": "income", "source": "project", "amount_vnd": 5}
    lent = {"occurred_on": "2025-03-02", "fund": "activity", "loans": 30, "principal_vnd": 5}
    station.post(
        [
            club_founded("club-a", on="2025-01-15", members={"women": 40, "men": 10}),
            club_founded("club-b", on="2025-01-15", members={"women": 20, "men": 10}),
            of_club("fund.received", "club-a", **money),
            of_club("loan.disbursed", "club-a", **lent),
            meeting_held("club-a", on="2025-04-21", areas=list(AREAS)),
        ]
    )
    station.wake()

    aims = station.get("reporting/v1/targets?scheme=1336&valid_at=2026-06-30")["items"]

    told = {aim["indicator"]: (aim["reached"], aim["met"]) for aim in aims}
    assert told["clubs_with_both_funds"] == ({"numerator": 1, "denominator": 2}, "unknown")
    assert told["clubs_all_areas"] == ({"numerator": 1, "denominator": 2}, "no")
    assert told["borrowers"] == ({"numerator": 30, "denominator": 80}, "no")


def test_a_printed_group_stands_beside_ours(station: Station):
    station.post(
        [
            club_founded(on="2024-01-15", members={"women": 40, "men": 10}),
            figure_published(indicator="women_members", value=38, as_of="2024-12-31"),
        ]
    )
    station.wake()

    [row] = station.get("reporting/v1/reconciliation")["items"]

    assert (row["printed"]["value"], row["counted"]["value"], row["difference"]["value"]) == (38, 40, 2)


def test_shares_are_counted_over_what_there_is(station: Station):
    station.post(club_founded(on="2024-01-15", place={"list": "pre-2025", "province": "02"}))
    station.wake()

    aims = station.get("reporting/v1/targets?scheme=1336")["items"]

    [provinces] = [aim for aim in aims if aim["indicator"] == "provinces_with_club"]
    assert provinces["reached"] == {"numerator": 1, "denominator": 34}


def test_print_stands_beside_the_count_of_its_day_and_map(station: Station):
    station.post(
        [
            club_founded("club-a", on="2024-01-15", place={"list": "pre-2025", "province": "02"}),
            club_founded("club-b", on="2024-01-15", place={"list": "pre-2025", "province": "08"}),
            club_founded("club-c", on="2026-01-15"),
            figure_published("province:pre-2025:08", value=4, as_of="2025-01-01"),
            figure_published(value={"more_than": 130}, as_of="2026-06-01"),
            figure_published(value=9, as_of=None),
        ]
    )
    station.wake()

    rows = station.get("reporting/v1/reconciliation?province=08")["items"]

    assert [
        (row["as_of"], row["counted"] and row["counted"]["value"], row["difference"]) for row in rows
    ] == [
        (None, None, None),
        ("2026-06-01", 3, {"value": -127, "low": None, "high": -128}),
        ("2025-01-01", 1, {"value": -3, "low": -3, "high": -3}),
    ]


@pytest.fixture
def sample(station: Station) -> Station:
    """The press, as the sample tells it."""
    station.post([json.loads(line) for line in REPORTED.read_text(encoding="utf-8").splitlines()])
    station.wake()
    return station


def test_defects_in_print_are_named(sample: Station):
    rows = sample.get("reporting/v1/reconciliation?limit=1000")["items"]

    defects = {defect["code"] for row in rows for defect in row["defects"]}
    warnings = {warning["code"] for row in rows for warning in row["warnings"]}
    assert defects >= {"product-of-clubs", "seventy-percent", "falls", "does-not-fit"}
    assert warnings >= {"overlapping-groups-added", "printed-share"}
    assert all(defect["detail"] for row in rows for defect in row["defects"])


def test_four_pilot_clubs_are_printed_and_none_is_counted(sample: Station):
    rows = sample.get("reporting/v1/reconciliation?subject=province:pre-2025:08&indicator=clubs")["items"]

    assert [(row["printed"]["value"], row["counted"]["value"]) for row in rows] == [(4, 0)]


def test_plans_visits_and_periods_read_as_sentences(sample: Station):
    plans = sample.get("reporting/v1/plans?province=08")["items"]
    visits = sample.get("reporting/v1/visits")["items"]

    assert any("nhân rộng câu lạc bộ" in plan["said"] for plan in plans)
    assert len(visits) == 5
    assert sample.get("reporting/v1/periods")["items"] == []


def test_the_front_page_tells_of_a_target_and_of_a_count_too_old_to_know(station: Station):
    station.post([club_founded(on="2020-01-15", members={"total": 54}), target_set(200)])
    station.wake()

    with station.client(station.reporting) as client:
        page = client.get("/").text

    assert "Mục tiêu câu lạc bộ: 200, đến 31/12/2030." in page
    line = next(row for row in page.split("<tr") if ">Tuyên Quang</a></th>" in row)
    clubs, members, *_ = (
        re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", line, re.S)
    )
    assert (clubs, members) == ("1", "chưa có báo cáo·")


@pytest.mark.parametrize("path", ["targets", "reconciliation", "plans", "visits", "periods"])
def test_a_question_that_would_mislead_is_refused(station: Station, path: str):
    with station.client(station.reporting) as client:
        assert problem(client.get(f"/v1/{path}?provinze=08")) == (400, "bad-question", "/query/provinze")
        assert problem(client.get(f"/v1/{path}?province=02")) == (400, "bad-question", "/query/province")


def test_a_club_answers_to_both_its_names_with_one_history(station: Station):
    station.post(
        [
            club_founded("co-dien"),
            club_founded("co-dien-2"),
            meeting_held("co-dien-2"),
            merged("co-dien-2", into="co-dien"),
        ]
    )
    station.wake()

    one, other = (station.get(f"reporting/v1/clubs/{name}") for name in ("co-dien", "co-dien-2"))

    assert one == other
    assert one["club"]["registered_as"] == ["co-dien", "co-dien-2"]
    assert [event["position"] for event in one["history"]] == [1, 2, 3, 4]
    assert (one["club"]["meetings"], one["club"]["id"]) == (1, "co-dien")


def test_every_list_tells_how_things_were_on_a_day(station: Station):
    station.post(
        [
            club_founded("early", on="2024-02-01", members={"total": 40}),
            club_founded("about", on="../2024-03-01"),
            club_founded("late", on="2026-02-01"),
            meeting_held("early", on="2024-05-20"),
            meeting_held("early", on="2026-05-20"),
            members_counted("early", on="2026-03-01", total=50),
            dissolved("early", on="2026-06-10"),
            training_held("then", on="2024-04-10"),
            training_held("now", on="2026-04-10"),
            training_planned("plan", on="2027-01-10"),
            figure_published(as_of="2024-05-31"),
            figure_published(as_of="2026-05-31"),
        ]
    )
    station.wake()

    def ids(path: str) -> set[str]:
        return {one["id"] for one in station.get(f"reporting/v1/{path}")["items"]}

    def early(day: str) -> tuple[object, ...]:
        club = station.get(f"reporting/v1/clubs/early?valid_at={day}")["club"]
        return club["state"], club["meetings"], club["members_counted_on"]

    assert ids("clubs?valid_at=2024-12-31") == {"early", "about"}
    assert ids("clubs") == {"early", "about", "late"}
    assert early("2025-12-31") == ("founded", 1, None)
    assert early("2026-06-30") == ("ended", 2, "2026-03-01")
    assert ids("trainings?valid_at=2024-12-31") == {"then", "plan"}
    assert ids("trainings") == {"then", "now", "plan"}
    for path in ("published", "reconciliation"):
        then = station.get(f"reporting/v1/{path}?valid_at=2024-12-31")["items"]
        assert [one["as_of"] for one in then] == ["2024-05-31"]
    feed = station.get("reporting/odata/v4/Clubs?valid_at=2024-12-31")["value"]
    assert {club["id"]: club["state"] for club in feed} == {"early": "founded", "about": "founded"}


def test_what_is_done_after_a_targets_last_day_is_not_done_towards_it(station: Station):
    station.post([club_founded("in-time", on="2025-10-01"), club_founded("too-late", on="2026-01-15")])
    station.wake()

    aims = station.get("reporting/v1/targets?valid_at=2026-06-30")["items"]

    counted = {
        (aim["scheme"], aim["by"]): aim["counted"]["value"] for aim in aims if aim["indicator"] == "new_clubs"
    }
    assert counted == {("1336", "2025-12-31"): 1, ("1648", "2030-12-31"): 2, ("1648", "2035-12-31"): 2}


def test_what_the_decisions_want_of_new_and_existing_clubs_is_counted(station: Station):
    heads = {"women": 38, "men": 16, "under_55": 9, "55_59": 9, "60_69": 26, "70_79": 8, "80_plus": 2}
    station.post(
        [club_founded("before", on="2024-02-01"), club_founded("new", on="2025-09-01", members=heads)]
    )
    station.wake()

    aims = station.get("reporting/v1/targets?scheme=1648&valid_at=2026-06-30")["items"]

    told = {aim["indicator"]: (aim["reached"], aim["met"]) for aim in aims}
    assert told["existing_clubs_kept"] == ({"numerator": 1, "denominator": 1}, "yes")
    assert told["new_older_members"] == ({"numerator": 36, "denominator": 300000}, "no")
    assert told["new_older_women_members"] == ({"numerator": 20, "denominator": 36}, "yes")
