"""Words are taken out of an event of any type: it still reads, its figures stay, and the chain proves it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.chain import Fault, Kind, Redactions, fault_in
from shared.events import CATALOGUE
from shared.log import START, Entry, Head, Mark, link
from shared.redaction import (
    FREE_TEXTS,
    REDACTED,
    NoSuchText,
    StillNeeded,
    as_report,
    record_of,
    same_but_for_redacted,
    texts_in,
    without,
    words_at,
)
from shared.report import Recorded
from tests.builders import NOW, club_founded, corrected, entry, meeting_held, withdrawn

GOLDEN = Path(__file__).parent.parent / "golden"


def recorded(*sent: dict[str, Any]) -> list[Recorded]:
    return link(Head(1, 0, START.hash, ""), [entry(one, n) for n, one in enumerate(sent, 1)], NOW)


def with_record(events: list[Recorded], at: int, pointers: list[str]) -> list[Recorded]:
    """The events after words were taken out of one of them, and the record behind them."""
    after = without(events[at], pointers)
    last = events[-1]
    head = Head(1, last.position, last.hash, last.envelope["recordedtime"])
    record = link(head, [Entry(as_report(record_of(after, pointers, "có tên người")), 1, "shell:root")], NOW)
    return [*events[:at], after, *events[at + 1 :], *record]


def first_fault(events: list[Recorded]) -> Fault | None:
    before, redactions = START, Redactions()
    for event in events:
        if fault := fault_in(event, before):
            return fault
        redactions.hear(event)
        before = Mark.of(event)
    return redactions.fault()


@pytest.mark.parametrize("file", sorted(GOLDEN.glob("*.ndjson")), ids=lambda file: file.stem)
def test_an_event_of_each_type_without_its_texts_is_read_and_proved(file: Path):
    for line in file.read_text(encoding="utf-8").splitlines():
        [event] = recorded(json.loads(line))
        pointers = texts_in(event.data)
        if not pointers:
            continue

        [after, record] = with_record([event], 0, pointers)

        assert type(after.event) is type(event.event)
        assert (after.event.day(), after.event.heads()) == (event.event.day(), event.event.heads())
        assert texts_in(after.data) == []
        assert not any(word in after.data_json for word in words_at(event.data, pointers) if len(word) > 4)
        assert json.loads(after.as_json())["redacted"] is True
        assert "redacted" not in json.loads(record.as_json())
        assert first_fault([after, record]) is None
        assert same_but_for_redacted(after.data, event.data)


def test_every_free_text_of_every_type_is_found():
    """A new field of free text has one of these names, or `ishc log redact` would pass it by; a title is none."""
    for (type, _), event in CATALOGUE.items():
        for name, field in event.model_fields.items():
            longest = [getattr(one, "max_length", None) for one in field.metadata]
            assert 500 not in longest or name in (*FREE_TEXTS, "title"), (type, name)


def test_the_corrected_data_of_a_correction_is_searched_too():
    meeting = meeting_held(note="bà Sình Thị May ốm")
    [_, correction, _] = recorded(meeting, corrected(meeting, weighed=3), withdrawn(meeting))

    assert texts_in(correction.data) == ["/data/note", "/reason"]
    after = without(correction, ["/data/note"])
    assert after.data["data"]["note"] == REDACTED
    assert after.data["reason"] == "đếm sót 2 người"


def test_other_words_are_taken_out_where_they_are_named():
    [founding] = recorded(club_founded(name="CLB bà May"))

    assert without(founding, ["/name"]).event.name == REDACTED  # type: ignore[attr-defined]
    with pytest.raises(NoSuchText, match="/note"):
        without(founding, ["/note"])
    for needed in ("/occurred_on", "/place/province", "/scheme"):
        with pytest.raises(StillNeeded):
            without(founding, [needed])


EVENTS = recorded(club_founded(), meeting_held(note="bà May"), meeting_held(note="ông Lù"))


def test_what_nobody_recorded_is_no_redaction():
    """Who can write to the stores cannot change figures under the name of a redaction."""
    honest = with_record(EVENTS, 1, ["/note"])
    forged = without(EVENTS[2], ["/note"])

    assert first_fault(honest) is None
    assert first_fault(honest[:-1]) == Fault(2, Kind.REDACTED)
    assert first_fault([*honest[:2], forged, honest[3]]) == Fault(3, Kind.REDACTED)
    changed = without(recorded(club_founded(), meeting_held(note="bà May", weighed=9))[1], ["/note"])
    fake = Recorded(
        2, 1, EVENTS[1].hash, EVENTS[1].envelope_json, changed.data_json, "", changed.content_hash
    )
    assert first_fault([honest[0], fake, *honest[2:]]) == Fault(2, Kind.REDACTED)


SENT = st.recursive(
    st.text() | st.integers() | st.booleans() | st.none(),
    lambda one: st.lists(one) | st.dictionaries(st.text(), one),
)


@given(SENT)
def test_what_was_sent_is_the_same_as_itself_and_as_nothing_else(sent: Any):
    assert same_but_for_redacted(sent, sent)
    assert not same_but_for_redacted(sent, [sent])
    assert same_but_for_redacted([REDACTED], [sent]) == isinstance(sent, str)
