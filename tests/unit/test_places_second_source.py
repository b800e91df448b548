"""Our tables beside a second source, made by others from the list of the National Statistics Office.

The package is under the GPL: it is read here and nowhere else. Where the two differ, the difference stands here.
"""

import unicodedata
from typing import Any

import pytest
from vietnam_provinces import Ward, legacy
from vietnam_provinces import _lookup as their_provinces
from vietnam_provinces._province_conversion_2025 import OLD_TO_NEW as PROVINCES_TO_NEW
from vietnam_provinces._ward_conversion_2025 import OLD_TO_NEW

from shared.places import PROVINCES, communes, districts, provinces, successors

_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}

# Old commune -> what only our table says, what only theirs says, and why.
PAIRS_THAT_DIFFER: dict[str, tuple[set[str], set[str], str]] = {
    "00553": (set(), {"00562"}, "Cổ Bi: they give a fourth part to Thuận An, we give one of Đặng Xá"),
    "00556": ({"00562"}, set(), "Đặng Xá: we give a part to Thuận An, they give one of Cổ Bi"),
    "01615": (set(), {"01648"}, "Hồng Quang: only they know of a part in Phục Hòa"),
    "02485": (set(), {"02494"}, "Công Đa: only they know of a part in Thái Bình"),
    "09013": (set(), {"09817"}, "Văn Khê: only they know of a part in Ô Diên"),
    "23053": ({"23041"}, set(), "Hòa Thắng: only we know of a part in Hồng Thái"),
    "28036": ({"28087"}, set(), "Thủ Thừa: only we know of a part in Nhựt Tảo"),
    "01651": ({"01648"}, set(), "Mỹ Hưng: they have no successor"),
    "02482": ({"02494"}, set(), "Phú Thịnh: they have no successor"),
}
# Merged or renumbered between their list of 4 January 2025 and ours: a report with one needs a person.
ONLY_ON_THEIR_OLD_LIST = {
    "03751", "03898", "03913", "03988", "03991", "04003", "04060",  # Sơn La
    "07693", "07732", "07744",  # Bắc Giang
    "16387", "16411", "18448", "20176", "20674",  # Thanh Hóa, Hà Tĩnh, Huế, Quảng Nam
    "25102", "25174", "25177", "25186",  # Lâm Đồng
    "26935", "26959", "27067", "27217", "27223", "27361", "27379",  # Hồ Chí Minh
}  # fmt: skip
# What they were made into: on our list, with successors on both.
ONLY_ON_OUR_OLD_LIST = {
    "03980", "03983", "03984",  # Sơn La
    "26929", "26953", "27076", "27226", "27232", "27367", "27373",  # Hồ Chí Minh
}  # fmt: skip
CITIES_SINCE = {
    "22": "Quảng Ninh",
    "24": "Bắc Ninh",
    "75": "Đồng Nai",
}  # Cities on 20/9/2026, not on 1/7/2025.


def plain(name: str) -> str:
    """Small letters, and the tone of a syllable behind it: Hoà and Hòa are one name."""
    syllables = unicodedata.normalize("NFD", name.lower()).split()
    return " ".join(
        "".join(c for c in syllable if c not in _TONES) + "".join(c for c in syllable if c in _TONES)
        for syllable in syllables
    )


def by_code(units: Any, digits: int) -> dict[str, Any]:
    return {f"{int(unit.code):0{digits}}": unit for unit in units}


def test_all_present_communes_have_the_same_code_province_and_name():
    theirs = {
        code: (f"{int(ward.province_code):02}", plain(ward.name))
        for code, ward in by_code(Ward.iter_all(), 5).items()
    }
    ours = {
        code: (commune.province, plain(f"{commune.type} {commune.name}"))
        for code, commune in communes("2025-07").items()
    }

    assert len(theirs) == 3_321
    assert ours == theirs


def test_the_old_communes_differ_only_by_the_day_of_the_list():
    theirs = by_code(legacy.Ward.iter_all(), 5)
    ours = communes("pre-2025")

    assert theirs.keys() - ours.keys() == ONLY_ON_THEIR_OLD_LIST
    assert ours.keys() - theirs.keys() == ONLY_ON_OUR_OLD_LIST
    for code in theirs.keys() & ours.keys():
        district = theirs[code].district_code
        assert (ours[code].province, ours[code].district) == (
            f"{int(theirs[code].province_code):02}",
            f"{int(district):03}",
        )


def test_the_districts_are_the_same():
    theirs = by_code(legacy.District.iter_all(), 3)

    assert {code: one.province for code, one in districts().items()} == {
        code: f"{int(one.province_code):02}" for code, one in theirs.items()
    }


def test_the_provinces_are_the_same_but_for_three_that_became_cities_since():
    theirs = by_code(their_provinces.PROVINCE_MAPPING.values(), 2)
    ours = {one.code: one for one in provinces("34")}

    different = {
        code for code, one in ours.items() if plain(f"{one.type} {one.name}") != plain(theirs[code].name)
    }

    assert theirs.keys() == ours.keys()
    assert different == CITIES_SINCE.keys()
    assert {code: theirs[code].name for code in different} == {
        code: f"Thành phố {name}" for code, name in CITIES_SINCE.items()
    }


def test_every_old_province_went_to_the_same_one():
    """Their old 82, Tiền Giang, goes to two: their commune 27691 of Long An stands under 82 by mistake."""
    theirs = {
        f"{old:02}": {f"{new.code:02}" for new in entry.new_provinces}
        for old, entry in PROVINCES_TO_NEW.items()
    }

    different = {code: new for code, new in theirs.items() if new != {PROVINCES["pre-2025", code].now}}

    assert theirs.keys() == {one.code for one in provinces("63")}
    assert different == {"82": {"80", "82"}}


def test_every_old_commune_went_to_the_same_ones():
    theirs = {f"{old:05}": {f"{new.code:05}" for new in entry.new_wards} for old, entry in OLD_TO_NEW.items()}
    ours = {old: {new.code for new in successors(old)} for old in communes("pre-2025")}

    different = {
        old: (only_ours, only_theirs)
        for old in ours.keys() | theirs.keys()
        if (only_ours := ours.get(old, set()) - theirs.get(old, set()))
        | (only_theirs := theirs.get(old, set()) - ours.get(old, set()))
    }

    assert different == {old: (mine, yours) for old, (mine, yours, _why) in PAIRS_THAT_DIFFER.items()}


@pytest.mark.parametrize("old", sorted(PAIRS_THAT_DIFFER))
def test_where_they_differ_we_still_have_an_answer(old: str):
    assert successors(old)
