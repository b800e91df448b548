"""Places on two lists of provinces, districts and communes."""

import hashlib
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from shared.places import (
    PROVINCES,
    Place,
    Resolution,
    candidates,
    communes,
    communes_now,
    districts,
    look_up,
    predecessors,
    provinces,
    provinces_before,
    resolve,
    settled,
    successors,
)
from shared.places.making import Pair, as_csv, make_tables, without_namesakes

TABLES = Path("shared/places")
ISLANDS = {"318": "11948", "471": "19742", "498": "20333", "536": "21548", "755": "26732"}


def old(province: str, commune: str | None = None, **more: Any) -> Place:
    return Place(list="pre-2025", province=province, commune=commune, **more)


def now(province: str, commune: str | None = None, **more: Any) -> Place:
    return Place(list="2025-07", province=province, commune=commune, **more)


def test_sixty_three_provinces_became_thirty_four():
    assert len(provinces("63")) == 63
    assert len(provinces("34")) == 34
    assert {province.now for province in provinces("63")} == {province.code for province in provinces("34")}


@pytest.mark.parametrize(
    ("code", "then", "now"),
    [("15", "Yên Bái", "Lào Cai"), ("24", "Bắc Giang", "Bắc Ninh"), ("44", "Quảng Bình", "Quảng Trị"),
     ("52", "Bình Định", "Gia Lai"), ("80", "Long An", "Tây Ninh"), ("82", "Tiền Giang", "Đồng Tháp"),
     ("91", "Kiên Giang", "An Giang")],
)  # fmt: skip
def test_a_code_means_nothing_without_its_list(code: str, then: str, now: str):
    assert PROVINCES["pre-2025", code].name == then
    assert PROVINCES["2025-07", code].name == now


def test_old_ha_giang_lies_in_new_tuyen_quang():
    assert Place(list="pre-2025", province="02").province_now == "08"


def test_a_merged_province_may_be_any_of_its_old_ones():
    assert candidates("2025-07", "08", "63") == ["02", "08"]
    assert candidates("2025-07", "12", "63") == ["12"]
    assert candidates("pre-2025", "02", "34") == ["08"]


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (Place(list="2025-07", province="02"), ("province",)),
        (Place(list="pre-2025", province="99"), ("province",)),
        (Place(list="2025-07", province="08", district="072"), ("district",)),
        (Place(list="pre-2025", province="08", district="072"), ()),
        (now("12", commune="02494"), ("commune",)),
        (old("02", commune="02494"), ("commune",)),
        (old("12", district="075"), ("district",)),
        (old("12", commune="02494", district="075"), ("commune", "district")),
        (now("08", commune="99999"), ()),
        (old("08", commune="99999", district="999"), ()),
    ],
)
def test_a_place_that_is_not_on_its_list_cannot_be_true(place: Place, wrong: tuple[str, ...]):
    assert place.contradictions() == wrong


@pytest.mark.parametrize(
    ("place", "doubtful"),
    [
        (old("08", "02494", district="075"), ()),
        (old("08", "99999", district="999"), ("commune", "district")),
        (old("08", "02494", district="074"), ("district",)),
        (now("08", "02482"), ("commune",)),
        (now("08", "02494"), ()),
        (now("08"), ()),
    ],
)
def test_a_code_our_lists_do_not_have_is_only_doubtful(place: Place, doubtful: tuple[str, ...]):
    assert place.doubts() == doubtful
    assert place.contradictions() == ()


def test_the_lists_have_as_many_places_as_the_state_counted():
    assert (len(communes("pre-2025")), len(districts()), len(communes("2025-07"))) == (10_035, 696, 3_321)
    assert Counter(commune.type for commune in communes("2025-07").values()) == {
        "xã": 2_621,
        "phường": 687,
        "đặc khu": 13,
    }
    assert {commune.type for commune in communes("pre-2025").values()} == {"xã", "phường", "thị trấn"}
    assert {province.type for province in PROVINCES.values()} == {"tỉnh", "thành phố"}


