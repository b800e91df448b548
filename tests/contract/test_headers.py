"""What browsers are told: no page of ours runs what is not ours, and none is framed."""

import re
from base64 import b64encode
from hashlib import sha256

from shared.headers import PAGE_POLICY
from tests.boards import boards, browser
from tests.builders import club_founded
from tests.station import Station

PAGES = {
    "reporting": (
        "/",
        "/provinces/08",
        "/clubs/co-dien",
        "/clubs/nobody",
        "/search?q=x",
        "/indicators",
        "/figures/why",
    ),
    "notifier": ("/", "/letters", "/silences", "/offices", "/offices/new", "/links/acknowledge/forged"),
}


def test_every_page_has_the_strict_policy_and_nothing_inline(station: Station):
    station.post(club_founded())
    station.wake()
    boards(station)
    for service, paths in PAGES.items():
        with station.client(getattr(station, service)) as client:
            for path in paths:
                page = client.get(path)
                assert page.headers["content-type"].startswith("text/html")
                assert page.headers["content-security-policy"] == PAGE_POLICY, path
                assert not re.search(r"<script>|<style|\sstyle=|\son[a-z]+=|javascript:", page.text), path


def test_every_answer_says_what_it_is(station: Station):
    for service in ("registry", "reporting", "notifier"):
        with station.client(getattr(station, service), token="") as client:
            for path in ("/health/live", "/openapi.json", "/docs", "/metrics", "/nowhere", "/v1/held"):
                said = client.get(path).headers
                assert said["x-content-type-options"] == "nosniff"
                assert "frame-ancestors 'none'" in said["content-security-policy"]
                assert said["referrer-policy"] in ("no-referrer", "same-origin")


def test_the_one_script_in_a_page_of_others_is_named_by_its_hash(station: Station):
    with station.client(station.registry, token="") as client:
        page = client.get("/docs")

    [script] = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    assert b64encode(sha256(script.encode()).digest()).decode() in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"].partition("style-src")[0]


def test_a_form_of_another_site_is_refused(station: Station):
    boards(station)
    for said in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        with browser(station, station.operator, **said) as client:
            assert client.post("/silences", data={"rule": "no_meeting"}).status_code == 403
