"""A phone of Lai Châu at every address of all three services: nothing of Tuyên Quang's clubs is read or written.

Every route is written down here with who may use it; a new one fails until it is.
"""

import re
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import pytest

from services.notifier.api import create_app as notifier_app
from services.registry.api import create_app as registry_app
from services.reporting.api import create_app as reporting_app
from services.reporting.odata.sets import ENTITY_SETS
from shared.settings import Local
from tests.builders import LAI_CHAU, club_founded, corrected, envelope, meeting_held, merged, withdrawn
from tests.station import Station

Class = Literal["open", "sums", "own", "office", "link"]

# open: without a token. sums: any token, never a club. own: a phone too, about its own only. office: no phone.
# link: whoever has a link that we signed.
WHO: dict[str, dict[Class, str]] = {
    "registry": {
        "open": """/openapi.json /static-offline-docs /docs /docs/oauth2-redirect /health/live /health/ready /metrics
            /v1/codes /v1/places /v1/places/{list}/{code} /schemas /schemas/{type}/{version} /asyncapi.json""",
        "sums": "/v1/tally /v1/receipts/{code}",
        "own": "/v1/events /v1/subjects/{subject}/events /v1/held /v1/quarantine /v1/intake",
        "office": "/v1/events/{position} /v1/quarantine/{id}/readmit /v1/audit",
    },
    "reporting": {
        "open": """/openapi.json /static-offline-docs /docs /docs/oauth2-redirect /health/live /health/ready /metrics
            /static /looks""",
        "sums": """/v1/indicators /v1/figures /v1/figures/diff /v1/trainings /v1/published /v1/figures.csv
            /v1/figures.xlsx /v1/trainings.csv /v1/trainings.xlsx /v1/targets.csv /v1/targets.xlsx
            /v1/reconciliation.csv /v1/reconciliation.xlsx /v1/exports /v1/exports/{id} /v1/exports/{id}/file
            /v1/norms /v1/targets /v1/reconciliation /v1/plans /v1/sheets/{province}/{of:path} /v1/periods
            /v1/periods/{province}/{of:path} /odata/v4 /odata/v4/ /odata/v4/$metadata /odata/v4/{table}/$count
            /odata/v4/{table} /odata/v4/{rest:path} /reports/provinces/{code}.pdf /reports/nation.pdf /
            /provinces/{code} /completeness /provinces/{code}/reports /communes/{code} /search /indicators
            /indicators/{code} /figures/why /live /targets /provinces/{code}/sheets/{of:path}""",
        "own": "/v1/clubs /v1/clubs/{id} /v1/clubs/{id}/ledger /sign-in",
        "office": """/v1/clubs.csv /v1/clubs.xlsx /v1/completeness.csv /v1/completeness.xlsx /v1/visits /v1/preview
            /v1/completeness /clubs/{id}""",
    },
    "notifier": {
        "open": """/openapi.json /static-offline-docs /docs /docs/oauth2-redirect /health/live /health/ready /metrics
            /static /looks /sign-in /sign-out""",
        "own": "/v1/alerts / /alerts /alerts/{id} /silences /offices /offices/{id} /sign-in/token",
        "office": """/v1/offices /v1/offices/{id} /v1/offices/{id}/history /v1/alerts/{id}
            /v1/alerts/{id}/acknowledge /v1/silences /v1/silences/{id} /v1/letters /v1/letters/{id}/why
            /v1/addresses /v1/addresses/{address}/allow
            /v1/letters/{id}/resend /v1/letters/{id}/release /v1/preview /v1/rules /v1/rules/rehearse
            /alerts/{id}/acknowledge /letters /letters/{id} /silences/{id}/lift /offices/new
            /letters/{id}/why""",
        "link": "/links/acknowledge/{signed} /links/unsubscribe/{signed} /sign-in/{signed}",
    },
}
APPS = {"registry": registry_app, "reporting": reporting_app, "notifier": notifier_app}
OURS, THEIRS, COMMUNE = "lc-san-sa-phin", "tq-suong-mu", "00913"
EXPORT = "x" * 43
NAMES = ("CLB Thôn Sương Mù", "thon suong mu")
TOLD = re.compile("|".join((THEIRS, *NAMES)), re.IGNORECASE)
OFFICE = {
    "name": "Hội NCT tỉnh Tuyên Quang",
    "kind": "provincial_association",
    "provinces": ["08"],
    "addresses": ["tq@hoi.test"],
}
BODIES: dict[str, Any] = {
    "/v1/exports": {"sheet": "clubs", "format": "csv"},
    "/v1/offices/{id}": OFFICE,
    "/v1/preview": meeting_held(THEIRS),
    "/v1/rules/rehearse": {"rule": "no_meeting", "from": "2026-01-01", "to": "2026-06-30"},
    "/v1/silences": {"club": THEIRS, "reason": "bão lũ", "ends_at": "2026-08-01T00:00:00+07:00"},
    "/v1/events": meeting_held(THEIRS),
}
# Questions that reach for the neighbour's clubs.
ASKED = {
    "/v1/events": ("", "?province=08", f"?subject={THEIRS}", f"?province=12&subject={THEIRS}"),
    "/v1/clubs": ("", "?province=08", "?q=suong", "?province=12&q=suong"),
    "/v1/figures": (
        "?indicator=clubs&by=province",
        "?indicator=clubs&by=club",
        f"?indicator=members&scope=club:{THEIRS}",
    ),
    "/v1/figures/diff": (
        f"?indicator=clubs&scope={scope}&from_known=1"
        for scope in ("nation", "province:08", f"club:{THEIRS}")
    ),
    "/figures/why": (
        f"?indicator=clubs&scope={scope}&from_known=1"
        for scope in ("nation", "province:08", f"club:{THEIRS}")
    ),
    "/v1/completeness": ("?month=2026-03&province=08",),
    "/search": ("?q=suong",),
    "/odata/v4/{table}": ("",),
}
ASKED["/v1/figures.csv"] = ASKED["/v1/figures.xlsx"] = ASKED["/v1/figures"]
ASKED["/v1/completeness.csv"] = ASKED["/v1/completeness.xlsx"] = ASKED["/v1/completeness"]
ASKED["/v1/alerts"] = ("", "?province=08")
ASKED["/alerts"] = ASKED["/"] = ("", "?state=resolved")
ASKED = {path: tuple(questions) for path, questions in ASKED.items()}
FILLED = {
    "position": "1",
    "subject": THEIRS,
    "id": THEIRS,
    "type": "meeting.held",
    "version": "1",
    "list": "2025-07",
    "code": "08",
    "province": "08",
    "of:path": "2026-Q1",
    "rest:path": "nothing/at/all",
    "signed": "forged",
    "address": "a@ishc.test",
}


