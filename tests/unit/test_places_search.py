"""Places as people type them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.folding import folded
from shared.places import Found, PlaceList, communes, search


def said(found: Found) -> str:
    around = [found.district_name] if found.district_name else []
    return ", ".join([f"{found.type} {found.name}", *around, found.province_name]) + f" ({found.list})"


@pytest.mark.parametrize(
    ("words", "best"),
    [
        ("Vị Xuyên", "huyện Vị Xuyên, Hà Giang (pre-2025)"),
        ("xã vị xuyên", "xã Vị Xuyên, Tuyên Quang (2025-07)"),
        ("vi xuyen", "huyện Vị Xuyên, Hà Giang (pre-2025)"),
        ("TUYEN QUANG", "tỉnh Tuyên Quang, Tuyên Quang (2025-07)"),
        ("đắk lắk", "tỉnh Đắk Lắk, Đắk Lắk (2025-07)"),
        ("dak lak", "tỉnh Đắk Lắk, Đắk Lắk (2025-07)"),
        ("Hoà Bình", "tỉnh Hòa Bình, Hòa Bình (pre-2025)"),
        ("ba ria vung tau", "tỉnh Bà Rịa - Vũng Tàu, Bà Rịa - Vũng Tàu (pre-2025)"),
        ("xa ea hleo", "xã Ea H'Leo, Đắk Lắk (2025-07)"),
        ("thai binh tuyen quang", "xã Thái Bình, Tuyên Quang (2025-07)"),
        ("tuyen quang thai binh", "xã Thái Bình, Tuyên Quang (2025-07)"),
        ("phong tan phuong lai chau", "phường Tân Phong, Lai Châu (2025-07)"),
        ("Than Thuộc", "xã Thân Thuộc, Tân Uyên, Lai Châu (pre-2025)"),
        ("Phú Thịnh, huyện Yên Sơn, tỉnh Tuyên Quang", "xã Phú Thịnh, Yên Sơn, Tuyên Quang (pre-2025)"),
        ("ba", "xã Ba, Đông Giang, Quảng Nam (pre-2025)"),
        ("xã tâ", "xã Tạ An Khương, Cà Mau (2025-07)"),
        ("xã tân", "xã Tân An, Tuyên Quang (2025-07)"),
        ("phuong 4 tan an", "phường 4, Tân An, Long An (pre-2025)"),
    ],
)
def test_a_place_is_found_as_it_is_typed(words: str, best: str):
    assert said(search(words)[0]) == best


def test_the_very_name_comes_first_then_what_begins_so_then_other_orders_then_places_around():
    names = [
        folded(found.name) for found in search("phu an", place_list="2025-07", kind="commune", limit=1000)
    ]

    in_order = [
        *(name for name in names if name == "phu an"),
        *(name for name in names if name.startswith("phu an") and name != "phu an"),
        *(name for name in names if "phu" in name and "an" in name.split() and not name.startswith("phu an")),
    ]
    assert names[: len(in_order)] == in_order
    assert {"phu an", "phuoc an", "nam an phu"} <= set(in_order)
    assert "chau phu" in names[len(in_order) :]  # Of An Giang.


def test_half_a_word_is_not_half_of_a_type():
    assert all(" phu" in " " + folded(found.name) for found in search("phu", kind="commune", limit=1000))


def test_half_a_word_finds_what_begins_with_it():
    assert "Tuyên Quang" in [found.name for found in search("tuy q", kind="province")]


@pytest.mark.parametrize(
    ("place_list", "province", "count"),
    [("pre-2025", "08", 137), ("pre-2025", "02", 193), ("2025-07", "08", 124), (None, "08", 124 + 137 + 193)],
)
def test_no_words_list_all_of_a_province(place_list: PlaceList | None, province: str, count: int):
    found = search("", place_list=place_list, province=province, kind="commune", limit=1000)

    assert len(found) == count


def test_a_code_without_a_list_is_one_of_todays_map():
    """Code 15 was Yên Bái and is Lào Cai, which now holds both."""
    assert {found.province_name for found in search("", province="15", limit=1000)} == {"Lào Cai", "Yên Bái"}
    only_yen_bai = search("", place_list="pre-2025", province="15", limit=1000)
    assert {found.province_name for found in only_yen_bai} == {"Yên Bái"}


def test_an_old_commune_tells_what_became_of_it():
    [thai_binh] = search("Thái Bình", place_list="pre-2025", province="08", kind="commune")

    assert [(one.code, one.default) for one in thai_binh.successors] == [("02212", False), ("02494", True)]


def test_no_more_than_asked_for_and_always_the_same():
    assert len(search("tan", limit=7)) == 7
    assert search("tan", limit=50)[:7] == search("tan", limit=7)
    assert search("no such place anywhere") == []


@given(st.sampled_from(sorted(communes("2025-07"))), st.sampled_from([str.upper, str.lower, folded]))
def test_every_commune_is_found_by_its_name_however_it_is_written(code: str, writing):
    commune = communes("2025-07")[code]
    typed = unicodedata.normalize("NFD", writing(commune.name))

    found = search(typed, place_list="2025-07", province=commune.province, kind="commune", limit=1000)

    assert code in [one.code for one in found]


def test_folding_knows_that_d_with_a_stroke_is_a_letter_of_its_own():
    assert folded("Đắk Lắk – HOÀ/Hòa") == "dak lak – hoa/hoa"
