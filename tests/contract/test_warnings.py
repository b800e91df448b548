"""Warnings in verdicts: what is unusual is recorded, and said each time in the same words."""

import json
from pathlib import Path
from typing import Any

from services.loading import load
from tests.builders import club_founded, corrected, meeting_held, members_counted, of_club
from tests.station import Station


def codes(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["code"], one["pointer"]) for one in answer.get("warnings", [])]


SMALL = [("1336.size", "/data/members")]


def test_a_club_of_43_members_is_recorded_and_warned_about(station: Station):
    answer = station.post(club_founded(members={"total": 43}))

    assert answer.status_code == 201
    [warning] = answer.json()["warnings"]
    assert warning == {
        "code": "1336.size",
        "pointer": "/data/members",
        "detail": (
            "Số hội viên: báo cáo ghi 43. Mỗi câu lạc bộ có từ 50 đến 70 hội viên. Chuẩn 1336.size, áp dụng từ "
            "31/08/2020. Báo cáo vẫn được ghi; kiểm tra lại nếu ghi nhầm."
        ),
        "source": "Quyết định 1336/QĐ-TTg, 31/8/2020 (cantho.gov.vn, 9/9/2020)",
    }


def test_an_ordinary_report_has_no_warnings(station: Station):
    assert "warnings" not in station.post(club_founded(members={"total": 54})).json()
    assert "warnings" not in station.post(meeting_held()).json()


def test_a_duplicate_is_warned_about_like_the_first(station: Station):
    founding = club_founded(members={"total": 43})
    first = station.post(founding).json()
    station.post(corrected(founding, members={"total": 54}))

    again = station.post(founding)

    assert again.status_code == 200
    assert again.json() == first | {"verdict": "duplicate"}
    assert codes(again.json()) == SMALL


def test_warnings_come_in_the_language_asked_for(station: Station):
    english = station.post(club_founded(members={"total": 43}), **{"Accept-Language": "en"})

    assert english.json()["warnings"][0]["detail"].startswith("Members of a club: the report says 43.")


def test_what_is_held_is_warned_about_at_once_and_each_time(station: Station):
    count = members_counted(total=43)
    held = [station.post(count), station.post(count)]
    station.post(club_founded())

    assert [answer.status_code for answer in [*held, station.post(count)]] == [202, 202, 200]
    assert [codes(answer.json()) for answer in [*held, station.post(count)]] == [SMALL] * 3


def test_a_dry_run_warns_and_stores_nothing(station: Station):
    tried = station.post(club_founded(members={"total": 43}), query="?dry_run=true").json()

    assert (tried["verdict"], codes(tried)) == ("accepted", SMALL)
    assert station.get("registry/v1/tally")["received"] == 0


def test_each_item_of_a_batch_has_its_own_warnings(station: Station):
    founding = club_founded(members={"total": 43})
    elected = of_club("board.elected", occurred_on="2026-02-02", size=7, roles={"cook": 1})

    items = station.post([founding, meeting_held(), elected, founding]).json()["items"]

    assert [codes(item) for item in items] == [
        SMALL,
        [],
        [("helpage.board", "/data/size"), ("unknown-code", "/data/roles/cook")],
        SMALL,
    ]


def test_what_is_refused_has_a_problem_and_no_warnings(station: Station):
    refused = [club_founded(members={"total": 43}, on="2099-01-01"), members_counted(total=43)]

    items = station.post(refused, query="?atomic=true").json()["items"]

    assert [(item["verdict"], codes(item)) for item in items] == [("rejected", []), ("rejected", [])]


def test_a_correction_is_warned_about_what_it_says_happened(station: Station):
    founding = club_founded(members={"total": 54})
    correction = corrected(founding, members={"total": 43})
    inside = [("1336.size", "/data/data/members")]
    station.post(founding)

    tried = station.post(correction, query="?dry_run=true").json()
    first = station.post(correction).json()
    again = station.post([correction, correction]).json()["items"]
    tried_again = station.post(correction, query="?dry_run=true").json()

    assert [codes(answer) for answer in (tried, first, *again, tried_again)] == [inside] * 5
    assert again[0]["warnings"] == first["warnings"]


def test_a_correction_of_a_correction_is_read_as_what_was_first_reported(station: Station):
    founding = club_founded(members={"total": 54})
    correction = corrected(founding, members={"total": 55})
    second = corrected(correction, members={"total": 43})

    items = station.post([founding, correction, second, second]).json()["items"]

    assert [codes(item) for item in items] == [[], [], *[[("1336.size", "/data/data/members")]] * 2]


def test_a_load_counts_the_reports_with_warnings_and_keeps_them(station: Station, tmp_path: Path):
    file, verdicts = tmp_path / "reports.ndjson", tmp_path / "verdicts.ndjson"
    file.write_text("\n".join(map(json.dumps, [club_founded(members={"total": 43}), meeting_held()])))

    counts = load(file, station.registry, station.operator, verdicts, False, lambda done: None)

    assert counts == {"accepted": 2, "with warnings": 1}
    kept = [json.loads(line) for line in verdicts.read_text().splitlines()]
    assert [codes(one) for one in kept] == [SMALL, []]


def test_the_norms_can_be_read_with_their_validity(station: Station):
    norms = {norm["code"]: norm for norm in station.get("reporting/v1/norms")}

    size = norms["1336.size"]
    assert (size["at_least"], size["at_most"], size["unit"], size["level"]) == (50, 70, "people", "club")
    assert (size["valid_from"], size["valid_until"]) == ("2020-08-31", "2025-12-31")
    assert size["definition_vi"] == "Mỗi câu lạc bộ có từ 50 đến 70 hội viên."
    assert norms["helpage.women"]["ours"] == ["valid_from", "tolerance"]
    assert norms["1533.expansion"]["at_least"] is None
