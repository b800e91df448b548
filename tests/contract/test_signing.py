"""Sign-off: a province vouches for the figures it saw, and hears what became of them."""

import hashlib
import html
import re
from typing import Any

import pytest
import rfc8785

from services.reporting.sign_off_sheet import ON_THE_SHEET, Match, sheet
from services.reporting.signing import signed_off
from shared.access import Role
from shared.database import snapshot
from shared.periods import period
from tests.builders import (
    LAI_CHAU,
    club_founded,
    corrected,
    envelope,
    meeting_held,
    members_counted,
    withdrawn,
)
from tests.station import Station, problem

TUYEN_QUANG_NAME = "province:2025-07:08"
OFFICE = "hoi-nct-tuyen-quang"


def signature(station: Station, of: str = "2026-Q1", province: str = TUYEN_QUANG_NAME) -> dict[str, Any]:
    """The event a signer posts who saw the sheet as it stands."""
    seen = station.get(f"reporting/v1/sheets/{province}/{of}")["to_sign"]
    return envelope(seen["type"], seen["subject"], seen["data"] | {"office": OFFICE})


def reopened(of: str = "2026-Q1", reason: str = "bổ sung báo cáo muộn") -> dict[str, Any]:
    return envelope("period.reopened", TUYEN_QUANG_NAME, {"period": of, "reason": reason})


def detail(station: Station, of: str = "2026-Q1", province: str = "08", query: str = "") -> dict[str, Any]:
    return station.get(f"reporting/v1/periods/{province}/{of}{query}")


def sent(station: Station, *reports: dict[str, Any]) -> None:
    counts = [station.post(one).json()["verdict"] for one in reports]
    assert counts == ["accepted"] * len(reports)
    station.wake()


@pytest.fixture
def reported(station: Station) -> Station:
    """A club with one meeting in the first quarter and one after it."""
    sent(
        station,
        club_founded(members={"total": 54}),
        meeting_held(on="2026-03-21"),
        meeting_held(on="2026-05-02"),
    )
    return station


def test_a_sheet_holds_the_flows_of_a_period_and_the_stocks_at_its_end(reported: Station):
    seen = reported.get("reporting/v1/sheets/08/2026-Q1")

    figures = {code: figure["value"] for code, figure in seen["sheet"]["figures"].items()}
    assert list(figures) == list(ON_THE_SHEET)
    assert {code: value for code, value in figures.items() if value} == {
        "clubs": 1,
        "new_clubs": 1,
        "members": 54,
        "meetings": 1,
    }
    assert seen["figures_sha256"] == hashlib.sha256(rfc8785.dumps(seen["sheet"])).hexdigest()
    assert (seen["position"], seen["sheet"]["position"], seen["ended"]) == (3, 3, True)
    assert reported.get("reporting/v1/sheets/08/2026-01/2026-03")["sheet"] == seen["sheet"]


def test_what_was_signed_stands_while_nothing_of_its_period_changes(reported: Station):
    assert detail(reported)["state"] == "open"

    sent(reported, signature(reported), meeting_held(on="2026-06-01"), club_founded("other", place=LAI_CHAU))

    found = detail(reported)
    assert (found["state"], found["state_text"], found["after_sign_off"]) == ("signed", "đã xác nhận", [])
    assert (found["signed"]["office"], found["signed"]["signed_position"]) == (OFFICE, 3)
    assert found["signed"]["figures"] == "matching"


def test_a_late_report_shows_as_a_change_after_sign_off(reported: Station):
    sent(reported, signature(reported), meeting_held(on="2026-02-21"))

    found = detail(reported)

    assert found["state"] == "changed_after_sign_off"
    [line] = found["after_sign_off"]
    assert (line["indicator"], line["signed"]["value"], line["now"]["value"]) == ("meetings", 1, 2)
    assert (line["difference"]["value"], line["difference_text"], line["causes"]) == (1, "+1", [5])
    assert found["signed"]["figures"] == "matching"
    assert detail(reported, query="?known_at=4")["state"] == "signed"
    [row] = reported.get("reporting/v1/periods")["items"]
    assert (row["state"], row["in_force"], row["data"]["office"]) == (found["state"], True, OFFICE)
    assert row["after_sign_off"] == found["after_sign_off"]


