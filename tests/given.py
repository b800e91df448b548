"""Tests of rules as sentences: `given(...).when(...).refused(MeetingBeforeFounding)`."""

from collections.abc import Sequence
from typing import Any

from services.registry.judging import Judge
from services.registry.verdicts import Pending, Sent, Verdict
from shared.access import Role, Token
from shared.memory_log import MemoryLog
from shared.problems import Problem, Waits
from shared.report import Recorded
from tests.builders import NOW, report

OPERATOR = Token("operator", Role.OPERATOR, "/")


def given(*history: dict[str, Any]) -> "Given":
    """What is in the log already; each report must have been acceptable."""
    return Given(history)


def recorded(*sent: dict[str, Any]) -> list[Recorded]:
    """The reports as the log would hold them, judged one after the other."""
    return Given(sent).log.read(0, 10_000)


def let_in(sent: Sequence[dict[str, Any]]) -> list[Recorded]:
    """What the registry lets in of these reports, one after the other; the others are refused."""
    door = Given(())
    for one in sent:
        door.judge_one(one, store=True)
    return door.log.read(0, 10_000)


class Given:
    def __init__(self, history: Sequence[dict[str, Any]]) -> None:
        self.log, self.now = MemoryLog(), NOW
        self.judge = Judge(self.log, lambda: self.now)
        for sent in history:
            outcome = self.judge_one(sent, store=True)
            assert outcome.verdict is Verdict.ACCEPTED, (sent, outcome.problem and outcome.problem.code())

    def when(self, sent: dict[str, Any], by: Token = OPERATOR) -> "Then":
        return Then(self.judge_one(sent, by=by))

    def judge_one(self, sent: dict[str, Any], store: bool = False, by: Token = OPERATOR):
        round = self.judge.judge({0: Pending(Sent(b"", report(sent)), by, self.now)})
        if store and round.entries:
            self.log.append([entry for _, entry in round.entries], self.now)
        return round.outcomes[0]


class Then:
    def __init__(self, outcome) -> None:
        self.outcome = outcome

    def accepted(self) -> None:
        assert self.outcome.verdict is Verdict.ACCEPTED, self.outcome.problem

    def refused(self, problem: type[Problem], at: str | None = None) -> None:
        assert type(self.outcome.problem) is problem, (self.outcome.verdict, self.outcome.problem)
        if at is not None:
            assert self.outcome.problem.pointer == at

    def waits(self, problem: type[Waits]) -> None:
        assert self.outcome.verdict is Verdict.HELD
        assert type(self.outcome.problem) is problem

    def duplicate(self) -> None:
        assert self.outcome.verdict is Verdict.DUPLICATE
