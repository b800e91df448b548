"""Where things happen: the place as reported, on the map of its day, and the province it lies in on another map.

63 provinces became 34 on 1 July 2025. Seven codes changed their meaning that day (15 was Yên Bái and is Lào
Cai), so a code never stands without its list. `provinces.csv` holds both lists and where each old province went
(Resolution 202/2025/QH15; codes of the General Statistics Office). Provenance: docs/decisions/0009.
"""

import csv
from dataclasses import dataclass
from importlib.resources import files
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

PlaceList = Literal["pre-2025", "2025-07"]
Scheme = Literal["34", "63", "as-recorded"]

Note = Annotated[str, StringConstraints(min_length=1, max_length=500)]


@dataclass(frozen=True, slots=True)
class Province:
    """A province or centrally run city on one of the two lists; `now` is its code since 1 July 2025."""

    list: str
    code: str
    name: str
    now: str


def _read() -> dict[tuple[str, str], Province]:
    table = files(__package__).joinpath("provinces.csv").read_text(encoding="utf-8")
    return {(row["list"], row["code"]): Province(**row) for row in csv.DictReader(table.splitlines())}


PROVINCES: Final = _read()
_LIST_OF: Final[dict[Scheme, PlaceList]] = {"34": "2025-07", "63": "pre-2025"}


class Place(BaseModel):
    """A place as reported, down to the village where the club sits.

    `list` says whose codes these are: `pre-2025` (63 provinces) or `2025-07` (34). Districts ended on 1 July 2025.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    list: PlaceList
    province: Annotated[
        str, Field(pattern=r"^\d{2}$", description="General Statistics Office code, two digits.")
    ]
    district: Annotated[str | None, Field(pattern=r"^\d{3}$")] = None
    commune: Annotated[str | None, Field(pattern=r"^\d{5}$")] = None
    village: Annotated[str | None, StringConstraints(min_length=1, max_length=200)] = None
    as_written: Annotated[Note | None, Field(description="The place in the words of the source.")] = None

    def contradictions(self) -> tuple[str, ...]:
        """The fields that cannot be true: a province its list does not have, a district after they ended."""
        if (self.list, self.province) not in PROVINCES:
            return ("province",)
        return ("district",) if self.list == "2025-07" and self.district else ()

    @property
    def province_now(self) -> str:
        """The code of its province on today's map. Every old province went to exactly one new one."""
        return PROVINCES[self.list, self.province].now


def provinces(scheme: Literal["34", "63"]) -> list[Province]:
    """All provinces of a map, in the order of their codes."""
    return [province for province in PROVINCES.values() if province.list == _LIST_OF[scheme]]


def candidates(place_list: str, code: str, scheme: Literal["34", "63"]) -> list[str]:
    """The codes a province may have on the map asked for: one if it is certain, several if it was merged.

    A report from new Tuyên Quang (08) that names no commune may lie in old Tuyên Quang or in old Hà Giang.
    """
    if place_list == _LIST_OF[scheme]:
        return [code]
    if scheme == "34":
        return [PROVINCES[place_list, code].now]
    return [province.code for province in provinces("63") if province.now == code]


def province_name(place_list: str, code: str) -> str:
    """The name of a province on its list."""
    return PROVINCES[place_list, code].name