def test_a_change_that_was_taken_back_is_none(reported: Station):
    late = meeting_held(on="2026-02-21")

    sent(reported, signature(reported), late, withdrawn(late))

    assert detail(reported)["state"] == "signed"


def test_communes_and_members_of_the_period_are_watched_too(reported: Station):
    sent(reported, signature(reported), members_counted(on="2026-03-30", total=60))
    sent(
        reported,
        club_founded(
            "second", on="2026-03-01", place={"list": "2025-07", "province": "08", "commune": "00913"}
        ),
    )

    lines = {line["indicator"]: line["difference"]["value"] for line in detail(reported)["after_sign_off"]}

    assert lines == {"clubs": 1, "new_clubs": 1, "communes_with_club": 1, "members": 6}


def test_reopening_leaves_a_trace_and_the_next_sign_off_stands(reported: Station):
    first = signature(reported)
    sent(reported, first, meeting_held(on="2026-02-21"), reopened())

    found = detail(reported)
    assert (found["state"], found["signed"], found["after_sign_off"]) == ("reopened", None, [])
    assert found["history"][-1]["reason"] == "bổ sung báo cáo muộn"

    sent(reported, signature(reported))

    found = detail(reported)
    assert (found["state"], found["signed"]["position"]) == ("signed", 7)
    assert [act["type"] for act in found["history"]] == [
        "period.signed_off",
        "period.reopened",
        "period.signed_off",
    ]
    rows = reported.get("reporting/v1/periods")["items"]
    assert [(row["position"], row["in_force"], row["state"]) for row in rows] == [
        (7, True, "signed"),
        (6, False, "signed"),
        (4, False, "signed"),
    ]


def test_a_withdrawn_reopening_and_a_corrected_signature_count_as_they_stand(reported: Station):
    first, again = signature(reported), reopened()
    sent(reported, first, again, withdrawn(again))
    assert detail(reported)["state"] == "signed"

    sent(reported, corrected(first, figures_sha256="0" * 64))
    found = detail(reported)
    assert (found["state"], found["signed"]["figures"]) == ("signed", "not_matching")

    sent(reported, withdrawn(first))
    assert detail(reported)["state"] == "open"


def test_other_figures_than_ours_are_shown_and_never_dropped(reported: Station):
    forged = signature(reported)
    forged["data"]["figures_sha256"] = "f" * 64
    sent(reported, forged)

    signed = detail(reported)["signed"]

    assert (signed["figures"], signed["figures_sha256"]) == ("not_matching", "f" * 64)
    assert "không khớp" in signed["figures_text"]


def test_the_same_figures_under_earlier_rules_are_told_apart(reported: Station):
    with snapshot(reported.reporting_desk.follower.engine).connect() as connection:
        seen = sheet(connection, 3, TUYEN_QUANG_NAME, period("2026-Q1"))
    later = type(seen)(seen.province, seen.period, seen.position, str(int(seen.rules) + 1), seen.figures)

    assert later.matches(seen.sha256) is Match.OTHER_RULES
    assert seen.matches(later.sha256) is Match.NOT_MATCHING


def test_old_provinces_are_counted_on_their_own_map(station: Station):
    old = {"list": "pre-2025", "province": "02"}
    sent(station, club_founded("ha-giang", on="2024-02-01", place=old), club_founded("moi", on="2024-02-01"))
    name = "province:pre-2025:02"

    seen = station.get(f"reporting/v1/sheets/{name}/2024-Q1")["sheet"]

    assert seen["scheme"] == "63"
    clubs = seen["figures"]["clubs"]
    assert (clubs["value"], clubs["low"], clubs["high"]) == (1, 1, 2)  # The other may lie in old Hà Giang.

    sent(station, signature(station, "2024-Q1", name), meeting_held("ha-giang", on="2024-03-01"))

    found = detail(station, "2024-Q1", "pre-2025:02")
    assert (found["name"], found["state"]) == ("Hà Giang", "changed_after_sign_off")
    assert detail(station, "2024-Q1")["state"] == "open"


