"""From report to record: judge what arrived, append what may enter, keep what waits or was refused.

Everything here runs in one thread (`group_commit.py`). When `record` returns, all its verdicts are on disk.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

import prometheus_client as metrics
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from services.registry import held, quarantine
from services.registry.aside import Aside
from services.registry.club import FOUNDING, awaited_report, founding_ground, report_ground
from services.registry.hearing import Hearing
from services.registry.judging import Judge, Round
from services.registry.reading import read
from services.registry.verdicts import RECEIVED, Outcome, Pending, Verdict
from shared import tracing
from shared.access import Token, Tokens
from shared.clock import Clock
from shared.database import snapshot
from shared.log import Appended, Log
from shared.logs import told
from shared.problems import Away, CannotDo, NotApplied, NotFound
from shared.report import Identity

logger = logging.getLogger(__name__)
VERDICTS: Final = metrics.Counter("ishc_reports", "Reports received, by verdict", ["verdict"])

APPENDED: Final = metrics.Histogram(
    "ishc_append_seconds",
    "Seconds until a group of reports was on disk",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
LOOKED_AT: Final = 500  # Grounds looked at in one round of housekeeping.


class Rings(Protocol):
    """Something that wakes followers."""

    def ring(self, followers: Iterable[str]) -> None: ...


class Tally(NamedTuple):
    """received = accepted + duplicate + held + quarantined, always."""

    received: int
    accepted: int
    duplicate: int
    held: int
    quarantined: int


class Recorder:
    """The only way into the log."""

    def __init__(
        self,
        log: Log,
        database: Engine,
        tokens: Tokens,
        doorbell: Rings,
        hearing: Hearing,
        clock: Clock,
        *,
        quarantine_cap: int,
        quarantine_days: int,
    ) -> None:
        self._log, self._database, self._tokens = log, database, tokens
        self._doorbell, self._hearing, self._clock = doorbell, hearing, clock
        self._aside, self._retention = Aside(database, quarantine_cap), timedelta(days=quarantine_days)
        self._judge = Judge(log, clock)
        self._awaited: set[str] = set()  # Grounds somebody waits for; housekeeping fills it at the start.
        self._looked_at = ""

    def record(self, pending: Sequence[Pending], atomic: bool = False) -> list[Outcome]:
        """Judge and record in order. Raises `LogAway` or a database error: then nothing may be taken as recorded.

        An atomic batch is recorded whole, or each of its reports is refused or not applied.
        """
        items = dict(enumerate(pending))
        try:
            outcomes, rung = self._append(items, atomic)
        except BaseException:
            self._judge.forget()
            raise
        self._doorbell.ring(rung)
        self._awaited |= self._aside.keep(items, outcomes)
        self._hear(items, outcomes)
        try:
            self._let_in(self._grounds_given(outcomes.values()))
        except (Away, DBAPIError):
            logger.warning("what waited could not be let in, housekeeping will", exc_info=True)
        for verdict, number in Counter(outcome.verdict for outcome in outcomes.values()).items():
            VERDICTS.labels(verdict.value).inc(number)
        return [outcomes[index] for index in items]

    def try_out(self, pending: Sequence[Pending]) -> list[Outcome]:
        """The verdicts as they would be, and what a correction would move. Nothing is stored."""
        outcomes = self._judge.judge(dict(enumerate(pending)), dry_run=True).outcomes
        return [outcomes[index] for index in range(len(pending))]

    def readmit(self, id: int, operator: Token) -> Outcome:
        """Judge the same bytes of a refused report again. Raises `NotFound`, or `CannotDo` if they were erased."""
        kept = quarantine.find(self._database, id)
        if kept is None:
            raise NotFound
        if kept["state"] != "kept" or kept["raw"] is None:
            raise CannotDo
        item = _read_again(kept["raw"], operator, kept["received_at"], quarantine_id=id)
        return self.record([item])[0]

    def tally(self) -> Tally:
        """What was received, and where it is."""
        received, duplicate = self._log.tally()
        accepted = self._log.head().position
        with snapshot(self._database).connect() as connection:
            waiting, again = held.counts(connection)
            refused = quarantine.count(connection)
        return Tally(received + waiting + again + refused, accepted, duplicate + again, waiting, refused)

    def let_in_waiting(self) -> None:
        """Let in what another registry gave ground to, or what was left over when something was away.

        Looks at some of the grounds each time, in turn: there may be many.
        """
        self._awaited = held.grounds(self._database)
        later = sorted(ground for ground in self._awaited if ground > self._looked_at)[:LOOKED_AT]
        self._looked_at = later[-1] if len(later) == LOOKED_AT else ""
        self._let_in(self._given(set(later)))

    def erase_old(self) -> None:
        """Erase the bytes of refused reports past their retention."""
        quarantine.erase_before(self._database, self._clock() - self._retention)

    def _append(self, items: dict[int, Pending], atomic: bool) -> tuple[dict[int, Outcome], set[str]]:
        """Judge and append until nothing is overtaken by another writer."""
        accepted: dict[int, Outcome] = {}
        rung: set[str] = set()
        while True:
            round = self._judge.judge({i: item for i, item in items.items() if i not in accepted})
            if atomic and not _all_may_enter(round):
                return _refuse_all(round), rung
            appended = self._store(items, round, atomic)
            rung.update(appended.rung)
            for (index, _), recorded in zip(round.entries, appended.recorded, strict=False):
                accepted[index] = round.outcomes[index]._replace(recorded=recorded)
            if not appended.stale:
                self._judge.keep(round)
                return round.outcomes | accepted | self._first_answers(items, round, accepted), rung
            self._judge.doubt()

    def _store(self, items: Mapping[int, Pending], round: Round, atomic: bool) -> Appended:
        """Append what may enter; its first span, where a report is its own trace."""
        entries = [entry for _, entry in round.entries]
        if not entries:
            return Appended([])
        named = [entry.report for entry in entries[: tracing.MOST]]
        traces = [tracing.of_report(one.identity, one.attributes.get("traceparent")) for one in named]
        begins = "traceparent" not in named[0].attributes
        requests = {item.request for index, _ in round.entries if (item := items[index]).request}
        with tracing.span("append", [*traces, *requests][: tracing.MOST], begins=begins, events=len(entries)):
            with APPENDED.time():
                appended = self._log.append(entries, self._clock(), atomic)
            if appended.recorded:
                first, last = appended.recorded[0].position, appended.recorded[-1].position
                by = sorted(one.id for one in requests)[: tracing.MOST]
                facts = told(first=first, last=last, requests=by)
                logger.info("recorded positions %d to %d", first, last, extra=facts)
        return appended

    def _first_answers(
        self, items: Mapping[int, Pending], round: Round, accepted: Mapping[int, Outcome]
    ) -> dict[int, Outcome]:
        """A duplicate is answered with the event that was recorded the first time."""
        again: dict[int, Identity] = {}
        for index, outcome in round.outcomes.items():
            report = items[index].sent.report
            if outcome.verdict is Verdict.DUPLICATE and report is not None:
                again[index] = report.identity
        if not again:
            return {}
        known = {identity: found.position for identity, found in round.known.items()}
        for outcome in accepted.values():
            assert outcome.recorded is not None
            known[outcome.recorded.identity] = outcome.recorded.position
        self._log.count_duplicates(len(again))
        events = self._log.at({known[identity] for identity in again.values()})
        return {
            index: round.outcomes[index]._replace(recorded=events[known[identity]])
            for index, identity in again.items()
        }

    def _hear(self, items: Mapping[int, Pending], outcomes: Mapping[int, Outcome]) -> None:
        """Note whom the reports came from; what is judged again was heard before."""
        for index, item in items.items():
            verdict, report = outcomes[index].verdict, item.sent.report
            if item.waited_since is None and verdict in RECEIVED:
                self._hearing.hear(item, verdict, self._judge.province_of(report) if report else None)

    def _grounds_given(self, outcomes: Iterable[Outcome]) -> set[str]:
        """The grounds that newly recorded events give, of those somebody waits for."""
        given: set[str] = set()
        for outcome in outcomes if self._awaited else ():
            if outcome.verdict is Verdict.ACCEPTED and outcome.recorded is not None:
                given |= {founding_ground(outcome.recorded.subject), report_ground(outcome.recorded.identity)}
        return self._given(given & self._awaited)

    def _given(self, grounds: set[str]) -> set[str]:
        """Those of the grounds that are there: clubs with a founding that counts, reports in the log."""
        if not grounds:
            return set()
        clubs = {ground.removeprefix(FOUNDING) for ground in grounds if ground.startswith(FOUNDING)}
        reports = [awaited_report(ground) for ground in grounds if not ground.startswith(FOUNDING)]
        founded = [name for name, club in self._judge.subjects(clubs).items() if club.founding is not None]
        known = self._log.survey(reports, ()).known
        return {founding_ground(name) for name in founded} | {report_ground(identity) for identity in known}

    def _let_in(self, grounds: set[str]) -> None:
        """Judge again, in order of arrival and with the sender's rights of today, what waited for the grounds."""
        while grounds:
            self._awaited -= grounds
            waiting = held.waiting_on(self._database, grounds)
            if not waiting:
                return
            pending = [
                _read_again(kept.raw, self._tokens.by_name(kept.token), kept.received_at, held_id=kept.id)
                for kept in waiting
            ]
            items = dict(enumerate(pending))
            outcomes, rung = self._append(items, atomic=False)
            self._doorbell.ring(rung)
            self._awaited |= self._aside.keep(items, outcomes)
            grounds = self._grounds_given(outcomes.values())


def _all_may_enter(round: Round) -> bool:
    return all(
        outcome.verdict in (Verdict.ACCEPTED, Verdict.DUPLICATE) for outcome in round.outcomes.values()
    )


def _refuse_all(round: Round) -> dict[int, Outcome]:
    """An atomic batch that cannot enter: what may enter is not applied, what would have to wait is refused."""
    outcomes = {}
    for index, outcome in round.outcomes.items():
        match outcome.verdict:
            case Verdict.ACCEPTED | Verdict.DUPLICATE:
                outcomes[index] = Outcome(Verdict.NOT_APPLIED, problem=NotApplied())
            case Verdict.HELD:
                outcomes[index] = Outcome(Verdict.REJECTED, problem=outcome.problem)
            case _:
                outcomes[index] = outcome
    return outcomes


def _read_again(
    raw: bytes,
    token: Token | None,
    received_at: datetime,
    held_id: int | None = None,
    quarantine_id: int | None = None,
) -> Pending:
    return Pending(read(raw), token, received_at, held_id, quarantine_id)
