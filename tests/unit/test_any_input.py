"""Whatever arrives at an edge is read or refused with a problem: no input is a fault of ours."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from services.registry import bodies
from services.registry.devices import IntakeAsked
from services.reporting import asking
from shared import intake
from shared.places import Place
from shared.problems import Problem, Unreadable
from shared.values import LARGEST, count, when, whole
from tests.builders import NOW

GOLDEN = [
    json.loads(path.read_text().splitlines()[0]) for path in sorted(Path("tests/golden").glob("*.ndjson"))
]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)
# Texts that come near what is read, and go wrong at one place.
NEAR = st.from_regex(r"(\.\./)?[0-9]{1,5}(-[0-9]{1,3}){0,3}(/[0-9-]{0,11})?", fullmatch=True)
MOMENTS = st.from_regex(
    r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:00[+-][0-2][0-9]:00", fullmatch=True
)


def read_or_refused(
    read: Callable[..., Any], *given: Any, refused: tuple[type[Exception], ...] = (Problem,)
) -> None:
    with suppress(*refused):
        read(*given)


@given(st.binary(max_size=400))
@example(b"\xef\xbb\xbf{}")
@example(b"[" * 5000)
@example(b'{"a":' * 5000)
@example(b"1" * 5000)
@example(b"-0e99999")
@example(b'"\\ud800"')
def test_any_bytes_as_an_event(raw: bytes):
    read_or_refused(intake.read_structured, raw, refused=(Unreadable,))
    assert intake.names(raw).keys() == {"source", "report_id", "type", "subject"}
    intake.sender(raw)


@given(JSON)
def test_any_json_as_an_event(value: Any):
    read_or_refused(intake.read_event, value, refused=(Unreadable,))


@settings(max_examples=400)
@given(st.sampled_from(GOLDEN), st.data())
def test_a_true_event_with_one_place_gone_wrong(event: dict[str, Any], data: st.DataObject):
    wrong = _with(event, data.draw(st.sampled_from(list(_places(event)))), data.draw(JSON))

    try:
        read = intake.read_event(json.loads(json.dumps(wrong)))
    except Unreadable:
        return
    assert read.content_hash  # What was read can be recorded.


@given(st.dictionaries(st.from_regex(r"ce-[a-z]{1,12}", fullmatch=True) | st.text(), st.text()), st.binary())
def test_any_headers_as_a_binary_event(headers: dict[str, str], body: bytes):
    read_or_refused(intake.read_binary, headers, body, refused=(Unreadable,))


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_as_lines_are_the_same_lines_however_they_are_cut(pieces: list[bytes]):
    whole_body = b"".join(pieces)

    assert _lines(pieces) == [line for line in whole_body.split(b"\n") if line.strip()]


@given(st.lists(st.binary(max_size=60), max_size=8), st.integers(0, 200), st.binary(max_size=4))
def test_any_bytes_as_gzip(pieces: list[bytes], cut: int, planted: bytes):
    packed = gzip.compress(b"\n".join(pieces))
    for sent in (pieces, [packed[:cut] + planted + packed[cut:]], [packed[:cut]]):
        read_or_refused(_lines, sent, b"gzip")


@given(st.text() | NEAR | JSON)
@example("2024-02-30")
@example("0000")
@example("../9999-12-31")
@example("2024-05-28/2024-05-27")
@example("٢٠٢٤")
def test_anything_as_a_date(text: Any):
    read_or_refused(when, text, refused=(ValueError,))


@given(
    JSON | st.dictionaries(st.sampled_from(["more_than", "at_least", "less_than", "at_most", "about"]), JSON)
)
@example({"less_than": 0})
@example({"more_than": LARGEST})
@example(True)
def test_anything_as_a_count(value: Any):
    try:
        read = count(value)
    except ValueError:
        return
    assert read.range.low >= 0 and (read.range.high is None or read.range.low <= read.range.high)


@given(
    st.dictionaries(
        st.sampled_from(["list", "province", "district", "commune", "village", "as_written"]), JSON
    )
)
@example({"list": "2025-07", "province": "08", "commune": "99999"})
@example({"list": "pre-2025", "province": "02", "district": "024", "commune": "00688"})
def test_anything_as_a_place(value: dict[str, Any]):
    read_or_refused(Place.model_validate, value, refused=(ValueError, Problem))


@given(st.text() | MOMENTS | NEAR | st.integers(min_value=0).map(str))
@example("0001-01-01T00:00:00+14:00")
@example("9999-12-31T23:59:59-12:00")
@example("9" * 5000)
def test_any_text_as_a_moment_or_a_position(text: str):
    position = whole(text)
    assert position is None or 0 <= position <= LARGEST
    try:
        moment = asking._moment(text, NOW)
    except Problem:
        return
    assert moment.astimezone(UTC) <= NOW


@given(st.text() | MOMENTS | NEAR)
def test_any_text_as_the_beginning_of_a_watch(text: str):
    read_or_refused(IntakeAsked(since=text).begins, NOW)


@pytest.mark.parametrize("raw", [b"[" * 40 + b"]" * 40, b'{"a":' * 40 + b"1" + b"}" * 40])
def test_what_is_nested_deeper_than_any_report_is_named_so(raw: bytes):
    with pytest.raises(Unreadable) as refused:
        intake.parse(raw)

    assert refused.value.code() == "too-deep"


def _places(value: Any, at: tuple[str | int, ...] = ()) -> Any:
    """Every place in a JSON value but the whole."""
    inner: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, one in inner:
        yield (*at, key)
        yield from _places(one, (*at, key))


def _with(value: Any, at: Sequence[str | int], other: Any) -> Any:
    if not at:
        return other
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[at[0]] = _with(value[at[0]], at[1:], other)
    return changed


def _lines(pieces: Sequence[bytes], encoding: bytes = b"identity") -> list[Any]:
    """The lines of a body that comes in these pieces."""
    coming = [{"type": "http.request", "body": one, "more_body": True} for one in pieces]
    messages = iter([*coming, {"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Any:
        return next(messages)

    async def read() -> list[Any]:
        request = Request({"type": "http", "headers": [(b"content-encoding", encoding)]}, receive)
        found: AsyncIterator[list[Any]] = bodies.lines(request)
        return [line async for lines in found for line in lines]

    return asyncio.run(read())
