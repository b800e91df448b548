"""From bytes to a report: what cannot be read is refused with place and reason."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import intake
from shared.problems import Fault, NotAnEvent, NotJson, NotTheType, NotUtf8, TooDeep, UnknownType, Unreadable
from tests.builders import club_founded, meeting_held


def read(sent: dict[str, Any]) -> Any:
    return intake.read_structured(json.dumps(sent, ensure_ascii=False).encode())


def refusal(raw: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        intake.read_structured(raw)
    return refused.value


def test_a_report_is_kept_as_it_was_sent():
    sent = meeting_held(id="r1", time="2026-03-21T09:40:00+07:00", note=None)

    report = read(sent)

    assert report.data == sent["data"]
    assert report.identity == ("/devices/phone", "r1")
    assert report.attributes["time"] == "2026-03-21T09:40:00+07:00"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", NotJson),
        (b'{"specversion": "1.0", "id"', NotJson),
        (b'{"id": "\xff\xfe"}', NotUtf8),
        (b'{"a": 1, "a": 2}', NotJson),
        (b'{"a": NaN}', NotJson),
        (b"[" * 100_000, TooDeep),
        (b'{"a":' * 60 + b"1" + b"}" * 60, TooDeep),
        (b"[]", NotAnEvent),
        (b'"text"', NotAnEvent),
        (b'{"id": "\\ud800"}', NotAnEvent),
        (b'{"id": "a\\u0000b"}', NotAnEvent),
    ],
)
def test_bytes_that_are_no_event_are_refused(raw: bytes, problem: type[Unreadable]):
    assert type(refusal(raw)) is problem


def test_where_the_text_broke_off_is_said():
    assert refusal(b'{\n "specversion": "1.0",\n "id": ').facts == {"line": 3, "column": 8}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"specversion": "0.3"}, Fault("/specversion", "not-in-the-list")),
        ({"id": ""}, Fault("/id", "empty")),
        ({"id": "x" * 250}, Fault("/id", "too-long")),
        ({"source": "có dấu"}, Fault("/source", "wrong-form")),
        ({"subject": "Cổ Điển"}, Fault("/subject", "wrong-form")),
        ({"time": "21/03/2026"}, Fault("/time", "wrong-form")),
        ({"deviceseq": "41"}, Fault("/deviceseq", "not-a-whole-number")),
        ({"historical": "yes"}, Fault("/historical", "not-yes-or-no")),
        ({"colour": "red"}, Fault("/colour", "unknown")),
        ({"datacontenttype": "text/xml"}, Fault("/datacontenttype", "wrong-form")),
        ({"dataschema": "meeting.held/1"}, Fault("/dataschema", "wrong-form")),
        ({"dataschema": "https://x.example/schemas/club.founded/1"}, Fault("/dataschema", "of-another-type")),
    ],
)
def test_a_wrong_attribute_is_named(change: dict, fault: Fault):
    with pytest.raises(NotAnEvent) as refused:
        read(meeting_held() | change)

    assert refused.value.faults == (fault,)


@pytest.mark.parametrize("missing", ["specversion", "id", "source", "type", "subject"])
def test_a_missing_attribute_is_named(missing: str):
    sent = meeting_held()
    del sent[missing]

    with pytest.raises(NotAnEvent) as refused:
        read(sent)

    assert refused.value.faults == (Fault(f"/{missing}", "missing"),)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ({}, Fault("/data/occurred_on", "missing")),
        ({"occurred_on": "2026-02-30"}, Fault("/data/occurred_on", "not-a-date")),
        (
            {"occurred_on": "2026-03-21", "attendance": {"women": "31"}},
            Fault("/data/attendance/women", "not-a-count"),
        ),
        ({"occurred_on": "2026-03-21", "atendance": {}}, Fault("/data/atendance", "unknown")),
        ({"occurred_on": "2026-03-21", "areas": "health_care"}, Fault("/data/areas", "not-a-list")),
        ({"occurred_on": "2026-03-21", "areas": ["Health"]}, Fault("/data/areas/0", "wrong-form")),
        ({"occurred_on": "2026-03-21", "note": "x" * 501}, Fault("/data/note", "too-long")),
        (None, Fault("/data", "not-an-object")),
        ([], Fault("/data", "not-an-object")),
    ],
)
def test_wrong_data_is_named_by_its_pointer(data: object, fault: Fault):
    with pytest.raises(NotTheType) as refused:
        read(meeting_held() | {"data": data})

    assert refused.value.faults == (fault,)


@pytest.mark.parametrize(
    "change",
    [{"type": "club.party"}, {"dataschema": "https://ishc.example/schemas/meeting.held/2"}],
)
def test_an_unknown_type_or_version_is_refused(change: dict):
    change = {"dataschema": None} | change

    with pytest.raises(UnknownType):
        read(meeting_held() | change)


def test_the_host_of_the_schema_is_ignored_and_an_absent_one_means_version_one():
    assert read(meeting_held() | {"dataschema": "http://10.0.0.7:8001/schemas/meeting.held/1"}).version == 1
    assert read(meeting_held() | {"dataschema": None}).version == 1


def test_a_whole_number_may_be_written_with_a_point():
    raw = json.dumps(meeting_held()).replace('"women": 31', '"women": 31.0').encode()

    assert intake.read_structured(raw).data["attendance"]["women"] == 31


def test_text_is_normalised_however_it_was_typed():
    composed, decomposed = "CLB Cổ Điển", "CLB Cổ Điển"

    as_bytes = read(club_founded(id="1", name=decomposed))
    as_escapes = intake.read_structured(json.dumps(club_founded(id="1", name=decomposed)).encode())

    assert as_bytes.data["name"] == as_escapes.data["name"] == composed
    assert (
        as_bytes.content_hash
        == as_escapes.content_hash
        == read(club_founded(id="1", name=composed)).content_hash
    )


def test_the_content_is_what_identity_compares():
    sent = meeting_held(id="1", time="2026-03-21T09:40:00+07:00")

    assert read(sent).content_hash == read(sent | {"id": "2", "time": "2026-03-22T00:00:00Z"}).content_hash
    assert read(sent).content_hash != read(sent | {"subject": "bach-ma"}).content_hash


def test_a_binary_event_carries_its_attributes_in_headers():
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "r%C3%A9p",
        "ce-source": "/devices/phone",
        "ce-type": "meeting.held",
        "ce-subject": "co-dien",
        "ce-deviceseq": "41",
        "ce-historical": "true",
    }

    report = intake.read_binary(headers, b'{"occurred_on": "2026-03-21"}')

    assert report.attributes["id"] == "rép"
    assert (report.attributes["deviceseq"], report.attributes["historical"]) == (41, True)


def test_data_may_come_in_base64():
    sent = meeting_held()
    sent["data_base64"] = "eyJvY2N1cnJlZF9vbiI6ICIyMDI2LTAzLTIxIn0="
    del sent["data"]

    assert read(sent).data == {"occurred_on": "2026-03-21"}


@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_no_bytes_whatever_break_the_reader(raw: bytes):
    try:
        intake.read_structured(raw)
    except Unreadable:
        pass


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


@given(st.sampled_from(["club.founded", "meeting.held", "training.held", "report.corrected"]), json_values)
def test_no_data_whatever_breaks_the_forms(type: str, data: object):
    sent = meeting_held() | {"type": type, "dataschema": None, "data": data}
    try:
        intake.read_structured(json.dumps(sent).encode())
    except Unreadable:
        pass
