"""The catalogue: every event type has a form, golden examples that are never edited, and words."""

import json
from pathlib import Path

import pytest

from services.registry.intake import read_structured
from services.registry.schemas import json_schema
from shared.events import CATALOGUE

GOLDEN = Path(__file__).parent.parent / "golden"


@pytest.mark.parametrize(("type", "version"), CATALOGUE)
def test_each_type_has_a_golden_example_that_still_reads(type: str, version: int):
    lines = (GOLDEN / f"{type}.{version}.ndjson").read_bytes().splitlines()

    assert lines
    for line in lines:
        assert read_structured(line).data == json.loads(line)["data"]


@pytest.mark.parametrize(("type", "version"), CATALOGUE)
def test_each_type_says_what_it_means_and_has_a_schema(type: str, version: int):
    event = CATALOGUE[type, version]
    schema = json_schema(type, version)

    assert event.__doc__
    assert schema["$id"].endswith(f"/schemas/{type}/{version}")
    assert schema["additionalProperties"] is False
    assert set(schema.get("required", [])) <= set(schema["properties"])


def test_no_golden_example_is_without_its_type():
    assert {tuple(path.stem.rsplit(".", 1)) for path in GOLDEN.glob("*.ndjson")} == {
        (type, str(version)) for type, version in CATALOGUE
    }
