"""Places for forms: found by name, looked up by code."""

import pytest

from tests.builders import club_founded
from tests.station import Station, problem

TAN_PHONG = {
    "list": "2025-07",
    "code": "03408",
    "kind": "commune",
    "name": "Tân Phong",
    "type": "phường",
    "province": "12",
    "province_name": "Lai Châu",
}


def test_a_form_offers_places_and_what_became_of_old_ones(station: Station):
    with station.client(station.registry, token="") as nobody:
        answer = nobody.get("/v1/places?q=phuong tan phong&province=12&kind=commune").json()

    assert answer == {
        "items": [
            TAN_PHONG,
            TAN_PHONG
            | {"list": "pre-2025", "code": "03387", "district_name": "Lai Châu"}
            | {"successors": [TAN_PHONG | {"default": True}]},
        ]
    }


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("name=tan", "/query/name"),
        ("q=tan&list=2024", "/query/list"),
        ("kind=village", "/query/kind"),
        ("province=8", "/query/province"),
        ("province=02", "/query/province"),
        ("limit=0", "/query/limit"),
    ],
)
def test_a_question_that_cannot_be_understood_is_refused(station: Station, query: str, pointer: str):
    with station.client(station.registry, token="") as nobody:
        assert problem(nobody.get(f"/v1/places?{query}")) == (400, "bad-question", pointer)


def test_a_place_tells_what_it_is_on_the_other_map(station: Station):
    with station.client(station.registry, token="") as nobody:
        tan_phong = nobody.get("/v1/places/2025-07/03408").json()
        thai_binh = nobody.get("/v1/places/pre-2025/02494").json()
        tuyen_quang = nobody.get("/v1/places/2025-07/08").json()
        con_dao = nobody.get("/v1/places/pre-2025/755").json()

        assert problem(nobody.get("/v1/places/2025-07/02")) == (404, "not-found", "")
        assert problem(nobody.get("/v1/places/2024/08"))[:2] == (400, "bad-question")

    assert {key: tan_phong[key] for key in TAN_PHONG} == TAN_PHONG
    assert "03387" in [one["code"] for one in tan_phong["predecessors"]]
    assert [(one["code"], one["default"]) for one in thai_binh["successors"]] == [
        ("02212", False),
        ("02494", True),
    ]
    assert [one["name"] for one in tuyen_quang["predecessors"]] == ["Hà Giang", "Tuyên Quang"]
    assert [(one["name"], one["type"]) for one in con_dao["successors"]] == [("Côn Đảo", "đặc khu")]


def test_a_commune_of_another_province_is_refused_and_an_unknown_one_is_not(station: Station):
    elsewhere = club_founded("club-a", place={"list": "2025-07", "province": "12", "commune": "02494"})
    unknown = club_founded("club-b", place={"list": "2025-07", "province": "12", "commune": "99999"})

    assert problem(station.post(elsewhere)) == (422, "no-such-place", "/data/place/commune")
    assert station.post(unknown).status_code == 201


def test_a_form_offers_the_codes_of_every_list_in_both_languages(station: Station):
    lists = station.get("registry/v1/codes")

    assert len(lists["area"]) == 8
    assert lists["fund_source"]["loan_to_club"] == {"vi": "cho câu lạc bộ vay", "en": "loan to the club"}
