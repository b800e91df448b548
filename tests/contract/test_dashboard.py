"""The pages over HTTP: both clocks, three maps, rights, and live figures."""

import re
from collections.abc import Iterator
from itertools import pairwise

import httpx2
import pytest
from sqlalchemy import Engine

from services.reporting.dashboard.trends import trend
from shared.database import snapshot
from tests.builders import (
    LAI_CHAU,
    club_founded,
    corrected,
    dissolved,
    figure_published,
    meeting_held,
    members_counted,
    training_held,
)
from tests.reporter import Reporter
from tests.station import Station

OLD_HA_GIANG = {"list": "pre-2025", "province": "02", "commune": "00913"}
PAGES = [
    "/",
    "/provinces/08",
    "/provinces/08/reports",
    "/completeness?month=2026-05",
    "/communes/02494",
    "/clubs/co-dien",
    "/search?q=co dien",
    "/indicators",
    "/indicators/clubs",
]


def headline(page: str) -> dict[str, str]:
    """The figures at the top of a page, by what they count."""
    found = re.findall(r"<dt>(.*?)</dt>\s*<dd>\s*<span class=\"figure\"[^>]*>(.*?)</span>", page, re.S)
    return dict(found)


def why_links(page: str) -> dict[str, str]:
    """Every address that tells why a figure changed, with the figure it stands at."""
    at_figures = re.findall(
        r'<span class="figure"[^>]*>([^<]*)</span>(?:(?!<span class="figure").)*?href="(/figures/why[^"]*)"',
        page,
        re.S,
    )
    in_tables = re.findall(r'<a href="(/figures/why[^"]*)" tabindex="-1">([^<]*)</a>', page)
    found = [(link, figure) for figure, link in at_figures] + in_tables
    return {link.replace("&amp;", "&"): figure for link, figure in found}


def sides(page: str) -> list[str]:
    """A figure before, after, and the difference, as the page of its reasons shows them."""
    return re.findall(r'<span class="figure">([^<]*)</span>', page)


