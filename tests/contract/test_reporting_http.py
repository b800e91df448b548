"""Reporting over HTTP: lists, figures and their words."""

import pytest

from tests.builders import (
    club_founded,
    corrected,
    figure_published,
    meeting_held,
    members_counted,
    training_held,
    training_planned,
)
from tests.station import Station, metrics, problem

MORE_THAN_90 = {"total": {"more_than": 90}}


def test_the_two_conferences_read_back_in_vietnamese(station: Station):
    station.post(
        [
            training_held("tq-2020-10", on="../2020-10-05", delegates={"total": 60}),
            training_planned("lc-2024-05-28", on="2024-05-28/2024-05-29"),
            training_held(
                "lc-2024-05-28",
                on="2024-05-28",
                delegates={"total": {"more_than": 90}},
                planned_end="2024-05-29",
            ),
        ]
    )
    station.wake()

    lai_chau, tuyen_quang = station.get("reporting/v1/trainings")["items"]

    assert tuyen_quang["held"]["occurred_on_text"] == "không muộn hơn 05/10/2020"
    assert lai_chau["held"]["delegates_text"] == "hơn 90"
    assert lai_chau["held"]["planned_end_text"] == "29/05/2024"
    assert lai_chau["state_text"] == "đã tổ chức"
    english = station.get("reporting/v1/trainings?lang=en")["items"]
    assert [one["held"]["delegates_text"] for one in english] == ["more than 90", "60"]


def test_a_figure_says_what_it_is(station: Station):
    station.post([club_founded(), meeting_held()])
    station.wake()

    answer = station.get("reporting/v1/figures?indicator=clubs&by=province")

    assert answer == {
        "indicator": "clubs",
        "unit": "clubs",
        "kind": "stock",
        "by": ["province"],
        "from": None,
        "to": "2026-06-30",
        "scope": "nation",
        "scheme": "34",
        "position": 2,
        "known_at": "2026-06-30T03:00:00.654321Z",
        "valid_at": "2026-06-30",
        "rules": "5",
        "breaks": [],
        "rows": [{"province": "08", "name": "Tuyên Quang", "value": 1, "low": 1, "high": 1, "certain": 1}],
        "total": {"value": 1, "low": 1, "high": 1, "certain": 1},
    }


def test_a_parameter_nobody_knows_is_refused_rather_than_ignored(station: Station):
    with station.client(station.reporting) as client:
        answer = client.get("/v1/figures?indicator=clubs&province=08")

    assert problem(answer) == (400, "bad-question", "/query/province")


def test_a_position_not_read_yet_is_a_matter_of_seconds(station: Station):
    station.post(club_founded())
    with station.client(station.reporting) as client:
        early = client.get("/v1/figures?indicator=clubs&known_at=1")
        never = client.get("/v1/figures?indicator=clubs&known_at=9")

    assert (early.status_code, early.json()["code"], early.headers["retry-after"]) == (
        503,
        "not-caught-up",
        "5",
    )
    assert (never.status_code, never.json()["code"]) == (400, "bad-question")


def test_a_clubs_history_shows_everything_that_was_said(station: Station):
    meeting = meeting_held(weighed=40)
    station.post([club_founded(members={"women": 38, "men": 16}), meeting, corrected(meeting, weighed=41)])
    station.wake()

    answer = station.get("reporting/v1/clubs/co-dien")

    assert answer["club"]["members_text"] == "54"
    assert answer["club"]["founded_on_text"] == "15/01/2026"
    assert [(one["type"], one["standing"], one["standing_text"]) for one in answer["history"]] == [
        ("club.founded", "counts", "được tính"),
        ("meeting.held", "replaced", "đã có bản đính chính"),
        ("report.corrected", "counts", "được tính"),
    ]
    assert station.get("reporting/v1/clubs/co-dien?known_at=1")["history"][-1]["type"] == "club.founded"


def test_a_club_is_held_against_the_norms_in_force_as_known_then(station: Station):
    station.post([club_founded(members={"women": 38, "men": 16}), members_counted(total=43)])
    station.wake()

    now, then = (station.get(f"reporting/v1/clubs/co-dien?{query}lang=en") for query in ("", "known_at=1&"))

    size_now, size_then = (
        next(row for row in answer["norms"] if row["code"] == "1336.size") for answer in (now, then)
    )
    assert (size_now["kept"], size_then["kept"]) == (False, True)
    assert size_now["measured"] == {"count": {"value": 43, "low": 43, "high": 43}, "of": None, "times": None}
    assert (size_now["day"], size_now["kept_text"]) == ("2026-03-01", "not kept")
    assert now["norms_summary"]["broken"] == 1
    assert "not an official grade" in now["norms_summary"]["note"]


def test_clubs_are_listed_page_by_page(station: Station):
    station.post([club_founded(f"club-{n:02}") for n in range(5)])
    station.wake()

    first = station.get("reporting/v1/clubs?limit=3")
    rest = station.get(f"reporting/v1/clubs?limit=3&after={first['next']}")

    assert [club["id"] for club in first["items"] + rest["items"]] == [f"club-{n:02}" for n in range(5)]
    assert (first["total"], rest["next"]) == (5, None)


