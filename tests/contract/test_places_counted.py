"""Communes and provinces with a club: by terrain, on each map, never more than there are."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from services.reporting.asking import read_question
from services.reporting.changes import changes
from services.reporting.figures import figures
from shared.database import snapshot
from shared.places import communes
from shared.places.terrain import add_terrain
from tests.builders import LAI_CHAU, club_founded
from tests.reporter import Reporter
from tests.station import Station

OLD_HA_GIANG = {"list": "pre-2025", "province": "02", "commune": "00913"}
HERE = {
    "list": "2025-07",
    "province": "08",
    "commune": min(c for c, one in communes("2025-07").items() if one.province == "08"),
}
PHU_QUOC = {"list": "2025-07", "province": "91", "commune": "31078"}
CLUBS = {"a": PHU_QUOC, "b": PHU_QUOC, "c": LAI_CHAU}


@pytest.fixture
def reporter(database: Engine) -> Reporter:
    return Reporter(database)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    add_terrain(None)


def test_an_island_with_a_club_is_one_and_what_nobody_said_may_be(reporter: Reporter):
    reporter.hears(club_founded("a", place=PHU_QUOC), club_founded("b", place=HERE))

    assert reporter.figure("island_communes_with_club") == (1, 1, 2)
    assert reporter.figure("lowland_communes_with_club") == (0, 0, 1)
    assert reporter.figure("mountain_communes_with_club") == (1, 1, 2)
    assert reporter.figure("island_communes") == (13, 13, 3321)
    assert reporter.figure("communes_with_club") == (2, 2, 2)


def test_with_a_list_the_lowlands_are_told_from_the_mountains(reporter: Reporter, tmp_path: Path):
    listed = tmp_path / "terrain.csv"
    listed.write_text(f"code,terrain\n{HERE['commune']},mountain\n", encoding="utf-8")
    add_terrain(listed)
    reporter.hears(club_founded("a", place=HERE))

    assert reporter.figure("mountain_communes_with_club") == (1, 1, 1)
    assert reporter.figure("lowland_communes_with_club") == (0, 0, 0)
    assert reporter.figure("mountain_communes")[:2] == (14, 14)


def test_a_province_with_clubs_counts_once_on_each_map(reporter: Reporter):
    reporter.hears(
        club_founded("a", place=OLD_HA_GIANG),
        club_founded("b", place={"list": "2025-07", "province": "08"}),
        club_founded("c", place=LAI_CHAU),
    )

    assert reporter.figure("provinces_with_club") == (2, 2, 2)
    assert reporter.figure("provinces_with_club", scheme="63") == (2, 2, 3)
    assert reporter.figure("provinces") == (34, 34, 34)
    assert reporter.figure("provinces", scheme="63") == (63, 63, 63)
    assert reporter.figure("communes", scope="province:12") == (38, 38, 38)


def test_the_changes_of_places_are_those_of_the_figure(reporter: Reporter):
    reporter.hears(
        club_founded("a", place=PHU_QUOC),
        club_founded("b", place=PHU_QUOC),
        club_founded("c", place=LAI_CHAU),
    )

    with snapshot(reporter.database).connect() as connection:
        for code in ("island_communes_with_club", "provinces_with_club", "communes"):
            clocks = reporter.clocks(connection)
            question = read_question(code, ["nation"], None, None, "nation", "34", clocks)
            found = changes(connection, question, 0)
            assert found.after.range == figures(connection, question)[1].range
            assert {2} & set(found.by_position) == set()


def test_an_answer_by_terrain_names_its_list(station: Station):
    station.post(club_founded(place=PHU_QUOC))
    station.wake()

    share = station.get("reporting/v1/figures?indicator=island_communes_with_club_share")

    assert share["terrain"] is None
    assert share["total"]["numerator"]["value"], share["total"]["denominator"]["value"] == (1, 13)
    assert "terrain" not in station.get("reporting/v1/figures?indicator=communes_with_club")