class Asked(NamedTuple):
    """One question to one service."""

    service: str
    route: str
    method: str
    url: str
    who: Class


def routes(service: str) -> Iterator[tuple[str, str]]:
    """Every address and method of a service, as its application knows them."""
    app: Any = APPS[service](Local())
    for route in getattr(app, "app", app).routes:
        for method in sorted(getattr(route, "methods", None) or {"GET"}):
            yield route.path, method


def who_may(service: str, route: str) -> Class:
    found: list[Class] = [who for who, paths in WHO[service].items() if route in paths.split()]
    assert len(found) == 1, f"who may use {route} of the {service}? Write it down in {__file__}"
    return found[0]


def questions() -> Iterator[Asked]:
    """Every route with values that reach for Tuyên Quang."""
    for service in APPS:
        for route, method in routes(service):
            who = who_may(service, route)
            for url in filled(service, route):
                for query in ASKED.get(route, ("",)):
                    yield Asked(service, route, method, url + query, who)


def filled(service: str, route: str) -> list[str]:
    values = dict(FILLED)
    if service == "notifier" or "quarantine" in route or "exports" in route:
        values["id"] = "board-tq" if "offices" in route else "1"
    if "exports" in route:
        values["id"] = EXPORT
    if route == "/communes/{code}":
        values["code"] = COMMUNE
    if route == "/indicators/{code}":
        values["code"] = "clubs"
    url = re.sub(r"\{([\w:]+)\}", lambda found: values.get(found[1], found[0]), route)
    tables = (*ENTITY_SETS, *([] if "$count" in url else [f"Clubs('{THEIRS}')"]))
    return [url.replace("{table}", table) for table in tables] if "{table}" in url else [url]


@pytest.fixture
def country(station: Station) -> Station:
    """Two clubs of two provinces with meetings; alerts and letters about the silent one; an office."""
    with station.client(station.notifier) as client:
        assert client.put("/v1/offices/board-tq", json=OFFICE).status_code == 200
    place = {"list": "2025-07", "province": "08", "commune": COMMUNE}
    station.post(
        [
            club_founded(
                THEIRS, name=NAMES[0], place=place, on="2025-08-15", members={"women": 31, "men": 20}
            ),
            club_founded(OURS, name="CLB Sàn Sa Phìn", place=LAI_CHAU, on="2025-01-15"),
            meeting_held(THEIRS, on="2025-09-21"),
            meeting_held(OURS, on="2026-05-21"),
            meeting_held(THEIRS, on="2099-01-01"),
            envelope(
                "visit.made",
                "visit-1",
                {
                    "occurred_on": "2026-05-01",
                    "by": "province",
                    "kind": "supervision",
                    "clubs": [THEIRS],
                    "place": place,
                },
            ),
        ]
    )
    for _ in range(3):
        station.days_later(1)
        station.wake()
    with station.client(station.notifier) as client:
        assert THEIRS in client.get("/v1/alerts").text
        assert client.post("/v1/silences", json=BODIES["/v1/silences"]).status_code == 201
    return station


def answered(station: Station, token: str, asked: Asked) -> tuple[int, str]:
    """Status and body of an answer, without the question that it repeats."""
    body = BODIES.get(asked.route) if asked.method in ("POST", "PUT") else None
    headers = {"Sec-Fetch-Site": "same-origin"}
    with station.client(getattr(station, asked.service), token) as client:
        if asked.route == "/live" and token:
            with client.stream(asked.method, asked.url) as stream:
                return stream.status_code, ""
        answer = client.request(asked.method, asked.url, json=body, headers=headers)
    text = answer.content.decode(errors="ignore")
    return answer.status_code, text.replace(asked.url.partition("?")[0], "")