def test_every_place_lies_in_one_that_its_list_has():
    for place_list in ("pre-2025", "2025-07"):
        assert {(place_list, one.province) for one in communes(place_list).values()} <= PROVINCES.keys()
    for commune in communes("pre-2025").values():
        assert districts()[commune.district or ""].province == commune.province


def test_every_old_commune_is_resolved_to_one_that_exists():
    how = Counter()
    for commune in communes("pre-2025").values():
        found = resolve(old(commune.province, commune.code))
        how[found.how] += 1
        assert found.commune in found.candidates
        assert set(found.candidates) <= communes("2025-07").keys()
        assert {communes("2025-07")[code].province for code in found.candidates} == {found.province}

    assert how == {"exact": 9_593, "split_default": 442}


def test_no_present_commune_was_made_across_the_border_of_old_provinces():
    assert {len(provinces_before(code)) for code in communes("2025-07")} == {1}


def test_old_and_new_communes_know_each_other():
    for code in communes("2025-07"):
        for was in predecessors(code):
            assert code in [successor.code for successor in successors(was)]


@pytest.mark.parametrize(
    ("place", "resolution"),
    [
        # Same name, other code; other name, other code; same code, more land.
        (old("12", "03387"), Resolution("12", "03408", "exact", ("03408",), ("12",))),
        (old("12", "03604"), Resolution("12", "03598", "exact", ("03598",), ("12",))),
        (old("02", "00913"), Resolution("08", "00913", "exact", ("00913",), ("02",))),
        # Phú Thịnh is in our table; other lists do not know where it went.
        (old("08", "02482"), Resolution("08", "02494", "exact", ("02494",), ("08",))),
        (old("08", "02494"), Resolution("08", "02494", "split_default", ("02212", "02494"), ("08",))),
        # Phường 4 of Tân An is in Long An and went to Long An; its namesake of Tây Ninh did not.
        (old("80", "27691"), Resolution("80", "27694", "exact", ("27694",), ("80",))),
        (old("72", "25462"), Resolution("80", "25459", "exact", ("25459",), ("72",))),
        (old("87", "29902"), Resolution("82", "29905", "exact", ("29905",), ("87",))),
        (now("08", "00913"), Resolution("08", "00913", "exact", ("00913",), ("02",))),
        (now("08", "02494"), Resolution("08", "02494", "exact", ("02494",), ("08",))),
        (now("08"), Resolution("08", None, "province_only", (), ("02", "08"))),
        (now("08", "02482"), Resolution("08", None, "unknown_commune", (), ("02", "08"))),
        (old("02"), Resolution("08", None, "province_only", (), ("02",))),
        (old("02", "99999"), Resolution("08", None, "unknown_commune", (), ("02",))),
        (
            old("12", district="106"),
            Resolution(
                "12", None, "province_only", ("03390", "03394", "03405", "03408", "03424", "03430"), ("12",)
            ),
        ),
        # A commune of another province is a contradiction; what was recorded before we knew is not lost.
        (old("12", "02494"), Resolution("12", None, "unknown_commune", (), ("12",))),
    ],
)
def test_a_place_is_found_on_the_other_map(place: Place, resolution: Resolution):
    assert resolve(place) == resolution


def test_an_island_district_became_one_commune_as_a_whole():
    assert {code: one.became for code, one in districts().items() if one.became} == ISLANDS
    for code, became in ISLANDS.items():
        island = districts()[code]
        found = resolve(old(island.province, district=code))
        assert (found.commune, found.how, found.candidates) == (became, "exact", (became,))
        assert provinces_before(became) == (island.province,)
        assert communes("2025-07")[became].type == "đặc khu"


def test_every_district_leads_to_present_communes_of_its_province():
    for code, district in districts().items():
        there = {communes("2025-07")[commune].province for commune in communes_now(code)}
        assert there == {PROVINCES["pre-2025", district.province].now}


