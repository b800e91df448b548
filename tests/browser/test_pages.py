"""The pages in a real browser: on a phone, on a desk, without JavaScript, for eyes and for screen readers."""

import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from tests.builders import club_founded, corrected, meeting_held, members_counted, merged, of_club
from tests.servers import Valkey
from tests.station import Station

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
SAMPLE = Path("services/samples/reported.ndjson")
# Set to the folder of the documents to draw their pictures anew: ISHC_PICTURES=docs pytest tests/browser
PICTURES = os.environ.get("ISHC_PICTURES")
PAGES = [
    "/",
    "/?lang=en",
    "/?scheme=63",
    "/?scheme=as-recorded",
    "/?known_at=2026-11-22&valid_at=2024-12-31&show=members",
    "/provinces/08",
    "/provinces/08?lang=en",
    "/provinces/02?scheme=63",
    "/communes/02494?scheme=63",
    "/clubs/co-dien",
    "/clubs/co-dien?lang=en",
    "/clubs/tan-lap",
    "/clubs/nobody",
    "/search?q=tuyen+quang",
    "/indicators",
    "/indicators/clubs",
    "/indicators/women_share?lang=en",
    "/targets",
    "/completeness",
    "/provinces/08/sheets/2026-Q3",
    "/provinces/08/sheets/2026-Q3?lang=en",
    "/figures/why?indicator=members&scope=province:08&from_known=2026-10-22",
    "/figures/why?indicator=women_share&from_known=2026-10-22&lang=en",
]


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory, valkey: Valkey) -> Iterator[Station]:
    """The sample facts and one club of today, open to all readers as `make run` shows them."""
    made = Station(tmp_path_factory.mktemp("pages"), valkey.url, "pages", public_read="clubs")
    made.now = datetime(2026, 11, 22, 3, tzinfo=UTC)
    meeting = meeting_held(weighed=40)
    made.post([json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()])
    made.post([club_founded(members={"women": 38, "men": 16}), meeting, corrected(meeting, weighed=41)])
    made.post(
        [
            of_club(
                "fund.received",
                occurred_on="2026-02",
                fund="income",
                source="project",
                amount_vnd=100_000_000,
            ),
            of_club(
                "fund.spent", occurred_on="2026-03-10", fund="activity", purpose="gift", amount_vnd=200_000
            ),
            members_counted(
                women=38, men=16, **{"55_59": 9, "60_69": 26, "70_79": 8, "80_plus": 2}, under_55=9, poor=14
            ),
            of_club("charter.adopted", occurred_on="2026-02-02", meeting_day=21, monthly_fee_vnd=5000),
            of_club(
                "board.elected", occurred_on="2026-02-02", size=5, women=3, roles={"chair": 1, "member": 4}
            ),
            of_club("care.reported", period="2026-03", volunteers=6, cared_for=6, visits=48),
            of_club("fund.counted", occurred_on="2026-03-31", fund="income", cash_vnd=41_500_000),
        ]
    )
    made.post([club_founded("tan-lap"), merged("tan-lap", into="co-dien", kind="merged")])
    made.wake()
    yield made
    made.stop()


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def page(request: pytest.FixtureRequest, browser: Browser, station: Station) -> Iterator[Page]:
    """A visitor on a phone and at a desk."""
    context = browser.new_context(
        viewport=request.param, base_url=station.reporting, has_touch=request.param == PHONE
    )
    made = context.new_page()
    yield made
    context.close()


@pytest.fixture
def plain(browser: Browser, station: Station) -> Iterator[Page]:
    """A phone whose browser runs no script."""
    context = browser.new_context(viewport=PHONE, java_script_enabled=False, base_url=station.reporting)
    made = context.new_page()
    yield made
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_pages_fit_and_can_be_read_by_everyone(page: Page, path: str):
    page.goto(path)

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        result = Axe().run(page)
        assert result.violations_count == 0, f"{scheme}: {result.generate_report()}"


