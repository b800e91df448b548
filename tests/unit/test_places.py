"""Places on two lists of provinces."""

import pytest

from shared.places import PROVINCES, Place, candidates, provinces


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
    ],
)
def test_a_place_that_is_not_on_its_list_cannot_be_true(place: Place, wrong: tuple[str, ...]):
    assert place.contradictions() == wrong
