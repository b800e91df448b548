"""How a reader looks: every link keeps the language, both clocks and the map."""

from datetime import UTC, date, datetime

import pytest

from services.reporting.dashboard.view import read_view
from shared.problems import BadQuestion

NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)  # Half past one on 23 November in Viet Nam.


def test_a_link_keeps_what_the_reader_chose_and_says_nothing_of_what_is_usual():
    past = read_view(
        "/", {"known_at": "2026-06-30", "valid_at": "2026-03-31", "lang": "en", "sort": "members"}
    )
    today = read_view("/", {"lang": "vi", "scheme": "34"})

    assert past.link("/clubs/a") == "/clubs/a?lang=en&known_at=2026-06-30&valid_at=2026-03-31"
    assert (
        past.here(order="asc") == "/?lang=en&known_at=2026-06-30&valid_at=2026-03-31&sort=members&order=asc"
    )
    assert past.at(known_at=None, valid_at=None).here(sort=None) == "/?lang=en"
    assert today.link("/provinces/08") == "/provinces/08"


def test_a_view_can_go_back_to_what_is_usual():
    old = read_view("/", {"scheme": "63", "lang": "en"})

    assert old.at(scheme="34", lang="vi").here() == "/"


@pytest.mark.parametrize(
    ("asked", "clocks"),
    [
        ({}, (None, None)),
        ({"known_at": "2026-06-30"}, ("2026-07-01T00:00:00+07:00", date(2026, 6, 30))),
        (
            {"known_at": "2026-06-30", "valid_at": "2026-03-31"},
            ("2026-07-01T00:00:00+07:00", date(2026, 3, 31)),
        ),
        ({"known_at": "2026-11-23"}, (None, None)),
        ({"known_at": "41", "valid_at": "2026-03-31"}, ("41", date(2026, 3, 31))),
        ({"known_at": "2026-07-01T00:00:00+07:00"}, ("2026-07-01T00:00:00+07:00", None)),
    ],
    ids=["now", "a day", "two days", "today", "a position", "a moment"],
)
def test_a_day_known_means_its_end(asked: dict[str, str], clocks: object):
    assert read_view("/", asked).clocks(NOW) == clocks


def test_nobody_knows_the_end_of_tomorrow():
    with pytest.raises(BadQuestion):
        read_view("/", {"known_at": "2026-11-24"}).clocks(NOW)


@pytest.mark.parametrize("asked", [{"valid_at": "2026-02-30"}, {"valid_at": "x"}, {"scheme": "35"}])
def test_a_view_that_there_is_not_is_refused(asked: dict[str, str]):
    with pytest.raises(BadQuestion):
        read_view("/", asked)


def test_a_form_sends_along_what_it_does_not_ask():
    view = read_view("/", {"known_at": "41", "show": "members", "scheme": "63"})

    assert view.fields("known_at", "valid_at") == {"show": "members", "scheme": "63"}
