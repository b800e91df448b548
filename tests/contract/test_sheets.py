"""Figures and lists as files for a spreadsheet program, and their permalinks."""

import csv
import io
from datetime import date, datetime

import httpx2
import openpyxl
import pytest

from services.reporting.figures import RULES
from tests.builders import (
    club_founded,
    figure_published,
    meeting_held,
    training_held,
    training_planned,
)
from tests.station import Station, problem

FORMULA = '=HYPERLINK("http://evil.example","click")'
SHEETS = (
    "figures.{}?indicator=clubs&by=province",
    "clubs.{}",
    "trainings.{}",
    "targets.{}",
    "reconciliation.{}",
    "completeness.{}?month=2026-03&province=08",
)


@pytest.fixture
def told(station: Station) -> Station:
    """Two clubs, one named like a formula and founded on no certain day, with a meeting, a training and print."""
    station.post(
        [
            club_founded(members={"women": 38, "men": 16}),
            club_founded("van-phu", on="../2020-10-05", name=FORMULA, members={"total": {"more_than": 90}}),
            meeting_held(),
            training_planned("tq-2026-05"),
            training_held("tq-2026-05", delegates={"total": {"more_than": 90}}),
            figure_published("province:pre-2025:02", value={"more_than": 100}, as_of="2024-12"),
        ]
    )
    station.wake()
    return station


def fetch(station: Station, path: str, token: str | None = None, **headers: str) -> httpx2.Response:
    with station.client(station.reporting, token) as client:
        return client.get(f"/v1/{path}", headers=headers)


