"""Where a place lies on three maps, by the tables alone."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from shared import places

Place = dict[str, Any]  # As a report tells it.


class Spot(NamedTuple):
    """A place as recorded, on today's map, and where on the old one it may have been."""

    list: str
    province: str
    now: str
    old: tuple[str, ...]
    district: str | None
    commune: str | None
    commune_now: str | None

    def provinces(self, scheme: str) -> tuple[str, ...]:
        """The provinces it may lie in on a map."""
        return {"34": (self.now,), "63": self.old, "as-recorded": (self.province,)}[scheme]

    def commune_on(self, scheme: str) -> str | None:
        """Its commune on a map, if that can be told."""
        if scheme == "34":
            return self.commune_now
        return self.commune if scheme == "as-recorded" or self.list == "pre-2025" else None

    def key(self, by: str, scheme: str) -> str | None:
        """The row it belongs to."""
        match by:
            case "province":
                may_be = self.provinces(scheme)
                return may_be[0] if len(may_be) == 1 else None
            case "district":
                return self.district
        return self.commune_on(scheme)

    def within(self, scope: str, scheme: str) -> bool | None:
        """Whether it lies in a scope: None if it may."""
        kind, _, code = scope.partition(":")
        match kind:
            case "province" if ":" in code:
                return code == f"{self.list}:{self.province}"
            case "province":
                may_be = self.provinces(scheme)
                return code in may_be if len(may_be) == 1 or code not in may_be else None
            case "district" | "commune":
                return self.key(kind, scheme) == code
        return True


def spot(place: Place, decided: Sequence[Place] = ()) -> Spot:
    """A place, and what people decided about it: the newest decision for its province counts where the tables leave
    it open."""
    place_list, province = place["list"], place["province"]
    now = provinces()[place_list, province]
    commune, sure = _commune(place)
    decision = next((one for one in reversed(decided) if _now(one) == now), None)
    if decision is not None and not sure:
        commune, _ = _commune(decision)
    return Spot(
        place_list, province, now, _old(place, commune), _district(place), place.get("commune"), commune
    )


def _now(place: Place) -> str:
    return provinces()[place["list"], place["province"]]


def _commune(place: Place) -> tuple[str | None, bool]:
    """Its present commune, and whether that is sure: its own, what it became, or what the table takes of several."""
    known = communes(place["list"]).get(place.get("commune", ""))
    if known is None or known["province"] != place["province"]:
        district = _table_of("districts.csv").get(place.get("district", ""), {})
        island = "" if place.get("commune") else district.get("became", "")
        return (island, True) if island else (None, False)
    if place["list"] == "2025-07":
        return known["code"], True
    became = became_of().get(known["code"], [])
    if len(became) == 1:
        return became[0]["new"], True
    return next((one["new"] for one in became if one["default"] == "1"), None), False


def _old(place: Place, commune: str | None) -> tuple[str, ...]:
    """The old provinces it may have been in: no present commune was made across their borders."""
    if place["list"] == "pre-2025":
        return (place["province"],)
    before = {communes("pre-2025")[one]["province"] for one in _made_of().get(commune or "", ())}
    before |= {row["province"] for row in _table("districts.csv") if commune and row["became"] == commune}
    if len(before) == 1:
        return tuple(before)
    return tuple(
        sorted(
            code
            for (which, code), now in provinces().items()
            if which == "pre-2025" and now == place["province"]
        )
    )


def _district(place: Place) -> str | None:
    """The old district: that of its commune, else the one it names."""
    if place["list"] != "pre-2025":
        return None
    known = communes("pre-2025").get(place.get("commune", ""))
    if known and known["province"] == place["province"]:
        return known["district"]
    named = _table_of("districts.csv").get(place.get("district", ""))
    return named["code"] if named and named["province"] == place["province"] else None


@cache
def _table(name: str) -> list[dict[str, str]]:
    with Path(places.__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _table_of(name: str) -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in _table(name)}


@cache
def provinces() -> dict[tuple[str, str], str]:
    """The present province of each, by list and code."""
    return {(row["list"], row["code"]): row["now"] for row in _table("provinces.csv")}


def communes(place_list: str) -> dict[str, dict[str, str]]:
    """The communes of a list, by code."""
    return _table_of({"2025-07": "communes_2025_07.csv", "pre-2025": "communes_pre_2025.csv"}[place_list])


@cache
def became_of() -> dict[str, list[dict[str, str]]]:
    """What became of each old commune."""
    found: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for row in _table("successors.csv"):
        found[row["old"]].append(row)
    return dict(found)


@cache
def _made_of() -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in _table("successors.csv"):
        found[row["new"]].append(row["old"])
    return dict(found)
