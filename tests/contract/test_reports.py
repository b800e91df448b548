"""Reports to print and sign: a province on one page, the nation on a few."""

import io
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from pypdf import PdfReader

from shared.access import Role
from shared.database import migrate
from shared.places import provinces
from tests.builders import (
    LAI_CHAU,
    NOW,
    club_founded,
    corrected,
    envelope,
    figure_published,
    meeting_held,
    of_club,
    training_held,
)
from tests.servers import Valkey
from tests.station import Station, problem

TUYEN_QUANG = "/reports/provinces/08.pdf"
NATION = "/reports/nation.pdf"


def printed(station: Station, path: str, token: str | None = None, **asked: str) -> httpx2.Response:
    with station.client(station.reporting, token) as client:
        return client.get(path, params=asked)


def pages(answer: httpx2.Response) -> list[str]:
    """The words of each page, as a reader's search would find them."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    found = [page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages]
    return [" ".join(unicodedata.normalize("NFC", page).split()) for page in found]


@pytest.fixture
def on_each_database(tmp_path: Path, valkey: Valkey, programme: str, database_url: str) -> Iterator[Station]:
    """The system, its read models on each database we support."""
    migrate(database_url, "reporting")
    made = Station(tmp_path, valkey.url, programme, reporting_database_url=database_url)
    yield made
    made.stop()


def test_a_page_says_what_the_figures_say(on_each_database: Station):
    station = on_each_database
    founded = club_founded(members={"women": 38, "men": 17})
    station.post([founded, meeting_held(on="2026-02-21"), meeting_held(on="2026-03-21")])
    station.wake()

    [vi], [en] = (pages(printed(station, TUYEN_QUANG, lang=lang)) for lang in ("vi", "en"))

    def figure(indicator: str) -> int:
        asked = f"indicator={indicator}&scope=province:08&from=2026-01-01&to=2026-03-31"
        return station.get(f"reporting/v1/figures?{asked}")["total"]["value"]

    for code, name_vi, name_en in (
        ("clubs", "Câu lạc bộ", "Clubs"),
        ("members", "Hội viên", "Members"),
        ("meetings", "Buổi sinh hoạt", "Meetings"),
    ):
        assert f"{name_vi} {figure(code)} " in vi
        assert f"{name_en} {figure(code)} " in en
    assert "HỘI NGƯỜI CAO TUỔI TỈNH TUYÊN QUANG" in vi
    assert "Quý I năm 2026" in vi and "Quarter I of 2026" in en
    assert "Trước ngày 1/7/2025 là: Hà Giang, Tuyên Quang." in vi
    assert "69% (38 / 55 người)" in vi
    assert "CLB Cổ Điển" in vi and "CLB Cổ Điển" in en


def test_what_nobody_reported_is_no_zero(station: Station):
    station.post(club_founded())
    station.wake()

    [page] = pages(printed(station, TUYEN_QUANG))
    [empty] = pages(printed(station, "/reports/provinces/79.pdf"))

    assert "Câu lạc bộ 1 " in page
    assert "Buổi sinh hoạt chưa có báo cáo –" in page
    assert "Câu lạc bộ chưa có báo cáo –" in empty


def test_uncertain_figures_are_printed_with_their_edges(station: Station):
    station.post(
        [
            club_founded(members={"total": {"more_than": 90}}),
            club_founded("club-b", on="2026", place=LAI_CHAU),
        ]
    )
    station.wake()

    [page] = pages(printed(station, TUYEN_QUANG))
    [other] = pages(printed(station, "/reports/provinces/12.pdf"))

    assert "Hội viên hơn 90 " in page
    assert "Câu lạc bộ mới 0 – 1 " in other


def test_a_report_can_be_read_aloud(station: Station):
    for path in (TUYEN_QUANG, NATION):
        answer = printed(station, path)
        root = PdfReader(io.BytesIO(answer.content)).trailer["/Root"]

        assert b"<pdfuaid:part>1</pdfuaid:part>" in answer.content
        assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("vi", True)
        assert root["/ViewerPreferences"]["/DisplayDocTitle"]


def test_the_same_page_is_the_same_bytes_for_ever(station: Station):
    founded = club_founded()
    station.post(founded)
    station.wake()
    first = printed(station, TUYEN_QUANG, known_at="1")

    station.post([corrected(founded, name="CLB Bản Bó"), meeting_held()])
    station.wake()
    station.days_later(100)

    again = printed(station, TUYEN_QUANG, known_at="1")
    assert again.content == first.content
    # Not the moment of printing, which the next second would change.
    assert PdfReader(io.BytesIO(first.content)).metadata.creation_date == NOW.replace(microsecond=0)
    assert printed(station, TUYEN_QUANG).content != first.content
    with station.client(station.reporting) as client:
        known = client.get(f"{TUYEN_QUANG}?known_at=1", headers={"If-None-Match": first.headers["etag"]})
        assert (known.status_code, known.content) == (304, b"")
        head = client.head(f"{TUYEN_QUANG}?known_at=1")
        assert (head.status_code, head.headers["etag"]) == (200, first.headers["etag"])


def test_the_printed_address_gives_the_same_page(station: Station):
    station.post(club_founded())
    station.wake()
    page = printed(station, TUYEN_QUANG, period="2026-Q1")

    address = pages(page)[0].partition("Bản giống hệt: ")[2].split()[0]

    assert printed(station, address).content == page.content


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_busiest_province_still_fits_on_one_page(station: Station, lang: str):
    long = "Câu lạc bộ Liên thế hệ tự giúp nhau thôn Nà Khoang Khuổi Củng " * 3
    place = {"list": "2025-07", "province": "08", "as_written": long}
    clubs = [club_founded(f"club-{n}", name=long, on="2026-01", place=place) for n in range(20)]
    old = [club_founded(f"old-{n}", on="2020", members={"total": {"about": 1_234_567}}) for n in range(10)]
    money = {"fund": "income", "amount_vnd": {"more_than": 123_456_789_012}, "source": "donors"}
    loan = {"fund": "income", "loans": {"about": 77}, "principal_vnd": 23_456_789_012}
    answer = station.post(
        clubs
        + old
        + [of_club("fund.received", "old-1", occurred_on=on, **money) for on in ("2025-11", "2026-02")]
        + [
            of_club("loan.disbursed", "old-1", occurred_on=on, **loan)
            for on in ("2025-11", "2026", "2026-02")
        ]
        + [meeting_held(f"old-{n}", on=f"2026-0{n % 3 + 1}-20", historical=n > 5) for n in range(10)]
        + [meeting_held(f"club-{n}", on=on) for n in range(10) for on in ("2026-02-11", "2026-02")]
        + [of_club("meeting.cancelled", "club-1", planned_on="2026-03-20", reason="mưa lũ")]
        + [training_held(f"lop-{n}", on="2026-02-28/2026-03-01", title=long) for n in range(20)]
        + [
            figure_published(
                value=n, as_of=f"../2025-11-{n:02}", citation={"title": long, "url": "https://a.vn"}
            )
            for n in range(1, 20)
        ]
        + [
            envelope(
                "target.set",
                "province:2025-07:08",
                {
                    "occurred_on": "2025-11-13",
                    "scheme": "1648",
                    "indicator": code,
                    "value": n,
                    "by": "2030-12-31",
                },
            )
            for n in range(1, 9)
            for code in ("communes_with_club", "new_older_members", "clubs_all_areas", "borrowers")
        ]
    )
    assert answer.json()["counts"].keys() == {"accepted"}, answer.text
    station.wake()

    [page] = pages(printed(station, TUYEN_QUANG, lang=lang))

    assert page.count({"vi": "mục nữa", "en": " more"}[lang]) >= 4
    assert {"vi": "và 15 mục nữa", "en": "and 15 more"}[lang] in page


def test_a_name_no_font_can_show_does_not_keep_a_province_from_its_report(station: Station):
    station.post(club_founded(name="CLB 👵 Cổ Điển 中"))
    station.wake()

    [page] = pages(printed(station, TUYEN_QUANG))

    assert "CLB ? Cổ Điển ?" in page


def test_the_nation_has_all_provinces_and_both_archipelagos(on_each_database: Station):
    station = on_each_database
    station.post([club_founded(), club_founded("club-b", place=LAI_CHAU)])
    station.wake()

    for lang in ("vi", "en"):
        found = pages(printed(station, NATION, lang=lang))
        said = " ".join(found)

        assert 2 <= len(found) <= 4
        assert "Hoàng Sa" in said and "Trường Sa" in said
        assert [one.name for one in provinces("34") if f"{one.code} {one.name}" not in found[1]] == []
        assert {"vi": "Câu lạc bộ 2 ", "en": "Clubs 2 "}[lang] in found[0]
        assert {"vi": "Câu lạc bộ mới (1648) 6.000", "en": "New clubs (1648) 6,000"}[lang] in found[0]


def test_what_cannot_be_printed_is_refused_by_name(station: Station):
    wrong = [
        ("/reports/provinces/07.pdf", {}, "/path/code"),
        (TUYEN_QUANG, {"period": "2026-Q5"}, "/query/period"),
        (TUYEN_QUANG, {"period": "2026-Q3"}, "/query/period"),
        (NATION, {"period": "last year"}, "/query/period"),
        (NATION, {"month": "2026-03"}, "/query/month"),
    ]

    refused = [problem(printed(station, path, **asked)) for path, asked, _ in wrong]

    assert refused == [(400, "bad-question", pointer) for *_, pointer in wrong]


def test_names_of_clubs_are_printed_for_those_who_may_read_clubs(
    tmp_path: Path, valkey: Valkey, programme: str
):
    station = Station(tmp_path, valkey.url, programme, public_read="aggregates")
    try:
        station.post(club_founded())
        station.wake()
        token = station.token(Role.PROVINCE, "board", provinces=("08",))
        [anybody], [board] = (pages(printed(station, TUYEN_QUANG, bearer)) for bearer in ("", token))
    finally:
        station.stop()

    assert "Câu lạc bộ 1 " in anybody and "CLB Cổ Điển" not in anybody
    assert "CLB Cổ Điển" in board


def test_reports_are_closed_where_nothing_is_public(station: Station):
    assert problem(printed(station, TUYEN_QUANG, "")) == (401, "token-missing", "")