def words(page: str) -> str:
    """What a page says, without how it looks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page))


@pytest.fixture
def country(station: Station) -> Station:
    """Two clubs and their year, and a training."""
    station.post(
        [
            club_founded(members={"women": 30, "men": 20}),
            club_founded("lc-1", on="2025-08-01", name="CLB Lai Châu", place=LAI_CHAU),
            meeting_held(),
            training_held(delegates={"total": {"more_than": 90}}),
            figure_published(),
        ]
    )
    station.wake()
    return station


def test_a_share_shows_what_it_is_of(country: Station):
    with country.client(country.reporting) as client:
        page = words(client.get("/indicators/women_share").text)

    assert page.count("30 trên 50") == 3  # Large, in its province's line, and in the total's.


def test_how_complete_a_month_is_stands_province_by_province(country: Station):
    with country.client(country.reporting) as client:
        march = words(client.get("/completeness?month=2026-03").text)
        nation = client.get("/").text
        wrong = client.get("/completeness?month=2026-13")

    assert "Nhận được 1 trên 2 buổi dự kiến" in march
    assert "Tuyên Quang1110" in march and "Lai Châu1001" in march  # Expected, received, late, missing.
    assert 'hx-get="/completeness"' in nation and '<a href="/completeness">' in nation
    assert wrong.status_code == 400


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_page_is_there_in_both_languages(country: Station, path: str, lang: str):
    with country.client(country.reporting) as client:
        page = client.get(path, params={"lang": lang})

    assert (page.status_code, page.headers["content-language"]) == (200, lang)
    assert f'<html lang="{lang}">' in page.text and " style=" not in page.text and "onclick" not in page.text


def test_the_figures_of_a_page_are_those_of_the_interface(country: Station):
    with country.client(country.reporting) as client:
        nation, province = (headline(client.get(path).text) for path in ("/", "/provinces/08"))

    assert (nation["Câu lạc bộ"], nation["Lượt đại biểu tập huấn"]) == ("2", "90")
    assert (province["Câu lạc bộ"], province["Buổi sinh hoạt 12 tháng qua"]) == ("1", "1")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?valid_at=2026-03-31",
        "/?known_at=4",
        "/?scheme=as-recorded",
        "/provinces/08",
        "/provinces/08?scheme=63&valid_at=2026-03-31",
        "/communes/02494",
        "/indicators/meetings",
        "/indicators/women_share?lang=en",
        "/clubs/co-dien",
    ],
)
def test_every_figure_leads_to_why_that_very_figure_changed(country: Station, path: str):
    country.days_later(45)
    country.post([members_counted(women=40, men=20, on="2026-06-20"), meeting_held(on="2026-04-02")])
    country.wake()
    with country.client(country.reporting) as client:
        page = client.get(path).text
        asked = why_links(page)
        shown = {link: sides(client.get(link).text)[1] for link in asked}

    told = {link: figure for link, figure in asked.items() if figure != "–"}  # Else nobody told of it yet.
    assert told and {link: shown[link] for link in told} == told


def test_why_asks_what_changed_since_a_past_day_was_over(country: Station):
    country.days_later(60)
    country.post(meeting_held(on="2026-03-30"))
    country.wake()
    with country.client(country.reporting) as client:
        [link] = [
            one
            for one in why_links(client.get("/indicators/meetings?valid_at=2026-07-31").text)
            if "nation" in one
        ]
        page = client.get(link).text

    assert sides(page) == ["1", "2", "+1"] and "báo cáo muộn" in page


def test_a_page_of_the_past_says_so_and_leads_back(country: Station):
    country.days_later(60)
    country.post(members_counted(women=40, men=20, on="2026-06-20"))
    country.wake()
    with country.client(country.reporting) as client:
        now = client.get("/")
        known_then = client.get("/?known_at=2026-07-01&valid_at=2026-06-25&show=members")
        was_then = client.get("/?valid_at=2025-12-31")

    members = "Hội viên (lần đếm mới nhất)"
    assert [headline(page.text)[members] for page in (now, known_then)] == ["60", "50"]
    assert headline(was_then.text)["Câu lạc bộ"] == "1"
    assert "Số liệu theo hiểu biết ngày 01/07/2026 về tình hình ngày 25/06/2026." in known_then.text
    assert '<a href="/?show=members">Về hôm nay</a>' in known_then.text
    assert "/provinces/08?known_at=2026-07-01&amp;valid_at=2026-06-25" in known_then.text
    assert "Số liệu theo hiểu biết" not in now.text
    assert "hx-sse:connect" in now.text and "hx-sse:connect" not in known_then.text


def test_the_permanent_address_of_a_page_shows_the_same_for_ever(country: Station):
    with country.client(country.reporting) as client:
        before = client.get("/")
        address = re.search(r'href="([^"]*)" rel="canonical"', before.text)[1].replace("&amp;", "&")
        first = client.get(address).text
        country.post(club_founded("late", on="2026-01-02", name="CLB Muộn"))
        country.wake()
        again = client.get(address).text

    assert first == again and "CLB Muộn" not in again
    assert headline(first)["Câu lạc bộ"] == headline(before.text)["Câu lạc bộ"] == "2"


def test_old_provinces_keep_their_page_and_lead_to_what_they_became(station: Station):
    station.post([club_founded("hg-1", place=OLD_HA_GIANG), club_founded()])
    station.wake()
    with station.client(station.reporting) as client:
        old, new = client.get("/provinces/02?scheme=63"), client.get("/provinces/08")
        nowhere = client.get("/provinces/02")

    assert headline(old.text)["Câu lạc bộ"] == "1" and headline(new.text)["Câu lạc bộ"] == "2"
    assert '<a href="/provinces/08">Tuyên Quang</a>' in old.text
    assert '<a href="/provinces/02?scheme=63">Hà Giang</a>' in new.text
    assert nowhere.status_code == 404


@pytest.mark.parametrize("scheme", ["34", "63", "as-recorded"])
def test_the_nation_is_the_same_on_every_map(country: Station, scheme: str):
    with country.client(country.reporting) as client:
        page = client.get("/", params={"scheme": scheme}).text

    assert headline(page)["Câu lạc bộ"] == "2"
    assert ("Hoàng Sa" in page and "Trường Sa" in page) == (scheme != "as-recorded")


def test_no_bar_is_full_where_nothing_can_be_concluded(country: Station):
    with country.client(country.reporting) as client:
        page = client.get("/targets").text
    drawn = re.findall(
        r'<rect class="done" width="(\d+)".*?(?:M(\d+),0V14.*?)?</svg>\s*<p class="when">.*?([^·]*)</p>',
        page,
        re.S,
    )
    unsure = [
        (int(done), int(mark or 1000)) for done, mark, verdict in drawn if "chưa thể kết luận" in verdict
    ]

    assert len(drawn) == page.count('class="progress"') > len(unsure) > 0
    assert all(done < needed for done, needed in unsure)
    assert 'aria-label="đạt từ 0 % trở lên"' in page


def test_search_needs_no_accents_and_knows_what_became_of_a_place(country: Station):
    with country.client(country.reporting) as client:
        club, place, nothing = (
            words(client.get("/search", params={"q": q}).text) for q in ("clb lai chau", "ha giang", "zzz")
        )

    assert "CLB Lai Châu" in club
    assert re.search(r"tỉnh Hà Giang \(cũ\) → tỉnh Tuyên Quang", place)
    assert "Không tìm thấy gì cho “zzz”" in nothing


def test_a_table_sorts_by_the_head_that_was_pressed(country: Station):
    country.post(club_founded("lc-2", on="2025-08-02", name="CLB thứ hai", place=LAI_CHAU))
    country.wake()
    with country.client(country.reporting) as client:
        page = client.get("/?sort=clubs&order=desc").text
        by_name = client.get("/?sort=name&order=asc").text

    assert words(page).index("Lai Châu 2") < words(page).index("Tuyên Quang 1")
    provinces = re.findall(r'<th scope="row"><a href="/provinces/\d\d[^>]*>(.*?)</a>', by_name)
    assert len(provinces) == 34 and provinces[0] == "An Giang" and provinces[-1] == "Vĩnh Long"
    assert 'aria-sort="descending"' in page and 'aria-sort="ascending"' in by_name


def test_whoever_may_not_see_clubs_sees_no_names(tmp_path, valkey, programme):
    station = Station(tmp_path, valkey.url, programme, public_read="aggregates")
    station.post([club_founded(), meeting_held()])
    station.wake()
    with station.client(station.reporting, token="") as stranger:
        pages = {path: stranger.get(path) for path in PAGES}
    station.stop()

    refused = pages.pop("/clubs/co-dien")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith(
        "Basic "
    )  # A browser asks for the token as password.
    assert "Trang này cần mã truy cập" in refused.text
    assert [path for path, page in pages.items() if "CLB Cổ Điển" in page.text] == []
    assert {page.status_code for page in pages.values()} == {200}


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/clubs/nobody", 404, "Không tìm thấy"),
        ("/provinces/99", 404, "Không tìm thấy"),
        ("/indicators/nothing", 404, "Không tìm thấy"),
        ("/?valid_at=nonsense", 400, "valid_at"),
        ("/?known_at=2099-01-01", 400, "known_at"),
    ],
)
def test_a_refusal_is_a_page_that_says_what_to_do(country: Station, path: str, status: int, said: str):
    with country.client(country.reporting) as client:
        page = client.get(path)

    assert (page.status_code, said in page.text, "Về bảng số liệu" in page.text) == (status, True, True)


def test_a_page_that_is_not_caught_up_asks_to_come_back(country: Station):
    country.post(meeting_held(on="2026-04-21"))
    with country.client(country.reporting) as client:
        page = client.get("/?known_at=6")

    assert (page.status_code, page.headers["retry-after"]) == (503, "5")
    assert '<a href="/?known_at=6">Thử lại</a>' in page.text


def messages(answer: httpx2.Response) -> Iterator[tuple[int, str]]:
    """Each message of a stream: its position and what it says."""
    id, data = 0, []
    for line in answer.iter_lines():
        if line.startswith("id: "):
            id = int(line[4:])
        elif line.startswith("data: "):
            data.append(line[6:])
        elif not line and data:
            yield id, "\n".join(data)
            data = []


def test_the_figures_move_while_somebody_looks(country: Station):
    with country.client(country.reporting) as client, client.stream("GET", "/live?lang=en") as answer:
        told = messages(answer)
        first = next(told)
        country.post(club_founded("third", name="CLB thứ ba"))
        country.wake()
        second = next(told)

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert [at for at, _ in (first, second)] == [5, 6]
    assert 'id="live-clubs" hx-swap-oob="true">2<' in first[1] and ">3<" in second[1]
    assert "CLB thứ ba" not in second[1]


def test_a_listener_that_comes_back_hears_only_what_is_new(country: Station):
    with country.client(country.reporting) as client:
        country.post(meeting_held(on="2026-04-21"))
        with client.stream("GET", "/live", headers={"Last-Event-ID": "5"}) as answer:
            country.wake()
            at, said = next(messages(answer))
        wrong = client.get("/live", headers={"Last-Event-ID": "x"})

    assert (at, "từ 6 sự kiện" in said) == (6, True)
    assert wrong.status_code == 400


@pytest.mark.parametrize("indicator", ["clubs", "members", "meetings", "new_clubs"])
@pytest.mark.parametrize(
    ("scope", "scheme"), [("nation", "34"), ("province:08", "34"), ("province:02", "63")]
)
def test_a_curve_is_what_the_figures_say_month_by_month(
    database: Engine, indicator: str, scope: str, scheme: str
):
    meeting = meeting_held("a", on="2026-03")
    reporter = Reporter(database).hears(
        club_founded("a", on="2024-11-05", place=OLD_HA_GIANG, members={"total": 54}),
        club_founded("b", on="2025-07", members={"total": {"more_than": 40}}),
        club_founded("c", on="../2020-10-05", place=LAI_CHAU),
        meeting,
        meeting_held("b", on="2025-12-31"),
        corrected(meeting, occurred_on="2026-02-27"),
        members_counted("a", on="2026-02-28", total=60),
        dissolved("b", on="2026-05-01"),
    )
    with snapshot(database).connect() as connection:
        curve = trend(connection, reporter.clocks(connection), indicator, scope, scheme)

    asked = {"by": "month", "scope": scope, "scheme": scheme, "start": f"{curve.months[0]}-01"}
    told = {row["period"]: row["value"] for row in reporter.ask(indicator, **asked) if row["period"]}
    assert dict(zip(curve.months, curve.values, strict=True)) == told
    assert all(before < after for before, after in pairwise(curve.months))


def test_signing_in_leads_back_to_the_page_and_to_no_other_host(station: Station):
    with station.client(station.reporting, token="") as stranger:
        asked = stranger.get("/sign-in?next=/provinces/08")
    with station.client(station.reporting) as office:
        ways = {
            to: office.get("/sign-in", params={"next": to}).headers["location"]
            for to in ("/provinces/08?lang=en", "//evil.test/", "/\\evil.test", "https://evil.test/", "")
        }

    assert asked.status_code == 401
    assert asked.headers["www-authenticate"].startswith("Basic ")
    assert "ô mật khẩu" in asked.text
    assert set(ways.values()) == {"/provinces/08?lang=en", "/"}
    assert ways["/provinces/08?lang=en"] == "/provinces/08?lang=en"