@pytest.mark.parametrize("path", PAGES)
def test_fingers_hit_every_link_and_button(browser: Browser, station: Station, path: str):
    context = browser.new_context(viewport=PHONE, base_url=station.reporting, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(path)
    small = page.locator("a, button, summary, input:not([type=hidden])").evaluate_all(
        """all => all
        .filter(one => one.checkVisibility() && one.getClientRects().length && !one.closest("svg, .skip")
          && !one.closest("p, .note, small, .events li, .plain, .printed"))
        .filter(one => one.getBoundingClientRect().height < 43.9)
        .map(one => `${one.tagName} ${one.innerText} ${one.getBoundingClientRect().height}`)"""
    )
    context.close()

    assert small == []


@pytest.mark.parametrize("path", ["/", "/?scheme=63", "/indicators/members"])
def test_no_map_is_without_the_archipelagos(page: Page, path: str):
    page.goto(path)

    seen = page.locator(".map:visible, .tile-grid:visible")
    assert seen.count() == 1
    for name in ("Hoàng Sa", "Trường Sa"):
        assert name in seen.first.text_content()
    assert (
        page.locator("text=Ranh giới gần đúng, chỉ dùng cho thống kê.").locator("visible=true").count() == 1
    )


def test_the_dashboard_needs_no_javascript(plain: Page):
    plain.goto("/")

    assert plain.locator("dl.headline dd .figure").first.inner_text() == "14"
    assert plain.get_by_text("không muộn hơn 05/10/2020").is_visible()
    assert plain.get_by_text("Đại biểu: hơn 90").first.is_visible()
    assert plain.locator("table.league tbody tr").count() == 34
    plain.get_by_role("link", name="English").click()
    assert plain.get_by_text("not later than 5 October 2020").is_visible()
    plain.get_by_role("link", name="CLB Cổ Điển").first.click()
    assert "Nothing is deleted" in plain.inner_text("main")


def test_search_and_the_clocks_need_no_javascript(plain: Page):
    plain.goto("/")
    plain.get_by_label("Tìm kiếm").fill("co dien")
    plain.get_by_role("button", name="Tìm").click()
    assert plain.get_by_role("link", name="CLB Cổ Điển").first.is_visible()

    plain.goto("/")
    plain.get_by_text("Xem số liệu ở một ngày khác").click()
    plain.get_by_label("Tình hình ngày").fill("2019-12-31")
    plain.get_by_role("button", name="Xem").click()
    assert plain.get_by_text("về tình hình ngày 31/12/2019").is_visible()
    plain.get_by_role("link", name="Về hôm nay").click()
    assert plain.url.endswith("/")


def test_the_page_of_a_club_needs_neither_javascript_nor_colour(plain: Page):
    plain.goto("/clubs/co-dien?lang=en")

    volunteers = plain.locator(".norms li", has_text="At least 10").or_(
        plain.locator(".norms li", has_text="at least 10 home-care volunteers")
    )
    assert "not kept" in volunteers.inner_text() and "Source: " in volunteers.inner_text()
    assert plain.get_by_text("not an official grade").is_visible()
    plain.goto("/clubs/tan-lap")
    plain.get_by_role("link", name="CLB Cổ Điển").click()
    assert plain.url.endswith("/clubs/co-dien")


def test_the_keyboard_alone_opens_a_province(page: Page):
    page.goto("/")
    link = page.locator("table.league tbody a").first
    name = link.inner_text()
    for _ in range(150):
        page.keyboard.press("Tab")
        if link.evaluate("one => one === document.activeElement"):
            break
    assert link.evaluate("one => getComputedStyle(one).outlineStyle") != "none"
    page.keyboard.press("Enter")
    page.wait_for_url("**/provinces/*")

    assert name in page.locator("h1").inner_text()


def test_results_come_while_typing(page: Page):
    page.goto("/")
    page.get_by_label("Tìm kiếm").press_sequentially("tuyen quang")
    page.wait_for_selector("#results .found a")

    assert "tỉnh Tuyên Quang" in page.inner_text("#results")
    assert page.url.endswith("/")


def test_a_slider_moves_the_clock_by_months(page: Page):
    page.goto("/")
    page.get_by_text("Xem số liệu ở một ngày khác").click()
    slider = page.get_by_label("Tình hình: kéo theo tháng")
    slider.focus()
    with page.expect_navigation():
        page.keyboard.press("ArrowLeft")

    assert "valid_at=2026-10-31" in page.url
    assert page.get_by_text("về tình hình ngày 31/10/2026").is_visible()


def test_a_figure_moves_while_one_looks(page: Page, station: Station):
    page.goto("/")
    before = int(page.locator("#live-meetings").inner_text())
    station.post(meeting_held(on=f"2026-04-{10 + before:02}"))
    station.wake()

    expect(page.locator("#live-meetings")).to_have_text(str(before + 1))
    expect(page.locator("#live-asof")).to_contain_text("sự kiện trong sổ")


def test_a_figure_moves_although_a_script_came_late(page: Page, station: Station):
    def late(route: Route) -> None:
        threading.Event().wait(0.5)  # A slow line.
        route.continue_()

    page.route("**/hx-sse-*.js", late)
    page.goto("/")
    before = int(page.locator("#live-meetings").inner_text())
    station.post(meeting_held(on=f"2026-05-{10 + before:02}"))
    station.wake()

    expect(page.locator("#live-meetings")).to_have_text(str(before + 1))


def test_one_click_on_any_number_tells_why_it_changed(page: Page):
    page.goto("/provinces/08")
    number = page.locator("table.league tbody td a").first
    shown = number.inner_text()
    number.click()
    page.wait_for_url("**/figures/why*")

    assert page.locator(".sides .figure").nth(1).inner_text() == shown
    page.get_by_label("So với những gì đã biết đến hết ngày").fill("2026-11-21")
    page.get_by_role("button", name="So sánh").click()
    page.wait_for_url("**from_known=2026-11-21*")
    assert page.locator(".sides .figure").nth(1).inner_text() == shown


def test_a_phone_and_a_desk_each_have_a_chart_they_can_read(page: Page):
    page.goto("/provinces/08")

    seen = page.locator(".line-chart:visible")
    assert seen.count() == 2  # Meetings, and clubs.
    letters = seen.first.locator("text").first.evaluate(
        "one => parseFloat(getComputedStyle(one).fontSize) * one.ownerSVGElement.getScreenCTM().a"
    )
    assert letters > 9


def test_nothing_is_loaded_from_elsewhere(page: Page, station: Station):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/")
    page.goto("/docs")
    page.wait_for_selector(".swagger-ui .info")

    assert [url for url in asked if not url.startswith((station.reporting, "data:"))] == []


def test_no_script_of_ours_fails_and_none_is_refused(page: Page):
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in ("/", "/provinces/08", "/search?q=co"):
        page.goto(path)
        page.wait_for_load_state("load")

    assert said == []


def test_no_entry_of_a_list_is_torn_between_two_columns(page: Page):
    page.goto("/")
    entries, torn = page.locator("main .events li"), []
    while (
        entries.count() > 5
    ):  # How many there are, and where their lines wrap, decides what lies on the break.
        for width in range(900, 1400, 50):
            page.set_viewport_size({"width": width, "height": 900})
            torn += page.locator("main li").evaluate_all(
                "entries => entries.filter(one => one.getClientRects().length > 1).map(one => one.innerText)"
            )
        entries.first.evaluate("entry => entry.remove()")

    assert torn == []


def test_a_province_prints_on_paper_without_what_only_a_screen_needs(page: Page):
    page.goto("/provinces/08")
    page.emulate_media(media="print")

    for hidden in (".search", ".languages", ".clocks", ".why"):
        assert page.locator(hidden).locator("visible=true").count() == 0
    assert page.locator(".headline").is_visible()


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("nation", "/"),
        ("province", "/provinces/08"),
        ("club", "/clubs/co-dien"),
        ("why", "/figures/why?indicator=members&scope=province:08&from_known=2026-10-22"),
    ],
)
def test_the_documents_can_show_the_pages(page: Page, tmp_path: Path, name: str, path: str):
    if page.viewport_size == DESK:
        page.set_viewport_size({"width": 1280, "height": 1500})
    page.goto(path)
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready")
    width = page.viewport_size["width"]
    picture = Path(PICTURES or tmp_path) / f"{name}-{width}.png"
    page.screenshot(path=picture)

    assert picture.stat().st_size > 20_000


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_an_office_signs_in_and_sees_what_waits(browser: Browser, station: Station, size: dict[str, int]):
    held = meeting_held("nobody-founded-it", id=f"waits-{size['width']}")
    station.post(held)
    known = {"username": "any name", "password": station.operator}
    context = browser.new_context(viewport=size, base_url=station.reporting, http_credentials=known)
    page = context.new_page()
    page.goto("/provinces/08")
    expect(page.locator("#h-signing")).to_be_visible()
    assert page.locator(".waits").count() == 0

    page.get_by_role("link", name="Đăng nhập (cơ quan)").click()

    expect(page.locator(".waits")).to_contain_text("đang chờ căn cứ: ")
    assert page.url == f"{station.reporting}/provinces/08"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert Axe().run(page).violations_count == 0
    context.close()
