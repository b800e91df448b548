"""What is put aside: reports that wait for others, and refused ones with the reason. Nothing that was sent is lost."""

from collections.abc import Mapping

from sqlalchemy import Connection, Engine

from services.registry import held, quarantine
from services.registry.verdicts import REFUSED, Outcome, Pending, Verdict
from shared.problems import OtherContent, Problem, Waits


class Aside:
    """The registry's database of what is not in the log."""

    def __init__(self, database: Engine, cap: int) -> None:
        self._database, self._cap = database, cap

    def keep(self, items: Mapping[int, Pending], outcomes: dict[int, Outcome]) -> set[str]:
        """Write down what waits and what was refused, and what became of what had been kept before.

        Returns the grounds that are waited for. Who waits with another content than before is a conflict by now.
        """
        changed = [index for index, item in items.items() if _concerns_database(item, outcomes[index])]
        if not changed:
            return set()
        with self._database.begin() as transaction:
            for index in changed:
                outcomes[index] = self._keep_one(transaction, items[index], outcomes[index])
            for token in {item.token.name for index in changed if (item := items[index]).token}:
                quarantine.erase_beyond(transaction, token, self._cap)
        return {problem.ground for index in changed if (problem := _waits(outcomes[index]))}

    def _keep_one(self, transaction: Connection, item: Pending, outcome: Outcome) -> Outcome:
        if waits := _waits(outcome):
            return self._hold(transaction, item, outcome, waits)
        position = outcome.recorded.position if outcome.recorded else None
        if item.held_id is not None:
            held.settle(transaction, item.held_id, "refused" if outcome.problem else "released", position)
        if item.quarantine_id is not None:
            if outcome.problem is None:
                quarantine.readmitted(transaction, item.quarantine_id, outcome.verdict.value, position)
            else:
                quarantine.refused_again(transaction, item.quarantine_id, outcome.problem)
        elif outcome.problem is not None and (outcome.verdict in REFUSED or item.held_id is not None):
            self._refuse(transaction, item, outcome.verdict, outcome.problem)
        return outcome

    def _hold(self, transaction: Connection, item: Pending, outcome: Outcome, waits: Waits) -> Outcome:
        if item.held_id is not None:
            held.wait_on(transaction, item.held_id, waits)
            return outcome
        report, token = item.sent.report, item.token
        assert report is not None
        assert token is not None
        if held.hold(transaction, report, waits, token.name, item.received_at) == "conflict":
            before = held.waiting_hash(transaction, report)
            problem = OtherContent("/id", received=report.content_hash, recorded=before)
            self._refuse(transaction, item, Verdict.CONFLICT, problem)
            return Outcome(Verdict.CONFLICT, problem=problem)
        if item.quarantine_id is not None:
            quarantine.readmitted(transaction, item.quarantine_id, Verdict.HELD.value, None)
        return outcome

    def _refuse(self, transaction: Connection, item: Pending, verdict: Verdict, problem: Problem) -> None:
        token = item.token.name if item.token else ""
        raw = item.sent.raw
        quarantine.keep(transaction, raw, verdict.value, problem, token, item.received_at, item.sent.names())


def _waits(outcome: Outcome) -> Waits | None:
    is_held = outcome.verdict is Verdict.HELD
    return outcome.problem if is_held and isinstance(outcome.problem, Waits) else None


def _concerns_database(item: Pending, outcome: Outcome) -> bool:
    kept_before = item.held_id is not None or item.quarantine_id is not None
    return kept_before or outcome.verdict is Verdict.HELD or outcome.verdict in REFUSED
