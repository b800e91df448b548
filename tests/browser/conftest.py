"""A real browser: Debian's chromium, or whatever Chromium this machine has."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


# Not for the whole session: Playwright keeps an event loop running, which tests of asyncio cannot bear.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium here: the browser tests were left out (apt-get install chromium)")
    with sync_playwright() as playwright:
        # As root Chromium has no sandbox; it loads nothing but our own pages here.
        made = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield made
        made.close()
