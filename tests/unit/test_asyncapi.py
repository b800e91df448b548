"""The change feed's document: AsyncAPI 3.0, and every event of the feed is what it says."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from services.registry.asyncapi import asyncapi
from services.registry.schemas import json_schema
from shared.events import CATALOGUE
from shared.intake import read_structured
from shared.log import NO_HASH, Entry, Head, link
from tests.builders import NOW

TESTS = Path(__file__).parent.parent
DOCUMENT = json.loads(json.dumps(asyncapi()))


def served(type: str, version: int) -> list[dict[str, Any]]:
    """The golden examples of a type as the feed shows them; the second was held before."""
    lines = (TESTS / "golden" / f"{type}.{version}.ndjson").read_bytes().splitlines()
    entries = [
        Entry(read_structured(line), number, "dien-thoai-1", received_at)
        for line in lines
        for number, received_at in ((1, None), (2, NOW))
    ]
    return [json.loads(event.as_json()) for event in link(Head(1, 0, NO_HASH, ""), entries, NOW)]


def payload(type: str, version: int) -> Draft202012Validator:
    """What the document says of a message: its payload, read within the document."""
    pointer = f"#/components/messages/{type}.{version}/payload"
    return Draft202012Validator({"$ref": pointer, "components": DOCUMENT["components"]})


def test_the_document_is_asyncapi_3():
    official = json.loads((TESTS / "vendored" / "asyncapi-3.0.0.json").read_text(encoding="utf-8"))

    faults = [
        f"{fault.json_path}: {fault.message}" for fault in Draft7Validator(official).iter_errors(DOCUMENT)
    ]

    assert faults == []


def test_every_event_type_is_a_message_of_the_feed():
    assert list(DOCUMENT["channels"]["events"]["messages"]) == [
        f"{type}.{version}" for type, version in CATALOGUE
    ]


@pytest.mark.parametrize(("type", "version"), CATALOGUE)
def test_every_event_is_served_as_the_document_says(type: str, version: int):
    events = served(type, version)

    assert len(events) >= 2
    for event in events:
        payload(type, version).validate(event)
        Draft202012Validator(json_schema(type, version)).validate(event["data"])


@pytest.mark.parametrize(
    "change",
    [{"position": 0}, {"type": "meeting.missed"}, {"chainhash": "short"}, {"data": {"occurred_on": "soon"}}],
)
def test_an_event_that_differs_is_told_apart(change: dict[str, Any]):
    [event, _] = served("meeting.held", 1)

    assert payload("meeting.held", 1).is_valid(event)
    assert not payload("meeting.held", 1).is_valid(event | change)


@pytest.mark.parametrize("name", ["position", "recordedtime", "subjectversion", "recordedby", "data"])
def test_what_the_registry_adds_is_always_there(name: str):
    [event, _] = served("meeting.held", 1)
    del event[name]

    assert not payload("meeting.held", 1).is_valid(event)
