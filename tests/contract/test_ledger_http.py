"""A club's two funds over HTTP and on its page."""

import pytest

from tests.builders import club_founded, corrected, envelope
from tests.station import Station


def money(type: str, on: str, fund: str = "income", **data):
    return envelope(type, "co-dien", {"occurred_on": on, "fund": fund} | data)


@pytest.fixture
def books(station: Station) -> Station:
    """An income fund whose last count is 500.000 đồng short, and an activity fund with an edge."""
    station.post(
        [
            club_founded(),
            money("fund.received", "2026-02-02", source="project", amount_vnd=100_000_000),
            money("loan.disbursed", "2026-02-20", principal_vnd=60_000_000),
            money("fund.counted", "2026-02-28", cash_vnd=40_000_000),
            money("loan.repaid", "2026-03-20", principal_vnd=0, interest_vnd=480_000),
            money("fund.counted", "2026-03-31", cash_vnd=39_980_000),
            money(
                "fund.received", "2026-03", "activity", source="members", amount_vnd={"more_than": 900_000}
            ),
        ]
    )
    station.wake()
    return station


def test_a_clubs_funds_add_up_beside_its_cash_box(books: Station):
    answer = books.get("reporting/v1/clubs/co-dien/ledger")

    income, activity = answer["funds"]
    assert (income["fund_text"], income["cash"]["value"], income["outstanding_vnd"]) == (
        "Quỹ tăng thu nhập",
        40_480_000,
        60_000_000,
    )
    assert activity["cash"] == {"value": 900_000, "low": 900_001, "high": None}
    assert activity["cash_text"] == "hơn 900.000 đồng"
    assert answer["worth_text"] == "hơn 101.380.000 đồng"
    assert (answer["position"], answer["valid_at"], answer["rules"]) == (7, "2026-06-30", "5")


def test_a_count_that_disagrees_names_the_report_after_which_they_parted(books: Station):
    first, last = books.get("reporting/v1/clubs/co-dien/ledger?lang=en")["funds"][0]["counts"]

    assert (first["agrees"], first["difference_vnd"], first["parted_after"]) == (True, 0, None)
    assert (last["agrees"], last["difference_vnd"]) == (False, -500_000)
    assert (last["parted_after"]["position"], last["parted_after"]["day"]) == (5, "2026-03-20")
    assert last["said"] == (
        "500,000 đồng less than the reports say; parted after report 5 (20 March 2026) at the earliest"
    )


def test_an_entry_says_what_it_adds_and_what_is_left(books: Station):
    entry = books.get("reporting/v1/clubs/co-dien/ledger")["funds"][0]["entries"][1]

    assert (entry["position"], entry["type"], entry["day_text"]) == (3, "loan.disbursed", "20/02/2026")
    assert (entry["adds"]["cash_text"], entry["adds"]["outstanding_vnd"]) == ("-60.000.000 đồng", 60_000_000)
    assert (entry["after"]["cash_text"], entry["after"]["worth"]["value"]) == ("40.000.000 đồng", 100_000_000)


def test_a_ledger_can_be_asked_for_as_it_was_known_and_as_of_a_day(books: Station):
    def entries(asked: str) -> list[int]:
        answer = books.get(f"reporting/v1/clubs/co-dien/ledger?{asked}")
        return [entry["position"] for fund in answer["funds"] for entry in fund["entries"]]

    assert entries("known_at=3") == [2, 3]
    assert entries("valid_at=2026-02-28") == [2, 3, 4]
    assert entries("valid_at=2026-03-10") == [2, 3, 4, 7]  # Some time in March.


def test_a_correction_moves_the_ledger_and_not_what_was_known_before(station: Station):
    gift = money("fund.received", "2026-02-02", source="project", amount_vnd=100)
    station.post([club_founded(), gift, corrected(gift, amount_vnd=120)])
    station.wake()

    now, then = (station.get(f"reporting/v1/clubs/co-dien/ledger{query}") for query in ("", "?known_at=2"))

    assert (now["cash"]["value"], then["cash"]["value"]) == (120, 100)


def test_the_ledger_is_as_open_as_the_club(books: Station):
    with books.client(books.reporting, token="") as stranger:
        closed = stranger.get("/v1/clubs/co-dien/ledger").status_code
    with books.client(books.reporting) as client:
        missing = client.get("/v1/clubs/nobody/ledger").status_code

    assert (closed, missing) == (401, 404)


def test_the_page_of_a_club_shows_both_funds(books: Station):
    with books.client(books.reporting) as client:
        page = client.get("/clubs/co-dien").text

    assert "thiếu 500.000 đồng so với báo cáo; lệch sớm nhất sau báo cáo số 5 (20/03/2026)" in page
    assert "chưa đếm" in page and "hơn 900.000" in page