def rows_of(answer: httpx2.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def book_of(answer: httpx2.Response) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def test_clubs_as_csv_have_headings_in_the_language_asked_for(told: Station):
    vietnamese, english = fetch(told, "clubs.csv"), fetch(told, "clubs.csv?lang=en")

    assert vietnamese.headers["content-type"] == "text/csv; charset=utf-8"
    assert vietnamese.content.startswith(
        b"\xef\xbb\xbfM\xc3\xa3,T\xc3\xaan c\xc3\xa2u l\xe1\xba\xa1c b\xe1\xbb\x99,"
    )
    assert english.content.startswith(b"\xef\xbb\xbfId,Club,State,")
    assert b"\r\n" in english.content


def test_clubs_as_csv_tell_what_is_certain_and_what_is_not(told: Station):
    certain, uncertain = rows_of(fetch(told, "clubs.csv?header=keys"))

    told_of = ("id", "founded_on", "members", "members_low", "members_high", "meetings", "last_meeting_on")
    assert [certain[key] for key in told_of] == ["co-dien", "2026-01-15", "54", "54", "54", "1", "2026-03-21"]
    assert [uncertain[key] for key in told_of] == ["van-phu", "../2020-10-05", "90", "91", "", "0", ""]
    assert certain["province_now_name"] == "Tuyên Quang"


def test_no_name_becomes_a_formula(told: Station):
    [_, row] = rows_of(fetch(told, "clubs.csv?header=keys"))
    page = book_of(fetch(told, "clubs.xlsx"))["Câu lạc bộ"]

    assert row["club_name"] == f"'{FORMULA}"
    assert (page["B3"].value, page["B3"].data_type, page["B3"].hyperlink) == (FORMULA, "s", None)
    assert page["B3"].number_format == "@"


def test_a_workbook_has_typed_columns_under_a_frozen_filter(told: Station):
    page = book_of(fetch(told, "clubs.xlsx?header=keys"))["Câu lạc bộ"]
    [names, certain, uncertain] = page.iter_rows()
    column = {cell.value: cell.column - 1 for cell in names}

    assert (page.freeze_panes, page.auto_filter.ref) == ("A2", f"A1:{page.dimensions.split(':')[1]}")
    founded, unsure = certain[column["founded_on"]], uncertain[column["founded_on"]]
    assert (founded.value, founded.number_format) == (datetime(2026, 1, 15), "dd/mm/yyyy")
    assert (unsure.value, unsure.data_type) == ("../2020-10-05", "s")
    members = certain[column["members"]]
    assert (members.value, members.data_type, members.number_format) == (54, "n", "#,##0")
    assert uncertain[column["members_high"]].value is None
    assert page.column_dimensions["A"].width > 20


def test_a_workbook_says_what_its_numbers_mean(told: Station):
    answer = fetch(told, "figures.xlsx?indicator=members&by=province&lang=en&valid_at=2026-06-01")
    book = book_of(answer)
    said = {row[0]: row[1] for row in book["Definitions"].iter_rows(values_only=True) if row[1]}

    assert book.sheetnames == ["Figures", "Definitions"]
    assert (said["Indicator"], said["By"], said["Scope"]) == ("members", "province", "nation")
    assert (said["Total"], said["Total: lowest"], said["Total: highest"]) == ("54", "54", "54")
    assert (said["Code"], said["Unit"], said["Position in the log"]) == ("members", "people", "6")
    assert (said["As of the day"], said["Age limit of a count"]) == (
        "2026-06-01",
        "Counts older than 24 months",
    )
    assert said["Not counted"].startswith("Not clubs without a count")
    with told.client(told.reporting) as client:
        assert client.get(said["Permalink"]).content == answer.content


def test_what_stands_at_the_end_of_each_month_has_no_total(told: Station):
    def said(indicator: str) -> set[str]:
        book = book_of(fetch(told, f"figures.xlsx?indicator={indicator}&by=month&lang=en"))
        return {row[0] for row in book["Definitions"].iter_rows(values_only=True)}

    assert "Total" in said("meetings") and "Total" not in said("clubs")


def test_a_share_is_shown_with_both_numbers_it_is_made_of(told: Station):
    book = book_of(fetch(told, "figures.xlsx?indicator=women_share&header=keys&lang=en"))
    page = book["Figures"]
    [names, cells] = page.iter_rows()
    row = {name.value: cell for name, cell in zip(names, cells, strict=True)}

    assert row["value"].number_format == "0.0%"
    assert (row["value"].value, row["numerator"].value, row["denominator"].value) == (0.704, 38, 54)
    said = {row[0]: row[1] for row in book["Definitions"].iter_rows(values_only=True)}
    assert said["Total"] == "70.4%"


def test_money_is_shown_as_money(told: Station):
    page = book_of(fetch(told, "figures.xlsx?indicator=fund_vnd&lang=en"))["Figures"]

    assert (page["A2"].value, page["A2"].number_format) == (0, '#,##0 "₫"')


def test_figures_as_rows_sum_to_the_answer(told: Station):
    asked = "indicator=clubs&by=province&by=club&scheme=63"
    rows = rows_of(fetch(told, f"figures.csv?{asked}&header=keys"))
    total = told.get(f"reporting/v1/figures?{asked}")["total"]

    assert sum(int(row["value"]) for row in rows) == total["value"]
    assert [row["club"] for row in rows] == ["co-dien", "van-phu"]
    assert {row["province"] for row in rows} == {""}
    assert {row["unplaced"] for row in rows} == {"08 Tuyên Quang (2025-07)"}
    assert {row["candidates"] for row in rows} == {"02 Hà Giang, 08 Tuyên Quang"}


def test_who_accepts_csv_is_answered_in_csv(told: Station):
    asked = "?indicator=clubs&by=province"

    assert (
        fetch(told, f"figures{asked}", Accept="text/csv").content
        == fetch(told, f"figures.csv{asked}").content
    )
    assert "json" in fetch(told, f"figures{asked}", Accept="*/*").headers["content-type"]


def test_trainings_targets_print_and_expected_meetings_are_sheets_too(told: Station):
    [training] = rows_of(fetch(told, "trainings.csv?header=keys"))
    targets = rows_of(fetch(told, "targets.csv?header=keys"))
    [printed] = rows_of(fetch(told, "reconciliation.csv?header=keys"))
    expected = rows_of(fetch(told, "completeness.csv?month=2026-03&province=08&header=keys"))

    assert (training["planned_on"], training["held_on"]) == ("2026-05-28/2026-05-29", "2026-05-28")
    assert (training["delegates"], training["delegates_low"], training["delegates_high"]) == ("90", "91", "")
    assert {row["met"] for row in targets} <= {"đạt", "chưa đạt", "chưa rõ"} and len(targets) > 5
    assert (printed["as_of"], printed["printed_low"], printed["counted"]) == ("2024-12", "101", "0")
    assert {row["club"] for row in expected} >= {"co-dien"}


def test_every_club_is_in_the_file_however_many_there_are(station: Station):
    station.post([club_founded(f"club-{n:03}") for n in range(620)])
    station.wake()

    rows = rows_of(fetch(station, "clubs.csv?header=keys"))

    assert [row["id"] for row in rows] == [f"club-{n:03}" for n in range(620)]


@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.parametrize("sheet", SHEETS)
def test_the_same_question_at_the_same_position_gives_the_same_file(told: Station, sheet: str, format: str):
    sheet = sheet.format(format)
    then = fetch(told, sheet)
    link = then.headers["link"].removeprefix("<").partition(">")[0]
    told.post(club_founded("moi", on="2026-06-01"))
    told.wake()
    told.days_later(40)

    assert then.status_code == 200
    assert fetch(told, link.removeprefix("/v1/")).content == then.content


@pytest.mark.parametrize(
    "path",
    ["figures?indicator=clubs", "figures.csv?indicator=clubs", "clubs", "clubs.xlsx", "trainings", "targets"],
)
def test_what_is_known_is_not_sent_again(told: Station, path: str):
    first = fetch(told, path)
    tag = first.headers["etag"]
    again = fetch(told, path, **{"If-None-Match": f'"other", W/{tag}'})
    english = fetch(told, path, **{"If-None-Match": tag, "Accept-Language": "en"})
    told.post(club_founded("moi"))
    told.wake()
    later = fetch(told, path, **{"If-None-Match": tag})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (first.headers["cache-control"], english.status_code, later.status_code) == ("no-cache", 200, 200)


def test_a_permalink_may_be_kept_for_ever_and_only_that(told: Station):
    now = fetch(told, "figures?indicator=clubs&by=province")
    link = now.headers["link"]
    permalink = (
        f"/v1/figures?indicator=clubs&by=province&known_at=6&rules={RULES}&lang=vi&valid_at=2026-06-30"
    )
    kept = fetch(told, permalink.removeprefix("/v1/"))

    assert link == f'<{permalink}>; rel="canonical"'
    assert (kept.content, kept.headers["link"]) == (now.content, link)
    assert kept.headers["cache-control"] == "private, max-age=31536000, immutable"
    # Without rules, figures counted by newer ones must reach those who kept the old.
    assert fetch(told, "figures?indicator=clubs&known_at=6").headers["cache-control"] == "no-cache"


def test_what_strangers_may_read_may_be_kept_by_all(tmp_path, valkey, programme):
    station = Station(tmp_path, valkey.url, programme, public_read="clubs")
    station.post(club_founded())
    station.wake()
    answers = [fetch(station, f"clubs?known_at=1&rules={RULES}", token) for token in ("", None)]
    station.stop()

    assert [one.headers["cache-control"].split(",")[0] for one in answers] == ["public", "private"]


def test_rules_of_the_past_are_not_counted_by_any_more(told: Station):
    past = fetch(told, "figures?indicator=clubs&rules=1")
    never = fetch(told, "clubs.csv?rules=999")

    assert problem(past) == (410, "rules-retired", "/query/rules")
    assert past.json()["rules"] == RULES
    assert problem(never) == (400, "bad-question", "/query/rules")


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_sheet_asks_for_the_same_rights_as_the_answer(told: Station, sheet: str):
    path = sheet.format("csv")

    assert problem(fetch(told, path, token=""))[:2] == (401, "token-missing")


def test_a_question_that_cannot_be_answered_is_no_file(told: Station):
    assert problem(fetch(told, "figures.csv?indicator=ghosts")) == (400, "bad-question", "/query/indicator")
    assert problem(fetch(told, "clubs.csv?limit=10")) == (400, "bad-question", "/query/limit")
    assert problem(fetch(told, "targets.xlsx?province=99")) == (400, "bad-question", "/query/province")


def test_a_file_is_named_in_both_alphabets(told: Station):
    named = fetch(told, "clubs.xlsx").headers["content-disposition"]

    assert named == (
        'attachment; filename="clubs-2026-06-30.xlsx"; '
        "filename*=UTF-8''C%C3%A2u%20l%E1%BA%A1c%20b%E1%BB%99%202026-06-30.xlsx"
    )


def test_a_day_before_the_calendar_of_excel_stays_text(tmp_path):
    from services.reporting.sheets.as_xlsx import write_xlsx
    from services.reporting.sheets.sheet import Column, Sheet

    sheet = Sheet("clubs", [Column("founded_on", "date")], [[date(1900, 1, 5)], [date(1900, 3, 1)]])
    file = io.BytesIO()
    write_xlsx(sheet, file, "vi", datetime(2026, 6, 30))
    page = openpyxl.load_workbook(file)["Câu lạc bộ"]

    assert (page["A2"].value, page["A3"].value) == ("1900-01-05", datetime(1900, 3, 1))
