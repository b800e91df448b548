"""Where clubs are: provinces as often as reports name them, villages as they are called there.

Places are written on the map of their day: 63 provinces with their communes until 30 June 2025, 34 since. Some reports
name the province only, and a commune that was split in 2025 is not always told on the new map.
"""

import unicodedata
from bisect import bisect
from datetime import date
from functools import cache
from itertools import accumulate
from typing import Any, Final, NamedTuple

from services.simulating.dice import Dice
from shared.places import PROVINCES, communes, provinces, successors

MERGER: Final = date(2025, 7, 1).toordinal()

# Clubs as reported for the province between 2020 and 2025, by code of the old map; elsewhere nothing was printed.
_REPORTED: Final = {
    "38": 884,
    "01": 528,
    "40": 341,
    "82": 339,
    "72": 272,
    "66": 225,
    "75": 167,
    "68": 153,
    "74": 133,
    "14": 132,
    "44": 125,
    "08": 105,
    "17": 103,
    "64": 61,
    "58": 50,
    "20": 46,
    "12": 34,
}
_NOT_REPORTED: Final = 110
CODES: Final = tuple(province.code for province in provinces("63"))
_UP_TO: Final = tuple(accumulate(_REPORTED.get(code, _NOT_REPORTED) for code in CODES))

_MOUNTAINS: Final = ("02", "04", "06", "08", "10", "11", "12", "14", "15", "17", "20", "62", "64", "66", "67")
_VILLAGE: Final = {
    "north": ("thôn", "xóm", "tổ dân phố"),
    "centre": ("thôn", "xóm", "khu phố"),
    "south": ("ấp", "ấp", "khu phố"),
}
_FIRST: Final = ("Tân", "Hòa", "Phú", "Đông", "Vĩnh", "Bình", "An", "Long", "Xuân", "Thành", "Quang", "Yên")
_SECOND: Final = ("Hưng", "Thịnh", "Lập", "Tiến", "Sơn", "Phong", "Lợi", "Mỹ", "Đức", "Giang", "Trung", "Thọ")


class Home(NamedTuple):
    """Where a club sits: its province and commune on the old map, its region, its village.

    `told`: its reports name the commune.
    """

    province: str
    commune: str
    region: str
    village: str
    told: bool


def home(dice: Dice) -> Home:
    """A village somewhere in Viet Nam, more often where more clubs are reported."""
    code = CODES[bisect(_UP_TO, dice.between(0, _UP_TO[-1] - 1))]
    return Home(code, dice.pick(_communes(code)), region(code), village(code, dice), dice.chance(0.9))


def village(code: str, dice: Dice) -> str:
    """A name as villages of the province are called."""
    kind = "bản" if code in _MOUNTAINS and dice.chance(0.4) else dice.pick(_VILLAGE[region(code)])
    number = f" {dice.between(1, 9)}" if dice.chance(0.3) else ""
    return f"{kind} {dice.pick(_FIRST)} {dice.pick(_SECOND)}{number}"


def region(code: str) -> str:
    """The part of the country with one harvest and one storm season: codes of the old map run from north to south."""
    if code < "38":
        return "north"
    return "centre" if code < "70" else "south"


def place(home: Home, day: int) -> dict[str, Any]:
    """A home as a report of that day writes it."""
    place_list, code = on_the_map(home.province, day)
    written: dict[str, Any] = {"list": place_list, "province": code}
    if home.told:
        old = communes("pre-2025")[home.commune]
        finer = {"district": old.district, "commune": old.code} if day < MERGER else {"commune": _now(home)}
        written |= finer
    return written | {"village": home.village}


def resolved(home: Home, day: int) -> dict[str, Any]:
    """What a person says of a home on today's map."""
    place_list, code = on_the_map(home.province, day)
    return {"list": place_list, "province": code, "commune": _now(home)}


def is_split(home: Home) -> bool:
    """Today's map does not tell the commune by itself."""
    return not home.told or len(successors(home.commune)) > 1


def _now(home: Home) -> str:
    """The present commune: of a split one always the same part, by its name."""
    became = successors(home.commune)
    return became[len(home.village) % len(became)].code


@cache
def _communes(province: str) -> tuple[str, ...]:
    return tuple(code for code, one in communes("pre-2025").items() if one.province == province)


def on_the_map(code: str, day: int) -> tuple[str, str]:
    """List and code, on that day, of a province of the old map."""
    return ("pre-2025", code) if day < MERGER else ("2025-07", PROVINCES["pre-2025", code].now)


def offices(day: int) -> list[tuple[str, str, tuple[str, ...]]]:
    """The provincial offices of a day: list, code, and the provinces of the old map they are in charge of."""
    if day < MERGER:
        return [("pre-2025", code, (code,)) for code in CODES]
    return [
        ("2025-07", now.code, tuple(old.code for old in provinces("63") if old.now == now.code))
        for now in provinces("34")
    ]


def initials(code: str) -> str:
    """What club ids of a province of the old map begin with: `th` for Thanh Hóa."""
    plain = unicodedata.normalize("NFD", PROVINCES["pre-2025", code].name.lower().replace("đ", "d"))
    words = plain.replace("-", " ").split()
    return "".join(word[0] for word in words)
