"""Reports that arrive together are read in one go; each sender gets what it would have got alone."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.reading import Reading, read
from services.registry.verdicts import Sent
from tests.builders import club_founded, meeting_held

RAW = st.sampled_from(
    [
        *(json.dumps(sent).encode() for sent in (club_founded(), meeting_held(), meeting_held(id="r2"), {})),
        *(b"", b"{", b'{"id": "\xff"}', b"[" * 1000),
    ]
)


def told(sent: Sent) -> tuple[Any, ...]:
    return sent.raw, sent.report and sent.report.content_hash, sent.problem and type(sent.problem)


@given(st.lists(RAW, max_size=20))
def test_each_is_read_as_if_it_had_come_alone(raws: list[bytes]):
    async def together() -> list[Sent]:
        reading = Reading()
        return await asyncio.gather(*(reading.read(raw) for raw in raws))

    assert [told(sent) for sent in asyncio.run(together())] == [told(read(raw)) for raw in raws]


def test_a_sender_that_hung_up_keeps_nobody_waiting():
    async def scenario() -> Sent:
        reading = Reading()
        first, second = (asyncio.create_task(reading.read(b"{}")) for _ in range(2))
        await asyncio.sleep(0)  # Both wait for the end of the turn.
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await second

    assert asyncio.run(scenario()).problem is not None


def test_a_fault_of_ours_reaches_the_one_report_it_is_about():
    async def scenario() -> list[Any]:
        reading = Reading()
        nonsense: Any = None
        both = (reading.read(nonsense), reading.read(json.dumps(meeting_held()).encode()))
        return await asyncio.gather(*both, return_exceptions=True)

    failed, read_well = asyncio.run(scenario())

    assert isinstance(failed, AttributeError)
    assert read_well.report is not None
