"""The pages of boards in a real browser: on a phone, at a desk, without JavaScript, for eyes and for screen readers."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select

from services.notifier.tables import letters
from services.notifier.writing import write_letter
from tests.boards import LAI_CHAU_BOARD, TUYEN_QUANG, boards, newest_letter, of_board
from tests.builders import LAI_CHAU, club_founded, meeting_held, training_cancelled, training_planned
from tests.servers import Valkey
from tests.station import Mailbox, Station

PHONE, DESK, MAIL = (
    {"width": 390, "height": 844},
    {"width": 1280, "height": 900},
    {"width": 600, "height": 900},
)
# Set to the folder of the documents to draw their pictures anew: ISHC_PICTURES=docs pytest tests/browser
PICTURES = os.environ.get("ISHC_PICTURES")
PAGES = [
    "/",
    "/?lang=en",
    "/alerts?state=resolved",
    "/alerts?rule=no_meeting&province=12",
    "/alerts?state=acknowledged",
    "/alerts/1",
    "/alerts/999",
    "/letters",
    "/letters?held=true&lang=en",
    "/letters/1",
    "/letters/1/why",
    "/letters/1/why?lang=en",
    "/letters/1/why?link=forged",
    "/silences",
    "/silences?lang=en&rule=no_meeting",
    "/offices",
    f"/offices/{TUYEN_QUANG}",
    "/offices/new?lang=en",
]


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory, valkey: Valkey) -> Iterator[Station]:
    """Two boards, a founding, trainings, and clubs that fell silent."""
    mailbox = Mailbox()
    made = Station(tmp_path_factory.mktemp("boards"), valkey.url, "boards", smtp_port=mailbox.port)
    boards(made)
    names = ("Bình Minh", "Hồng Thái", "Sơn Dương", "Yên Sơn", "Chiêm Hóa", "Na Hang", "Lâm Bình", "Hàm Yên")
    days = ["2026-05-10"] * 3 + ["2026-05-24"] * 5
    told = list(enumerate(zip(names, days, strict=True)))
    made.post([club_founded(f"clb-{number}", name=f"CLB {name}", on=day) for number, (name, day) in told])
    made.post([club_founded(on="2026-05-02"), club_founded("muong-so", name="CLB Mường So", place=LAI_CHAU)])
    made.post([training_planned("lop-1", on="2026-07-28/2026-07-29"), training_cancelled("lop-1")])
    made.wake()
    for _ in range(
        13
    ):  # One club of the province meets, so that it is not the whole province that is silent.
        made.days_later(6)
        made.post(meeting_held(on=f"{made.now:%Y-%m-%d}"))
        made.wake()
    yield made
    made.stop()
    mailbox.stop()


def visit(browser: Browser, station: Station, token: str, **how: object) -> BrowserContext:
    signed_in = {"username": "any", "password": token}
    return browser.new_context(base_url=station.notifier, http_credentials=signed_in, **how)  # type: ignore[arg-type]


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def page(request: pytest.FixtureRequest, browser: Browser, station: Station) -> Iterator[Page]:
    """The national office on a phone and at a desk."""
    context = visit(browser, station, station.operator, viewport=request.param)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def board(station: Station) -> str:
    return of_board(station)


@pytest.fixture
def plain(browser: Browser, station: Station, board: str) -> Iterator[Page]:
    """The board of Tuyên Quang with a phone whose browser runs no script."""
    context = visit(browser, station, board, viewport=PHONE, java_script_enabled=False)
    yield context.new_page()
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
def test_fingers_hit_every_link_and_field(browser: Browser, station: Station, path: str):
    context = visit(browser, station, station.operator, viewport=PHONE, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(path)
    small = page.locator("a, button, summary, select, textarea, label:has(input), .field input").evaluate_all(
        """all => all
        .filter(one => one.checkVisibility() && one.getClientRects().length && !one.closest(".skip, dd"))
        .filter(one => one.getBoundingClientRect().height < 43.9)
        .map(one => `${one.tagName} ${one.innerText} ${one.getBoundingClientRect().height}`)"""
    )
    context.close()

    assert small == []


def test_a_board_acknowledges_without_javascript(plain: Page):
    plain.goto("/")
    plain.get_by_role("link", name="CLB Na Hang").first.click()
    plain.get_by_label("Ghi chú").fill("đã gọi cho ban chủ nhiệm")
    plain.get_by_role("button", name="Ghi nhận: đã biết").click()

    assert "/alerts/" in plain.url
    assert plain.locator("h1 + .asof .state").inner_text() == "Đã ghi nhận"
    assert plain.get_by_text("“đã gọi cho ban chủ nhiệm”").is_visible()
    assert plain.get_by_role("button", name="Ghi nhận: đã biết").count() == 0


def test_a_board_silences_a_club_without_javascript_and_ends_it(plain: Page, station: Station):
    plain.goto("/")
    plain.get_by_role("link", name="CLB Hồng Thái").first.click()
    plain.get_by_role("link", name="Tạm ngừng báo về việc này …").click()
    assert plain.get_by_label("Mã câu lạc bộ").input_value() == "clb-1"
    plain.get_by_label("Lý do").fill("mùa lũ")
    plain.get_by_label("Đến hết ngày").fill(f"{station.now:%Y-%m-%d}")
    plain.get_by_role("button", name="Bắt đầu ngừng báo").click()

    assert plain.get_by_text("“mùa lũ”").is_visible()
    plain.get_by_role("button", name="Báo trở lại").click()
    assert plain.get_by_text("Hiện không ngừng báo việc gì.").is_visible()


def test_the_office_form_keeps_what_was_typed(browser: Browser, station: Station):
    context = visit(browser, station, station.operator, viewport=DESK, java_script_enabled=False)
    page = context.new_page()
    page.goto("/offices/new")
    page.get_by_label("Mã trong địa chỉ").fill("hoi-nct-lang-son")
    page.get_by_label("Tên cơ quan").fill("Hội Người cao tuổi Lạng Sơn")
    page.get_by_label("Địa chỉ thư").fill("không có a còng")
    page.get_by_label("Lạng Sơn", exact=True).check()
    page.get_by_role("button", name="Ghi lại").click()

    assert page.locator(".field.wrong .fault").count() == 1
    assert page.get_by_label("Địa chỉ thư").input_value() == "không có a còng"
    assert page.get_by_label("Lạng Sơn", exact=True).is_checked()
    page.get_by_label("Địa chỉ thư").fill("hoi-nct-lang-son@ishc.test")
    page.get_by_role("button", name="Ghi lại").click()
    assert page.url.endswith("/offices/hoi-nct-lang-son")
    context.close()


def test_the_keyboard_alone_acknowledges(browser: Browser, station: Station, board: str):
    context = visit(browser, station, board, viewport=DESK)
    page = context.new_page()
    page.goto("/alerts?rule=no_meeting")
    button = page.get_by_role("button", name="CLB Lâm Bình")
    for _ in range(80):
        page.keyboard.press("Tab")
        if button.evaluate("one => one === document.activeElement"):
            break
    assert button.evaluate("one => getComputedStyle(one).outlineStyle") != "none"
    with page.expect_navigation():
        page.keyboard.press("Enter")

    page.goto("/alerts?rule=no_meeting")
    assert page.get_by_role("button", name="CLB Lâm Bình").count() == 0
    context.close()


def test_nothing_is_loaded_from_elsewhere_and_no_rule_of_ours_is_broken(page: Page, station: Station):
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    for path in ("/", f"/offices/{TUYEN_QUANG}", "/letters/1/why"):
        page.goto(path)

    assert [url for url in asked if not url.startswith((station.notifier, "data:"))] == []
    assert said == []


@pytest.mark.parametrize("purpose", ["acknowledge", "unsubscribe", "why"])
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_pages_behind_links_can_be_read_by_everyone(
    browser: Browser, station: Station, purpose: str, lang: str
):
    letter, links = newest_letter(station, LAI_CHAU_BOARD), station.notifier_parts.links
    url = {
        "acknowledge": links.acknowledge_url(letter),
        "unsubscribe": links.unsubscribe_url(letter),
        "why": links.why_url(letter),
    }[purpose]
    context = browser.new_context(viewport=PHONE, has_touch=True)
    page = context.new_page()
    page.goto(url.replace(station.settings.pages, station.notifier).replace("lang=en", f"lang={lang}"))

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()
    context.close()


@pytest.mark.parametrize("name", ["boards", "letter-why"])
def test_the_documents_can_show_the_pages(
    browser: Browser, station: Station, board: str, tmp_path: Path, name: str
):
    path = {"boards": "/alerts", "letter-why": f"/letters/{newest_letter(station, TUYEN_QUANG)['id']}/why"}[
        name
    ]
    for size in (PHONE, DESK):
        context = visit(browser, station, board, viewport=size)
        page = context.new_page()
        assert page.goto(path).ok
        page.evaluate("document.fonts.ready")
        picture = Path(PICTURES or tmp_path) / f"{name}-{size['width']}.png"
        page.screenshot(path=picture)
        context.close()

        assert picture.stat().st_size > 20_000


def fullest_letter(station: Station, office: str) -> dict[str, Any]:
    """The letter that tells an office most: a digest."""
    mine = select(letters).where(letters.c.office == office)
    with station.notifier_parts.database.connect() as connection:
        rows = [row._asdict() for row in connection.execute(mine)]
    return max(rows, key=lambda row: len(row["facts"]["items"]))


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_documents_can_show_a_letter(browser: Browser, station: Station, tmp_path: Path, lang: str):
    row = fullest_letter(station, TUYEN_QUANG)
    written = write_letter(row, station.settings, lang, station.notifier_parts.links)
    for size in (PHONE, MAIL):
        context = browser.new_context(viewport=size)
        page = context.new_page()
        page.set_content(written.html)
        picture = Path(PICTURES or tmp_path) / f"letter-{lang}-{size['width']}.png"
        page.screenshot(path=picture, full_page=True)
        fits = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        context.close()

        assert fits and picture.stat().st_size > 10_000
