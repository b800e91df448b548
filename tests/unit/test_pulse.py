"""One reader of the log wakes every stream; it sleeps when nobody listens."""

import asyncio

from services.registry.feed import Pulse
from shared.log import Entry
from shared.memory_log import MemoryLog
from tests.builders import NOW, club_founded, entry


def founding(number: int) -> list[Entry]:
    return [entry(club_founded(f"club-{number}", id=f"f{number}"))]


def test_what_comes_between_reading_and_waiting_is_not_missed():
    async def scenario() -> None:
        log = MemoryLog()
        pulse = Pulse(log)
        first = asyncio.create_task(pulse.beyond(0, pulse.grown, 30))
        taken = pulse.grown  # A second stream reads now, and finds nothing.
        await asyncio.sleep(0)
        log.append(founding(1), NOW)
        await first  # The watcher told of it, and looks beyond it already.

        await asyncio.wait_for(pulse.beyond(0, taken, 30), 1)
        log.append(founding(2), NOW)  # Lets the watcher go.

    asyncio.run(scenario())


def test_who_asks_for_what_lies_beyond_the_end_keeps_nobody_else_waiting():
    async def scenario() -> None:
        log = MemoryLog()
        pulse = Pulse(log)
        ahead = asyncio.create_task(pulse.beyond(10**9, pulse.grown, 30))
        other = asyncio.create_task(pulse.beyond(0, pulse.grown, 30))
        await asyncio.sleep(0)
        log.append(founding(1), NOW)

        await asyncio.wait_for(asyncio.gather(ahead, other), 1)
        log.append(founding(2), NOW)  # Lets the watcher go.

    asyncio.run(scenario())


def test_a_reader_that_hangs_up_is_not_watched_for():
    async def scenario() -> None:
        log = MemoryLog()
        pulse = Pulse(log)
        readers = [asyncio.create_task(pulse.beyond(0, pulse.grown, 30)) for _ in range(3)]
        await asyncio.sleep(0)
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        log.append(founding(1), NOW)

        assert pulse.watcher is not None
        await asyncio.wait_for(pulse.watcher, 1)

    asyncio.run(scenario())
