"""The catalogue: every event type has a form, golden examples that are never edited, and words."""

import json
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from services.registry.schemas import json_schema
from shared import events
from shared.events import CATALOGUE, Event
from shared.intake import read_structured

GOLDEN = Path(__file__).parent.parent / "golden"


def written(kind: type[Event] = Event) -> Iterator[type[Event]]:
    """Every class of an event type in shared/events, in the catalogue or not."""
    for one in kind.__subclasses__():
        if "type" in vars(one) and one.__module__.startswith("shared.events."):
            yield one
        yield from written(one)


def test_each_class_is_in_the_catalogue():
    for module in pkgutil.iter_modules(events.__path__, "shared.events."):
        import_module(module.name)

    for one in written():
        assert CATALOGUE.get((one.type, one.version)) is one, (
            f"{one.__name__} is missing in CATALOGUE: put it into the tuple at the end of {one.__module__}"
        )


@pytest.mark.parametrize(("type", "version"), CATALOGUE)
def test_each_type_has_a_golden_example_that_still_reads(type: str, version: int):
    file = GOLDEN / f"{type}.{version}.ndjson"
    assert file.exists(), f"tests/golden/{file.name} is missing"

    lines = file.read_bytes().splitlines()

    assert lines, f"tests/golden/{file.name} is empty"
    for line in lines:
        assert read_structured(line).data == json.loads(line)["data"]


@pytest.mark.parametrize(("type", "version"), CATALOGUE)
def test_each_type_says_what_it_means_and_has_a_schema(type: str, version: int):
    event = CATALOGUE[type, version]
    schema = json_schema(type, version)

    assert event.__dict__["__doc__"], f"{event.__name__} has no docstring"
    assert schema["$id"].endswith(f"/schemas/{type}/{version}")
    assert schema["additionalProperties"] is False
    assert set(schema.get("required", [])) <= set(schema["properties"])


def test_no_golden_example_is_without_its_type():
    for path in GOLDEN.glob("*.ndjson"):
        type, _, version = path.stem.rpartition(".")
        assert (type, int(version)) in CATALOGUE, f"tests/golden/{path.name} is of no type in CATALOGUE"
