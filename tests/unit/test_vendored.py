"""Scripts and fonts of others: known bytes, with their licences, and none that nobody listed."""

import re
from hashlib import sha256

from shared.looks.vendoring import VENDOR, vendored

STATIC = VENDOR.parent


def test_every_file_is_listed_with_its_hash_and_nothing_else_lies_there():
    there = {file.name: sha256(file.read_bytes()).hexdigest() for file in VENDOR.iterdir()}
    del there["vendor.toml"]

    assert there == {one["name"]: one["sha256"] for one in vendored()}


def test_every_package_comes_with_its_licence():
    packages = {one["package"] for one in vendored()}

    assert packages == {one["package"] for one in vendored() if one["source"] == "LICENSE"}


def test_style_sheets_load_only_what_is_there():
    for sheet in STATIC.glob("*.css"):
        for name in re.findall(r'url\("?([^")]+)', sheet.read_text(encoding="utf-8")):
            assert (STATIC / name).is_file(), f"{sheet.name}: {name}"
