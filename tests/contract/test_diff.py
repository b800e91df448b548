"""`/v1/figures/diff`: every report that changed a figure, with its kind, adding up exactly."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from services.reporting.causes import Kind
from shared.texts import LANGUAGES, catalogue
from tests.builders import (
    LAI_CHAU,
    TUYEN_QUANG,
    club_founded,
    corrected,
    dissolved,
    meeting_held,
    members_counted,
    merged,
    of_club,
    training_held,
    withdrawn,
)
from tests.servers import Valkey
from tests.station import Station, problem

EDGES = ("value", "low", "bounded_high", "unbounded", "certain")
TWO_CLUBS = (club_founded("club-a", members={"total": 54}), club_founded("club-b", on="2026-02-01"))


def told(station: Station, *reports: dict[str, Any]) -> None:
    verdicts = [station.post(one).json()["verdict"] for one in reports]
    assert verdicts == ["accepted"] * len(reports)
    station.wake()


def diff(station: Station, indicator: str = "meetings", since: Any = 2, **query: Any) -> dict[str, Any]:
    """The answer; its parts add up in whatever way it is cut."""
    asked = urlencode({"indicator": indicator, "from_known": since} | query)
    found = station.get(f"reporting/v1/figures/diff?{asked}")
    passed = [one for one in found["kinds"] if one["kind"] == "days_passed"]
    for edge in EDGES:
        change = found["after"][edge] - found["before"][edge]
        assert change == found["difference"][edge]
        assert change == sum(one[edge] for one in [*passed, *found["causes"], found["rest"]])
        assert change == sum(one[edge] for one in found["kinds"])
    return found


def share(station: Station, indicator: str, since: int = 2) -> dict[str, Any]:
    """The answer for a share; each of its two numbers adds up."""
    found = station.get(f"reporting/v1/figures/diff?indicator={indicator}&from_known={since}")
    for side in (found["numerator"], found["denominator"]):
        for edge in EDGES:
            change = side["after"][edge] - side["before"][edge]
            assert change == side["difference"][edge]
            assert change == sum(one[edge] for one in [*side["causes"], side["rest"]])
            assert change == sum(one[edge] for one in side["kinds"])
    return found


def kinds(found: dict[str, Any]) -> dict[str, int]:
    return {one["kind"]: one["value"] for one in found["kinds"]}


@pytest.fixture
def clubs(station: Station) -> Station:
    """Two clubs, at positions 1 and 2."""
    told(station, *TWO_CLUBS)
    return station


def test_reports_of_before_the_first_moment_are_late_and_the_others_new(clubs: Station):
    told(clubs, meeting_held("club-a", on="2026-06-29"), meeting_held("club-b", on="2026-06-30"))

    found = diff(clubs)

    assert (found["before"]["value"], found["after"]["value"]) == (0, 2)
    assert [(one["position"], one["kind"], one["event"]) for one in found["causes"]] == [
        (3, "late_report", "/v1/events/3"),
        (4, "new_report", "/v1/events/4"),
    ]
    assert (found["causes"][0]["name"], found["causes"][0]["type_text"]) == (
        "CLB Cổ Điển",
        "Sinh hoạt định kỳ",
    )
    assert found["kinds"][0]["kind_text"] == "báo cáo mới"


def test_a_correction_a_withdrawal_and_its_end_are_told_apart(clubs: Station):
    first = training_held(delegates={"total": 50})
    again = corrected(first, delegates={"total": 52})
    gone = withdrawn(again)
    told(clubs, first, again, gone, withdrawn(gone), withdrawn(first))

    found = diff(clubs, "delegates")

    by_position = {one["position"]: (one["kind"], one["value"]) for one in found["causes"]}
    assert by_position == {
        3: ("late_report", 50),
        4: ("correction", 2),
        5: ("withdrawal", -2),
        6: ("restoration", 2),
        7: ("withdrawal", -52),
    }
    assert found["difference"]["value"] == 0


def test_what_loses_its_ground_is_suspended_and_counts_again(clubs: Station):
    gone = withdrawn(TWO_CLUBS[0])
    told(clubs, meeting_held("club-a"), gone)

    assert kinds(diff(clubs, since=3)) == {"suspension": -1}
    taken = diff(clubs, "members", since=3)
    assert kinds(taken) == {"withdrawal": -54}
    assert taken["causes"][0]["name"] == "CLB Cổ Điển"

    told(clubs, withdrawn(gone))

    assert kinds(diff(clubs, since=4)) == {"restoration": 1}
    assert kinds(diff(clubs, "clubs", since=4)) == {"restoration": 1}
    assert diff(clubs, since=3)["difference"]["value"] == 0


def test_a_club_founded_anew_gives_its_reports_their_ground_back(clubs: Station):
    told(clubs, meeting_held("club-a"), withdrawn(TWO_CLUBS[0]), club_founded("club-a", on="2026-01-20"))

    assert kinds(diff(clubs, since=4)) == {"restoration": 1}
    assert kinds(diff(clubs, "new_clubs", since=4)) == {"late_report": 1}


def test_an_end_suspends_what_was_reported_after_it(clubs: Station):
    told(clubs, meeting_held("club-a", on="2026-05-21"), dissolved("club-a", on="2026-05-01"))

    assert kinds(diff(clubs, since=3)) == {"suspension": -1}
    assert kinds(diff(clubs, "clubs", since=3)) == {"late_report": -1}


def test_a_correction_that_moves_the_founding_suspends_what_comes_before_it(clubs: Station):
    told(clubs, meeting_held("club-a", on="2026-02-21"), corrected(TWO_CLUBS[0], occurred_on="2026-03-01"))

    assert kinds(diff(clubs, since=3)) == {"suspension": -1}
    assert kinds(diff(clubs, "clubs", since=3, to="2026-02-28")) == {"correction": -1}


def test_moves_mergers_and_places_have_kinds_of_their_own(clubs: Station):
    told(
        clubs,
        of_club("club.moved", "club-a", occurred_on="2026-04-01", place=LAI_CHAU),
        of_club(
            "place.resolved", "club-b", place=TUYEN_QUANG | {"commune": "00913"}, how="manual", by="province"
        ),
    )

    assert kinds(diff(clubs, "clubs", scope="province:08")) == {"move": -1}
    assert kinds(diff(clubs, "clubs", scope="province:12")) == {"move": 1}
    assert kinds(diff(clubs, "communes_with_club")) == {"place_decision": 1}

    told(clubs, merged("club-b", into="club-a"))

    assert kinds(diff(clubs, "clubs", since=4)) == {"merger": -1}


def test_counts_without_an_upper_edge_add_up_too(clubs: Station):
    told(
        clubs,
        members_counted("club-b", on="2026-03-01", total={"more_than": 90}),
        members_counted("club-b", on="2026-04-01", total=95),
    )

    found = diff(clubs, "members", to_known=3)
    assert (found["before"]["high"], found["after"]["high"], found["causes"][0]["high"]) == (54, None, None)
    assert found["causes"][0]["edges_text"] == "+91 … ±0; +1 số không có giới hạn trên"

    assert diff(clubs, "members", since=3)["causes"][0]["unbounded"] == -1


def test_the_largest_causes_come_first_and_the_rest_is_summed(clubs: Station):
    told(clubs, *(training_held(f"training-{n}", delegates={"total": n}) for n in (10, 30, 20)))

    found = diff(clubs, "delegates", limit=1, skip=1)

    assert [one["value"] for one in found["causes"]] == [20]
    assert (found["rest"]["causes"], found["rest"]["value"], found["total_causes"]) == (2, 40, 3)


def test_days_that_passed_are_told_from_what_was_learnt(clubs: Station):
    told(clubs, meeting_held("club-a", on="2026-03-21"), meeting_held("club-b", on="2026-05-21"))

    found = diff(clubs, since=3, from_valid="2026-02-28", to_valid="2026-06-30")

    assert kinds(found) == {"days_passed": 1, "late_report": 1}
    assert (found["from_valid"], found["to"]) == ("2026-02-28", "2026-06-30")
    aged = diff(clubs, "members", since=4, from_valid="2026-06-30", to_valid="2028-06-30")
    assert kinds(aged) == {"days_passed": -54}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("indicator=meetings", "/query/from_known"),
        ("indicator=meetings&from_known=2&to_known=1", "/query/from_known"),
        ("indicator=meetings&from_known=9", "/query/from_known"),
        ("indicator=meetings&from_known=yesterday", "/query/from_known"),
        ("indicator=meetingz&from_known=1", "/query/indicator"),
        ("indicator=meetings&from_known=1&to=2026-03-31&valid_at=2026-03-31", "/query/valid_at"),
        ("indicator=meetings&from_known=1&from=2026-03-01&from_valid=2026-02-01", "/query/from_valid"),
        ("indicator=meetings&from_known=1&by=club", "/query/by"),
    ],
)
def test_a_question_that_would_mislead_is_refused(clubs: Station, query: str, pointer: str):
    with clubs.client(clubs.reporting) as client:
        assert problem(client.get(f"/v1/figures/diff?{query}")) == (400, "bad-question", pointer)
        page = client.get(f"/figures/why?{query}")
    assert page.status_code == 400
    assert "<h1>Câu hỏi chưa đúng</h1>" in page.text


def test_the_page_tells_why_and_keeps_its_question_in_both_languages(clubs: Station):
    told(clubs, meeting_held("club-a"), meeting_held("club-b"))
    asked = "indicator=meetings&scope=province:08&from=2026-01-01&to=2026-03-31&from_known=2&limit=1"

    with clubs.client(clubs.reporting) as client:
        vietnamese = client.get(f"/figures/why?{asked}").text
        english = client.get(f"/figures/why?{asked}&lang=en").text

    assert "Vì sao số liệu thay đổi?" in vietnamese
    assert "Tuyên Quang" in vietnamese
    assert 'href="/clubs/club-a?lang=vi"' in vietnamese
    assert "Why did this figure change?" in english
    assert "Other reports: 1" in english
    assert "from_known=2&amp;" in english.split("hreflang")[0]


def test_a_share_is_explained_by_its_two_numbers_which_add_up_each(clubs: Station):
    told(clubs, meeting_held("club-a", on="2026-06-21"), club_founded("club-c", on="2026-06-01"))

    found = share(clubs, "active_share")

    assert (found["before"]["value"], found["after"]["value"]) == (0.0, 33.3)
    assert (found["difference"]["value"], found["difference"]["change_text"]) == (33.3, "+33,3 điểm %")
    assert (found["causes"], found["kinds"], found["total_causes"]) == ([], [], 0)
    part, of = found["numerator"], found["denominator"]
    assert (part["indicator"], of["indicator"]) == ("active_clubs", "clubs")
    assert [(one["position"], one["kind"], one["value"]) for one in part["causes"]] == [(3, "late_report", 1)]
    assert [(one["position"], one["kind"], one["value"]) for one in of["causes"]] == [(4, "late_report", 1)]


def test_the_page_of_a_share_tells_of_both_numbers(clubs: Station):
    told(clubs, members_counted("club-b", on="2026-03-01", women=30, men=20))

    with clubs.client(clubs.reporting) as client:
        page = client.get("/figures/why?indicator=women_share&from_known=2&lang=en").text

    assert "Numerator: Women" in page
    assert "Denominator: Members of the clubs that report this number" in page
    assert ("60.0%" in page, page.count("+30"), page.count("+50")) == (True, 3, 3)


def test_what_is_no_longer_waited_for_is_told_from_what_is_reported(clubs: Station):
    clubs.days_later(11)  # The meetings of June were due on the 30th.
    told(clubs, training_held(), meeting_held("club-a", on="2026-06-21"))

    found = diff(clubs, "meetings_received", since=2, **{"from": "2026-06-01", "to": "2026-06-30"})

    assert {one["position"]: (one["kind"], one["value"], one["bounded_high"]) for one in found["causes"]} == {
        3: ("no_longer_awaited", 0, -2),
        4: ("late_report", 1, 1),
    }


def test_a_founding_that_brings_its_head_count_is_a_new_report_of_women_too(clubs: Station):
    told(clubs, club_founded("club-c", on="2026-06-01", members={"women": 30, "men": 20}))

    assert kinds(diff(clubs, "women_members", since=2)) == {"late_report": 30}
    assert kinds(diff(clubs, "clubs_with_both_funds", since=2)) == {"late_report": 0}


@pytest.fixture
def figures_open(tmp_path: Path, valkey: Valkey, programme: str) -> Iterator[Station]:
    """Two clubs and a meeting; anybody may read figures, and nothing about clubs."""
    station = Station(tmp_path, valkey.url, programme, public_read="aggregates")
    told(station, *TWO_CLUBS, meeting_held("club-a"))
    yield station
    station.stop()


def test_who_may_read_figures_sees_why_they_changed_but_no_single_report(figures_open: Station):
    asked = "indicator=meetings&from_known=2"
    with figures_open.client(figures_open.reporting, token="") as client:
        found = client.get(f"/v1/figures/diff?{asked}").json()
        page = client.get(f"/figures/why?{asked}&lang=en")
        share = client.get("/v1/figures/diff?indicator=active_share&from_known=2").json()
        club = client.get(f"/v1/figures/diff?{asked}&scope=club:club-a")
        club_page = client.get(f"/figures/why?{asked}&scope=club:club-a")

    assert [(one["kind"], one["causes"], one["value"]) for one in found["kinds"]] == [("late_report", 1, 1)]
    assert (found["causes"], found["rest"]["causes"], found["rest"]["value"]) == ([], 1, 1)
    assert share["numerator"]["causes"] == share["denominator"]["causes"] == []
    assert "late report" in page.text
    assert "Cổ Điển" not in page.text
    assert "Reports: 1. Single reports" in page.text
    assert (club.status_code, club_page.status_code) == (401, 401)
    assert [one["name"] for one in diff(figures_open)["causes"]] == ["CLB Cổ Điển"]


def test_nobody_reads_the_reasons_without_a_token_where_nothing_is_open(clubs: Station):
    with clubs.client(clubs.reporting, token="") as client:
        assert problem(client.get("/v1/figures/diff?indicator=meetings&from_known=1"))[0] == 401
        assert client.get("/figures/why?indicator=meetings&from_known=1").status_code == 401


def test_every_kind_of_cause_has_words():
    for language in LANGUAGES:
        assert {f"diff.kind.{kind.value}" for kind in Kind} <= catalogue(language).keys()
