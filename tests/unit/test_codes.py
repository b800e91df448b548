"""Code lists: data with both languages, and open to more."""

from pathlib import Path

import pytest

from services.registry.schemas import json_schema
from shared.codes import AREAS, CODES, add_codes, code_name, unknown_codes
from tests.builders import meeting_held, of_club, report


def test_there_are_eight_activity_areas():
    assert len(AREAS) == 8


def test_every_code_has_both_names():
    assert {frozenset(names) for codes in CODES.values() for names in codes.values()} == {
        frozenset(("vi", "en"))
    }


@pytest.mark.parametrize(
    ("sent", "unknown"),
    [
        (meeting_held(areas=["culture", "chess"], parts=["talk"]), [("/areas/1", "area")]),
        (
            of_club("board.elected", occurred_on="2026-02-02", roles={"chair": 1, "cook": 1}),
            [("/roles/cook", "role")],
        ),
        (
            of_club(
                "visit.made",
                occurred_on="2026-02-02",
                kind="study",
                place={"list": "2025-07", "province": "08"},
                findings=[{"code": "no_tea", "severity": "minor"}],
            ),
            [("/findings/0/code", "finding")],
        ),
    ],
)
def test_an_unknown_code_is_told_where_it_stands(sent: dict, unknown: list[tuple[str, str]]):
    assert list(unknown_codes(report(sent).event)) == unknown


def test_an_installation_adds_codes_without_a_change_of_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(CODES, "area", dict(CODES["area"]))
    more = tmp_path / "more.toml"
    more.write_text('[area]\nchess = { vi = "cờ tướng", en = "chess" }\n', encoding="utf-8")

    add_codes(more)

    assert code_name("vi", "area", "chess") == "cờ tướng"
    assert list(unknown_codes(report(meeting_held(areas=["chess"])).event)) == []


@pytest.mark.parametrize(
    "text", ['[area]\nchess = { vi = "cờ" }\n', '[games]\nchess = { vi = "cờ tướng", en = "chess" }\n']
)
def test_a_file_of_codes_that_makes_no_sense_stops_the_start(tmp_path: Path, text: str):
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(text, encoding="utf-8")

    with pytest.raises(ValueError, match=r"wrong\.toml: \[\w+\] chess"):
        add_codes(wrong)


def test_an_unknown_code_reads_as_it_stands():
    assert code_name("vi", "area", "wood_carving") == "wood carving"


def test_forms_say_which_list_a_code_is_of():
    areas = json_schema("meeting.held", 1)["properties"]["areas"]

    assert areas["items"]["x-code-list"] == "area"