def test_a_person_decides_where_the_table_cannot():
    split = old("08", "02494")

    assert settled(split, now("08", "02212")) == Resolution("08", "02212", "manual", ("02212",), ("08",))
    assert settled(now("08"), now("08", "00913")) == Resolution("08", "00913", "manual", ("00913",), ("02",))


def test_a_place_is_found_by_its_code():
    tan_phong = look_up("pre-2025", "03387")

    assert tan_phong is not None
    assert (tan_phong.type, tan_phong.name, tan_phong.district_name) == ("phường", "Tân Phong", "Lai Châu")
    assert look_up("2025-07", "02") is None


def test_the_communes_are_not_read_before_they_are_needed():
    """Asked in a process of its own: here other tests have read them."""
    asked = (
        "import services.registry.api\n"
        "from shared.places import communes, Place\n"
        "Place(list='2025-07', province='08').contradictions()\n"
        "print(communes.cache_info().currsize)"
    )

    assert subprocess.check_output([sys.executable, "-c", asked], text=True) == "0\n"


def test_the_tables_are_those_the_script_made():
    said = dict(
        re.findall(r"([0-9a-f]{64})  shared/places/(\w+\.csv)", (TABLES / "PROVENANCE.md").read_text())
    )

    made = {table.name: hashlib.sha256(table.read_bytes()).hexdigest() for table in TABLES.glob("*.csv")}

    assert {name: sum for sum, name in said.items()} == made


def test_a_split_commune_does_not_get_the_land_of_its_namesake():
    pairs = [
        Pair("00001", "00001", True),
        Pair("00002", "00001", False),  # Split: but 00001 lies in the other old province, with its namesake.
        Pair("00002", "00003", False),
        Pair("00004", "00003", True),
        Pair("00005", "00003", True),  # Really split.
        Pair("00005", "00006", False),
    ]
    province_of = {"00001": "93", "00002": "94", "00004": "94", "00005": "94"}

    assert without_namesakes(pairs, province_of) == [
        Pair("00001", "00001", True),
        Pair("00002", "00003", True),
        *pairs[3:],
    ]


def test_the_script_reads_names_and_types_from_what_is_written():
    vi_xuyen = {"provinceKey": "tinhhagiang", "districtKey": "huyenvixuyen", "wardKey": "xavixuyen"}
    rows = [
        vi_xuyen
        | {
            "province": "Tỉnh Hà Giang",
            "provinceCode": "02",
            "district": "Thị Xã Vị Xuyên",
            "districtCode": "030",
        }
        | {"ward": "Thị trấn Vị Xuyên", "wardCode": "00913"}
    ]
    new = [{"provinceKey": "tinhtuyenquang", "wardKey": "xavixuyen", "province": "Tỉnh Tuyên Quang"}]
    new[0] |= {"provinceCode": "08", "ward": "Xã Vị Xuyên", "wardCode": "00913"}
    moves = {
        "DICT_PROVINCE": {"tinhtuyenquang": ["tinhhagiang"]},
        "DICT_PROVINCE_WARD_NO_DIVIDED": {
            "tinhtuyenquang": {"xavixuyen": ["tinhhagiang_huyenvixuyen_xavixuyen"]}
        },
        "DICT_PROVINCE_WARD_DIVIDED": {},
    }

    assert {
        name: as_csv(table).splitlines()[1:] for name, table in make_tables(rows, new, moves).items()
    } == {
        "provinces.csv": ["pre-2025,02,Hà Giang,tỉnh,08", "2025-07,08,Tuyên Quang,tỉnh,08"],
        "districts.csv": ["030,Vị Xuyên,thị xã,02,"],
        "communes_pre_2025.csv": ["00913,Vị Xuyên,thị trấn,02,030"],
        "communes_2025_07.csv": ["00913,Vị Xuyên,xã,08"],
        "successors.csv": ["00913,00913,1"],
    }