def test_a_figure_of_exactly_these_days_tells_who_vouches_for_it(reported: Station):
    quarter = period("2026-Q1")
    sent(reported, signature(reported), meeting_held(on="2026-02-21"))

    with snapshot(reported.reporting_desk.follower.engine).connect() as connection:
        found = [
            signed_off(connection, at, scope, quarter.first, end)
            for at, scope, end in (
                (3, "province:08", quarter.last),
                (4, "province:08", quarter.last),
                (5, "province:08", quarter.last),
                (5, "province:12", quarter.last),
                (5, "nation", quarter.last),
                (5, "province:08", period("2026-02").last),
            )
        ]

    assert [one and (one["office"], one["state"]) for one in found] == [
        None,
        (OFFICE, "signed"),
        (OFFICE, "changed_after_sign_off"),
        *([None] * 3),
    ]


def test_a_province_signs_for_itself_and_for_no_other(reported: Station):
    office = reported.token(Role.PROVINCE, "hoi-nct", provinces=("08",), source="/devices/phone")
    other = reported.token(Role.PROVINCE, "lai-chau", provinces=("12",), source="/devices/phone")
    club = reported.token(Role.CLUB, "co-dien", clubs=("co-dien",), source="/devices/phone")
    mine = signature(reported)

    assert problem(reported.post(mine, token=other))[:2] == (403, "outside-your-scope")
    assert problem(reported.post(mine, token=club))[:2] == (403, "outside-your-scope")
    assert reported.post(mine, token=office).status_code == 201
    former = mine | {"id": "hà-giang", "subject": "province:pre-2025:02"}
    assert reported.post(former, token=office).status_code == 201


def test_figures_that_nobody_can_have_seen_are_not_signed(reported: Station):
    ahead, early = signature(reported), signature(reported, "2026-Q3")
    ahead["data"]["position"] = 4

    assert problem(reported.post(ahead))[1:] == ("position-ahead", "/data/position")
    assert problem(reported.post(early))[1:] == ("in-the-future", "/data/period")


@pytest.mark.parametrize(
    ("path", "pointer"),
    [("02/2026-Q1", "/path/province"), ("a:b:08/2026-Q1", "/path/province"), ("08/2026-Q5", "/path/period")],
)
def test_a_period_or_province_that_is_none_is_refused(station: Station, path: str, pointer: str):
    with station.client(station.reporting) as client:
        for kind in ("sheets", "periods"):
            assert problem(client.get(f"/v1/{kind}/{path}")) == (400, "bad-question", pointer)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "vi",
            ("thay đổi sau xác nhận", "Mở lại lúc", "không khớp", "tháng 1/2026 – tháng 3/2026", "Hà Giang"),
        ),
        (
            "en",
            (
                "changed after sign-off",
                "Reopened at",
                "does not fit",
                "January 2026 – March 2026",
                "Hà Giang",
            ),
        ),
    ],
)
def test_a_provinces_page_shows_its_periods_and_links_to_why(
    reported: Station, lang: Any, words: tuple[str, ...]
):
    forged = signature(reported, "2026-02")
    forged["data"]["figures_sha256"] = "f" * 64
    former = signature(reported, "2024-Q1", "province:pre-2025:02")
    sent(reported, signature(reported), forged, reopened("2026-01"), former, meeting_held(on="2026-03-29"))

    page = block(reported, lang)

    assert [word for word in words if word not in page] == []
    link = re.search(r'href="(/figures/why[^"]*)"', page)
    with reported.client(reported.reporting) as client:
        assert client.get(html.unescape(link[1])).status_code == 200


def test_the_last_whole_quarter_is_shown_before_anybody_signs(reported: Station):
    page = block(reported, "vi")

    assert ("tháng 1/2026 – tháng 3/2026" in page, "chưa xác nhận" in page) == (True, True)


def block(station: Station, lang: Any) -> str:
    """The part of a province's page that tells of its periods."""
    with station.client(station.reporting) as client:
        page = client.get(f"/provinces/08/reports?lang={lang}").raise_for_status().text
    return page.partition('aria-labelledby="h-signing"')[2].partition("</section>")[0]
