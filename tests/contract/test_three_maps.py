"""Three maps: the same clubs on that of 34 provinces, that of 63, and as they were reported."""

import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool

from services.reporting.beside import printed
from services.reporting.indicators import INDICATORS, MEASURES, Places, ShareOf
from shared.database import snapshot
from tests.builders import TUYEN_QUANG, club_founded, figure_published, meeting_held
from tests.lives import lives
from tests.reporter import Reporter

TUYEN_QUANG_CITY = {"list": "pre-2025", "province": "08", "district": "070"}
DONG_VAN = {"list": "pre-2025", "province": "02", "district": "026"}
OLD_TUYEN_QUANG = {"list": "pre-2025", "province": "08"}
SCHEMES = ("34", "63", "as-recorded")


def counts_places(code: str) -> bool:
    """Each map has communes and provinces of its own: 3,321 and 34 now, 10,035 and 63 before."""
    counted = MEASURES[code].counted
    return counts_places(counted.part) if isinstance(counted, ShareOf) else isinstance(counted, Places)


OF_THE_MAP = {code for code in INDICATORS if counts_places(code)}


@pytest.fixture
def reporter(database: Engine) -> Reporter:
    return Reporter(database)


@pytest.fixture
def two_old_provinces(reporter: Reporter) -> Reporter:
    """Four clubs in Tuyên Quang and three in Hà Giang, all of before July 2025."""
    clubs = [
        *(club_founded(f"tq-{n}", on="2019-05-01", place=OLD_TUYEN_QUANG) for n in range(3)),
        club_founded("tq-city", on="2019-05-01", place=TUYEN_QUANG_CITY),
        *(club_founded(f"hg-{n}", on="2019-05-01", place=DONG_VAN) for n in range(3)),
    ]
    return reporter.hears(*clubs)


def test_the_four_clubs_printed_in_2020_are_counted_on_the_map_of_then(two_old_provinces: Reporter):
    two_old_provinces.hears(figure_published("province:pre-2025:08", value=4, as_of="2020-10-05"))

    [row] = two_old_provinces.published()
    with snapshot(two_old_provinces.database).connect() as connection:
        counted = printed(connection, two_old_provinces.clocks(connection), row)

    assert counted is not None
    assert (row["value"], counted.value) == (4, 4)


def test_a_merged_province_is_what_its_old_ones_were(two_old_provinces: Reporter):
    def of(province: str, scheme: str) -> int:
        return two_old_provinces.figure("clubs", scope=f"province:{province}", scheme=scheme)[0]

    assert (of("08", "63"), of("02", "63"), of("08", "34")) == (4, 3, 7)


def test_a_club_of_which_only_the_merged_province_is_known_is_unplaced_on_the_old_map(
    two_old_provinces: Reporter,
):
    two_old_provinces.hears(club_founded("new", on="2026-01-15", place=TUYEN_QUANG))

    rows = two_old_provinces.ask("clubs", by="province", scheme="63")

    assert [(row["province"], row["value"]) for row in rows] == [("02", 3), ("08", 4), (None, 1)]
    assert rows[-1]["unplaced"] == {"list": "2025-07", "province": "08", "candidates": ["02", "08"]}
    assert two_old_provinces.figure("clubs", scope="province:08", scheme="63") == (4, 4, 5)
    assert two_old_provinces.figure("clubs", scope="province:08") == (8, 8, 8)


@pytest.mark.parametrize("scheme", ["63", "as-recorded"])
def test_districts_that_ended_in_2025_can_still_be_asked_for(two_old_provinces: Reporter, scheme: str):
    two_old_provinces.hears(
        meeting_held("tq-city", on="2026-03-21"), *(meeting_held(f"hg-{n}", on="2026-06-21") for n in (0, 1))
    )

    rows = two_old_provinces.ask("clubs", by="district", scheme=scheme)
    named = [(row["district"], row["district_name"], row["value"]) for row in rows]

    assert named == [("026", "huyện Đồng Văn", 3), ("070", "thành phố Tuyên Quang", 1), (None, None, 3)]
    for code, active, met in (("026", 2, 2), ("070", 0, 1)):
        scope = {"scope": f"district:{code}", "scheme": scheme}
        assert two_old_provinces.figure("active_clubs", **scope)[0] == active
        assert two_old_provinces.figure("meetings", **scope)[0] == met


@settings(max_examples=25)
@forall(lives(), st.sampled_from(["2026-02-15", "2026-05-31", "2026-06-30"]))
def test_the_nation_counts_the_same_on_every_map(sent: list[dict], day: str):
    reporter = Reporter(
        create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    )
    reporter.tries(*sent)

    for indicator in INDICATORS.keys() - OF_THE_MAP:
        totals = [reporter.ask(indicator, scheme=scheme, valid_at=day) for scheme in SCHEMES]
        assert totals[0] == totals[1] == totals[2], indicator


@settings(max_examples=10)
@forall(lives())
def test_the_provinces_of_every_map_add_up_to_the_nation(sent: list[dict]):
    reporter = Reporter(
        create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    )
    reporter.tries(*sent)

    for indicator, known in INDICATORS.items():
        [nation] = reporter.ask(indicator)
        for scheme in SCHEMES:
            if known.unit == "percent" or indicator in OF_THE_MAP:
                continue
            rows = reporter.ask(indicator, by="province", scheme=scheme)
            assert sum(row["value"] for row in rows) == nation["value"], (indicator, scheme)
            assert sum(row["low"] for row in rows) == nation["low"], (indicator, scheme)
            highs = [row["high"] for row in rows]
            assert (None if None in highs else sum(highs)) == nation["high"], (indicator, scheme)
