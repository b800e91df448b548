"""The provinces of one map, and where a province lies on the other."""

from typing import Final, Literal

from shared.places.tables import PROVINCES, PlaceList, Province

Scheme = Literal["34", "63", "as-recorded"]

LIST_OF: Final[dict[Scheme, PlaceList]] = {"34": "2025-07", "63": "pre-2025"}


def provinces(scheme: Literal["34", "63"]) -> list[Province]:
    """All provinces of a map, in the order of their codes."""
    return [province for province in PROVINCES.values() if province.list == LIST_OF[scheme]]


def candidates(place_list: str, code: str, scheme: Literal["34", "63"]) -> list[str]:
    """The codes a province may have on the map asked for: one if it is certain, several if it was merged.

    A report from new Tuyên Quang (08) that names no commune may lie in old Tuyên Quang or in old Hà Giang.
    """
    if place_list == LIST_OF[scheme]:
        return [code]
    if scheme == "34":
        return [PROVINCES[place_list, code].now]
    return [province.code for province in provinces("63") if province.now == code]


def province_name(place_list: str, code: str) -> str:
    """The name of a province on its list."""
    return PROVINCES[place_list, code].name
