"""Group commit: many requests, one flush, each gets its own answer."""

import asyncio
from collections.abc import Sequence

import pytest

from services.registry.group_commit import GroupCommit
from services.registry.verdicts import Outcome, Pending, Sent, Verdict
from shared.problems import InternalFault, LogAway
from tests.builders import NOW


class Recording:
    """A recorder that notes its groups, and fails when told to."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.error: Exception | None = None

    def record(self, pending: Sequence[Pending]) -> list[Outcome]:
        self.groups.append(len(pending))
        if self.error is not None:
            raise self.error
        return [Outcome(Verdict(item.sent.raw.decode())) for item in pending]


def sent(*verdicts: str) -> list[Pending]:
    return [Pending(Sent(verdict.encode()), None, NOW) for verdict in verdicts]


def test_each_request_gets_its_own_verdicts_though_many_share_a_group():
    recording = Recording()

    async def scenario() -> list[list[Outcome]]:
        commits = GroupCommit(recording.record, lambda: None)
        requests = [
            asyncio.create_task(commits.record(sent("accepted", "held"))),
            *(asyncio.create_task(commits.record(sent("duplicate"))) for _ in range(50)),
        ]
        await asyncio.sleep(0)  # All of them are in the queue before the thread begins.
        commits.start()
        answers = await asyncio.gather(*requests)
        commits.stop()
        return answers

    answers = asyncio.run(scenario())

    assert [outcome.verdict for outcome in answers[0]] == ["accepted", "held"]
    assert all([outcome.verdict for outcome in answer] == ["duplicate"] for answer in answers[1:])
    assert recording.groups == [52]


@pytest.mark.parametrize(("error", "told"), [(LogAway(), LogAway), (KeyError("x"), InternalFault)])
def test_when_recording_fails_all_are_told_to_try_again(error: Exception, told: type[Exception]):
    recording = Recording()
    recording.error = error

    async def scenario() -> list[object]:
        commits = GroupCommit(recording.record, lambda: None)
        requests = [asyncio.create_task(commits.record(sent("accepted"))) for _ in range(3)]
        await asyncio.sleep(0)
        commits.start()
        answers = await asyncio.gather(*requests, return_exceptions=True)
        commits.stop()
        return answers

    assert [type(answer) for answer in asyncio.run(scenario())] == [told] * 3


def test_an_errand_runs_between_groups_and_a_stop_finishes_what_is_queued():
    recording = Recording()

    async def scenario() -> tuple[object, ...]:
        commits = GroupCommit(recording.record, lambda: None)
        first = asyncio.create_task(commits.record(sent("accepted")))
        errand = asyncio.create_task(commits.alone(lambda: list(recording.groups)))
        last = asyncio.create_task(commits.record(sent("held")))
        await asyncio.sleep(0)
        commits.start()
        await asyncio.to_thread(commits.stop)
        return await asyncio.gather(first, errand, last)

    _, seen, _ = asyncio.run(scenario())

    assert seen == [1]
    assert recording.groups == [1, 1]


def test_a_sender_who_hangs_up_disturbs_nobody():
    recording = Recording()

    async def scenario() -> list[Outcome]:
        commits = GroupCommit(recording.record, lambda: None)
        gone = asyncio.create_task(commits.record(sent("accepted")))
        other = asyncio.create_task(commits.record(sent("held")))
        await asyncio.sleep(0)
        gone.cancel()
        commits.start()
        answer = await other
        commits.stop()
        return answer

    assert [outcome.verdict for outcome in asyncio.run(scenario())] == ["held"]
