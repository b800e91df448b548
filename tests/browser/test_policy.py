"""Chromium enforces the policy of every kind of page, and has nothing to complain about."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.boards import boards, two_silent_clubs
from tests.servers import Valkey
from tests.station import Mailbox, Station

PAGES = {
    "registry": ("/docs",),
    "reporting": (
        "/",
        "/provinces/08",
        "/clubs/co-dien",
        "/indicators/clubs",
        "/completeness",
        "/figures/why?indicator=clubs&scope=nation&from_known=1",
        "/docs",
    ),
    "notifier": ("/", "/letters", "/letters/1", "/letters/1/why", "/silences", "/offices", "/offices/new"),
}
WATCH = """addEventListener('securitypolicyviolation', event => {
    console.error('refused: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample)
})"""


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory, valkey: Valkey) -> Iterator[Station]:
    mailbox = Mailbox()
    made = Station(
        tmp_path_factory.mktemp("policy"), valkey.url, "policy", public_read="clubs", smtp_port=mailbox.port
    )
    boards(made)
    two_silent_clubs(made)
    yield made
    made.stop()
    mailbox.stop()


@pytest.mark.browser
@pytest.mark.parametrize("service", PAGES)
@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_breaks_its_own_policy(browser: Browser, station: Station, service: str, width: int):
    said: list[str] = []
    context = browser.new_context(
        base_url=getattr(station, service),
        http_credentials={"username": "any", "password": station.operator},
        viewport={"width": width, "height": 900},
    )
    context.add_init_script(WATCH)
    page = context.new_page()
    page.on("console", lambda message: said.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))

    for path in PAGES[service]:
        answer = page.goto(path, wait_until="load")
        assert answer is not None and answer.status == 200, path
        if path == "/docs":
            page.wait_for_selector(".opblock")
    context.close()

    assert said == []


@pytest.mark.browser
def test_a_script_in_a_page_would_not_run(browser: Browser, station: Station):
    """Otherwise the test above would show nothing."""
    page = browser.new_page()
    page.route("**/planted", lambda route: route.fulfill(body=PLANTED, headers=route_headers(station)))

    page.goto(f"{station.reporting}/planted")

    assert page.title() == "as it was"
    page.close()


PLANTED = "<!doctype html><title>as it was</title><script>document.title = 'changed'</script>"


def route_headers(station: Station) -> dict[str, str]:
    with station.client(station.reporting) as client:
        policy = client.get("/").headers["content-security-policy"]
    return {"Content-Type": "text/html", "Content-Security-Policy": policy}