def test_every_route_says_who_may_use_it():
    known = {service: {route for route, _ in routes(service)} for service in APPS}
    written = {
        service: {path for paths in kinds.values() for path in paths.split()}
        for service, kinds in WHO.items()
    }

    assert written == known


def test_a_phone_of_lai_chau_reads_nothing_of_tuyen_quangs_clubs(country: Station):
    phone = country.token(provinces=("12",))
    told, wrong = [], []
    for asked in questions():
        status, body = answered(country, phone, asked)
        if TOLD.search(body):
            told.append((asked, status, TOLD.findall(body)[:3]))
        if asked.who == "office" and status not in (400, 403, 405, 422):
            wrong.append((asked, status))
        if status >= 500:
            wrong.append((asked, status))

    assert told == []
    assert wrong == []


def test_the_same_questions_tell_an_operator_of_them(country: Station):
    """Otherwise the test above would show nothing."""
    telling = {
        (asked.service, asked.route)
        for asked in questions()
        if asked.method == "GET" and TOLD.search(answered(country, country.operator, asked)[1])
    }

    assert {
        *(
            ("registry", path)
            for path in ("/v1/events", "/v1/events/{position}", "/v1/subjects/{subject}/events")
        ),
        *(("registry", path) for path in ("/v1/quarantine",)),
        *(("reporting", path) for path in ("/v1/clubs", "/v1/clubs/{id}", "/v1/clubs.csv", "/v1/figures")),
        *(
            ("reporting", path)
            for path in ("/clubs/{id}", "/provinces/{code}", "/search", "/", "/communes/{code}")
        ),
        *(("reporting", path) for path in ("/v1/visits", "/v1/completeness", "/odata/v4/{table}")),
        *(("notifier", path) for path in ("/v1/alerts", "/alerts", "/v1/letters", "/v1/alerts/{id}")),
    } <= telling


def test_a_phone_reads_about_the_clubs_of_its_own_province(country: Station):
    phone = country.token(provinces=("12",))
    club = country.token(name="club", clubs=(OURS,))
    mine = {
        country.registry: (f"/v1/subjects/{OURS}/events", f"/v1/events?province=12&subject={OURS}"),
        country.reporting: (f"/v1/clubs/{OURS}", f"/v1/clubs/{OURS}/ledger"),
    }
    for base, paths in mine.items():
        for token in (phone, club):
            with country.client(base, token) as client:
                assert [client.get(path).status_code for path in paths] == [200, 200]


def test_a_visit_that_names_clubs_of_both_provinces_is_for_offices(country: Station):
    phone = country.token(provinces=("12",))
    data = {"occurred_on": "2026-05-01", "by": "province", "kind": "study", "clubs": [OURS, THEIRS]}
    country.post(envelope("visit.made", "visit-3", data | {"place": LAI_CHAU})).raise_for_status()

    with country.client(country.registry, phone) as client:
        assert client.get("/v1/subjects/visit-3/events").status_code == 403
        feed = client.get("/v1/events?province=12&limit=1000")
    assert {one["subject"] for one in feed.json()["items"]} == {OURS}
    assert "visit-3" in str(country.get("registry/v1/events?province=12&limit=1000")["items"])


def test_a_phone_of_lai_chau_writes_nothing_about_tuyen_quangs_clubs(country: Station):
    phone = country.token(provinces=("12",))
    founding = club_founded(THEIRS)
    before = country.get("registry/v1/events?limit=1000")["items"]
    theirs = next(one for one in before if one["subject"] == THEIRS and one["type"] == "meeting.held")
    visit = envelope(
        "visit.made",
        "visit-2",
        {
            "occurred_on": "2026-05-01",
            "by": "province",
            "kind": "supervision",
            "clubs": [THEIRS],
            "place": LAI_CHAU,
        },
    )
    sent = [
        meeting_held(THEIRS),
        founding,
        club_founded("tq-new"),
        merged(OURS, THEIRS),
        merged(THEIRS, OURS),
        corrected(theirs, attendance={"women": 1}),
        withdrawn(theirs),
        envelope("club.moved", THEIRS, {"occurred_on": "2026-05-01", "place": LAI_CHAU}),
        envelope(
            "plan.adopted",
            "province:2025-07:08",
            {"occurred_on": "2025-11-13", "kind": "club_scale_up", "period": "2026", "status": "adopted"},
        ),
        visit,
    ]

    verdicts = [country.post(one, token=phone) for one in sent]

    assert [one.status_code for one in verdicts] == [403] * len(sent)
    assert country.get("registry/v1/events?limit=1000")["items"] == before


def test_without_a_token_only_what_is_declared_open_answers(country: Station):
    for asked in questions():
        status, body = answered(country, "", asked)
        if asked.who == "open":
            assert status < 400 or status == 404, asked
        elif asked.who == "link":
            assert status == 403, asked
        else:
            assert status == 401, asked
        assert not TOLD.search(body), asked
