"""Group commit: many requests, one flush, each gets its own answer."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from services.registry.group_commit import GroupCommit
from services.registry.verdicts import Outcome, Pending, Sent, Verdict
from shared.problems import InternalFault, LogAway
from tests.builders import NOW


class Recording:
    """A recorder that notes its groups, waits at the gate when it is shut, and fails when told to."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.error: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()

    def record(self, pending: Sequence[Pending]) -> list[Outcome]:
        self.gate.wait(timeout=30)
        self.groups.append(len(pending))
        if self.error is not None:
            raise self.error
        return [Outcome(Verdict(item.sent.raw.decode())) for item in pending]

    def keep_house(self) -> None:
        self.groups.append(0)


def sent(*verdicts: str) -> list[Pending]:
    return [Pending(Sent(verdict.encode()), None, NOW) for verdict in verdicts]


def test_what_arrives_while_one_group_is_on_its_way_goes_together_and_each_gets_its_own_answer():
    recording = Recording()

    async def scenario() -> list[list[Outcome]]:
        commits = GroupCommit(recording.record, recording.keep_house)
        recording.gate.clear()
        requests = [asyncio.create_task(commits.record(sent("accepted", "held")))]
        await asyncio.sleep(0)  # The first is on its way, and stands at the gate.
        requests += [asyncio.create_task(commits.record(sent("duplicate"))) for _ in range(50)]
        await asyncio.sleep(0)
        recording.gate.set()
        answers = await asyncio.gather(*requests)
        await commits.stop()
        return answers

    answers = asyncio.run(scenario())

    assert [outcome.verdict for outcome in answers[0]] == ["accepted", "held"]
    assert all([outcome.verdict for outcome in answer] == ["duplicate"] for answer in answers[1:])
    assert sum(recording.groups) == 52
    assert len(recording.groups) <= 3


@pytest.mark.parametrize(("error", "told"), [(LogAway(), LogAway), (KeyError("x"), InternalFault)])
def test_when_recording_fails_all_are_told_to_try_again_and_the_next_group_is_served(
    error: Exception, told: type[Exception]
):
    recording = Recording()
    recording.error = error

    async def scenario() -> list[object]:
        commits = GroupCommit(recording.record, recording.keep_house)
        requests = [asyncio.create_task(commits.record(sent("accepted"))) for _ in range(3)]
        answers = await asyncio.gather(*requests, return_exceptions=True)
        recording.error = None
        answers.append((await commits.record(sent("accepted")))[0].verdict)
        await commits.stop()
        return answers

    *failed, served = asyncio.run(scenario())

    assert [type(answer) for answer in failed] == [told] * 3
    assert served == "accepted"


def test_an_errand_runs_between_groups_and_a_stop_finishes_what_is_queued():
    recording = Recording()

    async def scenario() -> tuple[object, ...]:
        commits = GroupCommit(recording.record, recording.keep_house)
        recording.gate.clear()
        first = asyncio.create_task(commits.record(sent("accepted")))
        await asyncio.sleep(0)
        errand = asyncio.create_task(commits.alone(lambda: list(recording.groups)))
        last = asyncio.create_task(commits.record(sent("held")))
        await asyncio.sleep(0)
        recording.gate.set()
        await commits.stop()
        assert first.done()
        assert last.done()
        return await asyncio.gather(first, errand, last)

    _, seen, _ = asyncio.run(scenario())

    assert seen == [1]
    assert recording.groups == [1, 1]


def test_a_sender_who_hangs_up_disturbs_nobody():
    recording = Recording()

    async def scenario() -> list[Outcome]:
        commits = GroupCommit(recording.record, recording.keep_house)
        recording.gate.clear()
        gone = asyncio.create_task(commits.record(sent("accepted")))
        other = asyncio.create_task(commits.record(sent("held")))
        await asyncio.sleep(0)
        gone.cancel()
        recording.gate.set()
        answer = await other
        await commits.stop()
        return answer

    assert [outcome.verdict for outcome in asyncio.run(scenario())] == ["held"]


def test_the_house_is_kept_at_once_and_a_fault_there_stops_nothing():
    recording = Recording()
    kept = threading.Event()

    def keep_house() -> None:
        kept.set()
        raise LogAway

    async def scenario() -> list[Outcome]:
        commits = GroupCommit(recording.record, keep_house)
        commits.start()
        assert await asyncio.to_thread(kept.wait, 30)
        answer = await commits.record(sent("accepted"))
        await commits.stop()
        return answer

    assert [outcome.verdict for outcome in asyncio.run(scenario())] == ["accepted"]
