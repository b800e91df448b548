"""The pages in a real browser: on a phone, on a desk, without JavaScript, for eyes and for screen readers."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.builders import club_founded, corrected, meeting_held, members_counted, merged, of_club
from tests.servers import Valkey
from tests.station import Station

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
SAMPLE = Path("services/samples/reported.ndjson")


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
def page(request: pytest.FixtureRequest, browser: Browser, station: Station) -> Page:
    """A visitor on a phone and at a desk."""
    context = browser.new_context(viewport=request.param, base_url=station.reporting)
    made = context.new_page()
    yield made
    context.close()


@pytest.mark.parametrize(
    "path", ["/", "/?lang=en", "/clubs/co-dien", "/clubs/co-dien?lang=en", "/clubs/tan-lap", "/clubs/nobody"]
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_and_can_be_read_by_everyone(page: Page, path: str, scheme: str):
    page.emulate_media(color_scheme=scheme)
    page.goto(path)

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()


def test_the_dashboard_needs_no_javascript(browser: Browser, station: Station):
    context = browser.new_context(viewport=PHONE, java_script_enabled=False, base_url=station.reporting)
    page = context.new_page()
    page.goto("/")

    assert page.locator("dl.headline dd .figure").first.inner_text() == "14"
    assert page.get_by_text("không muộn hơn 05/10/2020").is_visible()
    assert page.get_by_text("Đại biểu: hơn 90").first.is_visible()
    assert page.locator("table.provinces tbody tr").count() == 34
    page.get_by_role("link", name="English").click()
    assert page.get_by_text("not later than 5 October 2020").is_visible()
    page.get_by_role("link", name="CLB Cổ Điển").first.click()
    assert "Nothing is deleted" in page.inner_text("main")
    context.close()


def test_the_page_of_a_club_needs_neither_javascript_nor_colour(browser: Browser, station: Station):
    context = browser.new_context(viewport=PHONE, java_script_enabled=False, base_url=station.reporting)
    page = context.new_page()
    page.goto("/clubs/co-dien?lang=en")

    volunteers = page.locator(".norms li", has_text="At least 10").or_(
        page.locator(".norms li", has_text="at least 10 home-care volunteers")
    )
    assert "not kept" in volunteers.inner_text() and "Source: " in volunteers.inner_text()
    assert page.get_by_text("not an official grade").is_visible()
    page.goto("/clubs/tan-lap")
    page.get_by_role("link", name="CLB Cổ Điển").click()
    assert page.url.endswith("/clubs/co-dien?lang=vi")
    context.close()


def test_nothing_is_loaded_from_elsewhere(page: Page, station: Station):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/")
    page.goto("/docs")
    page.wait_for_selector(".swagger-ui .info")

    assert [url for url in asked if not url.startswith((station.reporting, "data:"))] == []


def test_fingers_hit_the_links_of_the_header(page: Page):
    page.goto("/")

    for link in page.locator("header a").all():
        assert link.bounding_box()["height"] >= 44


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
