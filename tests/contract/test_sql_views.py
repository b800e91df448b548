"""The SQL schema: the questions of docs/sql.md have the answers of `/v1/figures`, on SQLite and on PostgreSQL."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import ProgrammingError

from services.reporting.indicators import INDICATORS
from services.reporting.odata.sets import ENTITY_SETS
from services.reporting.views import SUMMED, VIEWS
from shared.database import engine, migrate
from tests.builders import (
    LAI_CHAU,
    club_founded,
    corrected,
    dissolved,
    meeting_held,
    members_counted,
    of_club,
    training_held,
    training_planned,
    withdrawn,
)
from tests.station import Station

PAGE = Path("docs/sql.md").read_text()
BLOCKS = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
QUESTIONS = [block for block in BLOCKS if block.startswith(("--", "SELECT"))]
[GRANTS] = [block for block in BLOCKS if block not in QUESTIONS]
NGOC_DUONG = {"list": "2025-07", "province": "08", "commune": "00700"}
AMOUNTS = ("value", "low", "high", "certain")

Row = dict[str, Any]


@pytest.fixture
def station(tmp_path, valkey, programme, database_url: str) -> Iterator[Station]:
    migrate(database_url, "reporting")
    made = Station(tmp_path, valkey.url, programme, reporting_database_url=database_url)
    counted_wrong = meeting_held("club-a", on="2026-02-14")
    sent = made.post(
        [
            club_founded("club-a", on="2024-03-01", members={"women": 38, "men": 16}, place=NGOC_DUONG),
            club_founded("club-b", on="../2020-10-05", place=LAI_CHAU, members={"total": {"more_than": 40}}),
            club_founded("club-c", on="2025-08", place=NGOC_DUONG),
            club_founded("club-d", on="2024", place={"list": "pre-2025", "province": "02"}),
            members_counted("club-a", on="2026-03-01", total={"less_than": 60}),
            dissolved("club-c", on="2026-05"),
            meeting_held("club-a", on="2026-03-21"),
            meeting_held("club-a", on="2026-04-21"),
            meeting_held("club-b", on="2026-04-02/2026-04-03"),
            meeting_held("club-d", on="2025"),
            counted_wrong,
            withdrawn(counted_wrong),
            of_club(
                "fund.received",
                "club-a",
                occurred_on="2026-03-02",
                fund="income",
                source="project",
                amount_vnd=900_000,
            ),
            of_club(
                "fund.spent",
                "club-a",
                occurred_on="2026-04-02",
                fund="income",
                purpose="visit_sick",
                amount_vnd=200_000,
            ),
            training_held("t-1", on="2024-05-28", delegates={"total": {"more_than": 90}}),
            held := training_held("t-2", on="2024-11", delegates={"total": 60}),
            corrected(held, delegates={"total": 61}),
            training_planned("t-3", on="2026-07-01"),
        ]
    )
    assert sent.json()["counts"] == {"accepted": 18}
    made.wake()
    yield made
    made.stop()


@pytest.fixture
def reading(station: Station) -> Iterator[Engine]:
    made = engine(station.settings.reporting_database)
    yield made
    made.dispose()


def test_the_questions_of_the_page_have_the_answers_of_the_figures(station: Station, reading: Engine):
    compared = 0
    for question in QUESTIONS:
        rows = answers(reading, question)
        address = re.match(r"-- (/\S+)", question)
        if address is None:
            assert [row["id"] for row in rows] == ["club-d"]  # Its only meeting was in 2025.
            continue
        figures = station.get(f"reporting{address[1]}")["rows"]
        columns = rows[0].keys() & figures[0].keys()
        assert "value" in columns
        assert some(rows, columns) == some(figures, columns), question
        assert some(rows, columns), "an answer of zeros shows nothing"
        compared += 1
    assert compared == 6


def test_every_indicator_has_the_same_months_as_the_figures(station: Station, reading: Engine):
    assert not {"communes_with_club", "active_clubs", "women_share"} & {one.code for one in SUMMED}
    for code in (one.code for one in SUMMED):
        months = "kind = 'flow' OR period >= '2024-01'"
        kept = f"SELECT * FROM ishc_figures_monthly WHERE indicator = '{code}' AND ({months})"
        since = "" if INDICATORS[code].kind == "flow" else "&from=2024-01-01"
        figures = station.get(f"reporting/v1/figures?indicator={code}&by=province,month{since}")["rows"]

        columns = {"province", "period", *AMOUNTS}
        assert some(answers(reading, kept), columns) == some(figures, columns), code


def test_the_nation_adds_up_with_its_bounds(station: Station, reading: Engine):
    for code in ("clubs", "members", "new_clubs", "delegates", "fund_vnd"):
        kept = (
            f"SELECT * FROM ishc_national_figures_monthly WHERE indicator = '{code}' AND period >= '2024-01'"
        )
        figures = station.get(f"reporting/v1/figures?indicator={code}&by=month&from=2024-01-01")["rows"]

        columns = {"period", *AMOUNTS}
        assert some(answers(reading, kept), columns) == some(
            [row for row in figures if row["period"]], columns
        )


@pytest.mark.parametrize(("view", "table"), [("ishc_clubs", "Clubs"), ("ishc_trainings", "Trainings")])
def test_the_views_show_what_the_feed_shows(station: Station, reading: Engine, view: str, table: str):
    rows = answers(reading, f"SELECT * FROM {view} ORDER BY id")
    feed = station.get(f"reporting/odata/v4/{table}")["value"]

    assert rows[0].keys() <= ENTITY_SETS[table].by_name.keys()
    assert rows == [{name: row[name] for name in rows[0]} for row in feed]


def test_the_page_names_the_columns_the_views_have(station: Station, reading: Engine):
    told = dict(re.findall(r"^\| `(ishc_\w+)` \| [^|]+ \| (.*) \|$", PAGE, re.MULTILINE))
    named = {view: re.findall(r"`([a-z_0-9]+)`(?: \([^)]*\))?", words) for view, words in told.items()}

    with reading.connect() as connection:
        has = {view: list(connection.execute(text(f"SELECT * FROM {view}")).keys()) for view in VIEWS}
    assert named == has


def test_the_reader_of_the_page_reads_the_views_and_nothing_else(postgresql):
    url = postgresql.database()
    migrate(url, "reporting")
    owner = create_engine(url)
    try:
        with owner.begin() as connection:
            connection.execute(text(GRANTS))
        with owner.connect() as connection:
            connection.execute(text("SET ROLE ishc_reader"))
            for view in VIEWS:
                assert connection.execute(text(f"SELECT * FROM {view}")) is not None
            with pytest.raises(ProgrammingError, match="permission denied"):
                connection.execute(text("SELECT * FROM clubs"))
        with owner.connect() as connection:
            described = connection.scalar(text("SELECT obj_description('ishc_clubs'::regclass)"))
        assert "Câu lạc bộ" in described and "Clubs" in described
    finally:
        with owner.begin() as connection:
            connection.execute(text("DROP OWNED BY ishc_reader; DROP ROLE ishc_reader"))
        owner.dispose()


def answers(reading: Engine, question: str) -> list[Row]:
    """The rows, with days as the JSON writes them."""
    with reading.connect() as connection:
        return [
            {name: day.isoformat() if isinstance(day, date) else day for name, day in row._mapping.items()}
            for row in connection.execute(text(question))
        ]


def some(rows: list[Row], columns: set[str]) -> list[Row]:
    """The rows that are not all zero, with these columns, in one order."""
    shown = [
        {name: row[name] for name in sorted(columns)} for row in rows if row["value"] or row.get("high") != 0
    ]
    return sorted(shown, key=repr)
