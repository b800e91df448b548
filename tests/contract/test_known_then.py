"""What was known then stays known, byte for byte: over HTTP, after late reports, after a rebuild, on both databases."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from services.reporting.indicators import INDICATORS
from services.reporting.rebuilding import rebuild
from shared.database import migrate
from tests.builders import club_founded, corrected, meeting_held, members_counted, of_club
from tests.servers import PostgreSQL, Valkey
from tests.station import Station

JUNE = "from=2026-06-01&to=2026-06-30"


@pytest.fixture
def stations(
    tmp_path: Path, valkey: Valkey, postgresql: PostgreSQL, programme: str
) -> Iterator[list[Station]]:
    """The same system twice, its read models in SQLite and in PostgreSQL."""
    made = []
    for name, database in (("sqlite", f"sqlite:///{tmp_path}/read.sqlite"), ("pg", postgresql.database())):
        migrate(database, "reporting")
        folder = tmp_path / name
        folder.mkdir()
        made.append(Station(folder, valkey.url, programme + name, reporting_database_url=database))
    yield made
    for station in made:
        station.stop()


def report(stations: list[Station], *sent: dict[str, Any]) -> None:
    for station in stations:
        answer = station.post(list(sent)).raise_for_status().json()
        assert answer["counts"] == {"accepted": len(sent)}
        station.wake()


def asked(station: Station, query: str) -> bytes:
    with station.client(station.reporting) as client:
        return bytes(client.get(f"/v1/figures?{query}").raise_for_status().content)


def every_figure(station: Station, known_at: int) -> str:
    """The hash of all answers of that position, of the nation and by province on each map."""
    questions = (
        f"indicator={code}&by={by}&scheme={scheme}&known_at={known_at}"
        for code in INDICATORS
        for by, scheme in (("nation", "34"), ("province", "63"), ("province", "as-recorded"))
    )
    return sha256(b"\n".join(asked(station, query) for query in questions)).hexdigest()


def test_a_meeting_of_june_that_arrives_in_august_is_in_june_today_and_not_in_what_was_known(
    stations: list[Station],
):
    report(stations, club_founded(members={"women": 38, "men": 16}), meeting_held(on="2026-06-07"))
    then = f"indicator=meetings&by=month&{JUNE}&known_at=2026-06-30T10:00:00%2B07:00"
    for station in stations:
        station.days_later(1)
    before = [asked(station, then) for station in stations]

    for station in stations:
        station.days_later(40)
    report(stations, meeting_held(on="2026-06-21"))

    for station in stations:
        june = station.get(f"reporting/v1/figures?indicator=meetings&by=month&{JUNE}")
        assert [(row["period"], row["value"]) for row in june["rows"]] == [("2026-06", 2)]
    assert [asked(station, then) for station in stations] == before


def test_all_figures_of_a_position_are_the_same_bytes_for_ever_and_on_both_databases(stations: list[Station]):
    founding = club_founded(
        "club-a", on="2026-01-15", members={"women": 38, "men": 16, "60_plus": 36, "poor": 5}
    )
    report(
        stations,
        founding,
        club_founded("club-b", on="2026-03", place={"list": "pre-2025", "province": "02"}),
        meeting_held("club-a", on="2026-06-07", areas=["culture"]),
        of_club("care.reported", "club-a", period="2026-05", volunteers=10, cared_for=6, visits=48),
        of_club(
            "fund.received",
            "club-b",
            occurred_on="2026-04-02",
            fund="income",
            source="budget",
            amount_vnd=100,
        ),
    )
    position = 5
    before = [every_figure(station, position) for station in stations]
    assert before[0] == before[1]

    for station in stations:
        station.days_later(40)
    report(
        stations,
        meeting_held("club-b", on="2026-06-21"),
        members_counted("club-a", on="2026-05-01", total=80),
        corrected(founding, place={"list": "2025-07", "province": "12"}),
    )

    assert [every_figure(station, position) for station in stations] == before
    for station in stations:
        desk = station.reporting_desk
        assert rebuild(desk.log, desk.follower) == 8
    assert [every_figure(station, position) for station in stations] == before
    assert every_figure(stations[0], 8) != before[0]