def test_every_indicator_is_explained_in_both_languages(station: Station):
    indicators = {one["code"]: one for one in station.get("reporting/v1/indicators")}

    contract = {"clubs", "new_clubs", "members", "meetings", "trainings", "delegates", "communes_with_club"}
    assert indicators.keys() >= contract
    assert indicators["members"]["age_limit_months"] == 24
    assert indicators["clubs"]["name_vi"] == "Câu lạc bộ"


@pytest.mark.parametrize(
    ("opened", "closed_to_strangers"),
    [
        ("none", ["/v1/figures?indicator=clubs", "/v1/clubs", "/v1/trainings", "/v1/indicators"]),
        ("aggregates", ["/v1/clubs", "/v1/clubs/co-dien", "/v1/figures?indicator=clubs&by=club"]),
        ("clubs", []),
    ],
)
def test_what_strangers_may_read_is_a_setting(
    tmp_path, valkey, programme, opened: str, closed_to_strangers: list[str]
):
    station = Station(tmp_path, valkey.url, programme, public_read=opened)
    station.post(club_founded())
    station.wake()
    every = ["/v1/figures?indicator=clubs", "/v1/figures?indicator=clubs&by=club", "/v1/clubs", "/v1/clubs/co-dien",
             "/v1/trainings", "/v1/indicators", "/v1/published"]  # fmt: skip
    with station.client(station.reporting, token="") as stranger:
        answers = {path: stranger.get(path).status_code for path in every}
    station.stop()

    closed = every if opened == "none" else closed_to_strangers
    assert answers == {path: 401 if path in closed else 200 for path in every}


def test_pages_are_vietnamese_unless_asked_otherwise(station: Station):
    station.post(club_founded())
    station.wake()
    with station.client(station.reporting) as client:
        page = client.get("/", headers={"Accept-Language": "en"})
        english = client.get("/?lang=en")
        missing = client.get("/clubs/nobody")

    assert '<html lang="vi">' in page.text and "Câu lạc bộ Liên thế hệ tự giúp nhau" in page.text
    assert '<html lang="en">' in english.text and "counted from reports" in english.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert (missing.status_code, "Không tìm thấy" in missing.text) == (404, True)


def test_an_empty_log_has_an_empty_page(station: Station):
    station.get("registry/v1/tally")  # The registry opens the log.
    with station.client(station.reporting) as client:
        assert "Chưa có báo cáo nào" in client.get("/").text


def test_what_reporting_has_not_taken_yet_shows_in_its_lag(station: Station):
    station.post([club_founded(), meeting_held()])
    before = metrics(station.reporting)
    station.wake()

    assert 'ishc_lag_events{follower="reporting"} 2.0' in before
    assert 'ishc_lag_events{follower="reporting"} 0.0' in metrics(station.reporting)
    assert 'ishc_parked_events{follower="reporting"} 0.0' in metrics(station.reporting)


def test_the_newest_reports_on_the_page_tell_what_was_printed(station: Station):
    station.post(
        [club_founded(), figure_published("province:pre-2025:02", value={"more_than": 100}, as_of="2024-12")]
    )
    station.wake()
    with station.client(station.reporting) as client:
        page = client.get("/").text

    assert "Số liệu công bố, câu lạc bộ: hơn 100." in page
    assert "Hà Giang · tháng 12/2024" in page


def test_the_total_of_a_stock_by_month_is_that_of_the_last_month(station: Station):
    station.post([club_founded("club-a", on="2026-01-15"), club_founded("club-b", on="2026-03-15")])
    station.wake()

    clubs = station.get("reporting/v1/figures?indicator=clubs&by=month&from=2026-01-01&to=2026-03-31")
    share = station.get("reporting/v1/figures?indicator=active_share&by=month&from=2026-01-01&to=2026-03-31")

    assert [(row["period"], row["value"]) for row in clubs["rows"]] == [
        ("2026-01", 1),
        ("2026-02", 1),
        ("2026-03", 2),
    ]
    assert clubs["total"]["value"] == 2
    assert share["total"]["denominator"]["value"] == 2


def test_a_figure_says_how_complete_its_reports_are_if_asked(station: Station):
    station.post([club_founded(on="2026-01-15"), meeting_held(on="2026-03-21")])
    station.wake()
    asked = "reporting/v1/figures?indicator=members&valid_at=2026-04-15"

    plain, full = station.get(asked), station.get(f"{asked}&completeness=true")
    flow = station.get(
        "reporting/v1/figures?indicator=meetings&from=2026-02-01&to=2026-04-30&scope=province:08&completeness=true"
    )

    told = full.pop("completeness")
    assert full == plain
    assert (told["from"], told["to"]) == ("2026-03-01", "2026-03-31")
    assert (told["expected"]["value"], told["received"]["value"], told["late"]["value"]) == (1, 1, 1)
    assert (flow["completeness"]["expected"]["value"], flow["completeness"]["received"]["value"]) == (3, 1)
