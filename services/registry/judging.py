"""Judging reports against what the log knows: identity, version and rules, one round for many reports."""

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from services.registry.club import (
    Subject,
    World,
    amended,
    decide,
    decide_amendment,
    evolve,
    province_of,
    provinces_of,
    remember,
    unsettles,
)
from services.registry.verdicts import Outcome, Pending, Verdict, verdict_on
from shared.access import OFFICES
from shared.clock import Clock, day_in_viet_nam
from shared.effective import corrected_event, root, standings
from shared.events import (
    ClubMerged,
    Event,
    PeriodReopened,
    PeriodSignedOff,
    ReportCorrected,
    ReportRedacted,
    ReportWithdrawn,
    VisitMade,
)
from shared.log import NO_HASH, Entry, Head, Known, Log, link
from shared.problems import (
    OnlyByCommand,
    OnlyOfficesSign,
    OtherContent,
    Problem,
    TargetOfAnotherSubject,
    TokenUnknown,
    WaitsForReport,
)
from shared.redaction import same_but_for_redacted
from shared.report import Identity, Recorded, Report, schema_version

REMEMBERED: Final = 50_000  # Subjects kept in memory: more clubs than Viet Nam will have by 2035.


@dataclass(slots=True)
class Round:
    """One attempt to judge what is pending: its verdicts, and the entries that would make them true."""

    known: dict[Identity, Known]
    subjects: dict[str, Subject]
    today: date
    dry_run: bool
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    entries: list[tuple[int, Entry]] = field(default_factory=list)
    mine: dict[Identity, Entry] = field(default_factory=dict)

    @property
    def all_new(self) -> bool:
        return len(self.entries) == len(self.outcomes)

    def content_hash(self, identity: Identity) -> str | None:
        """The content already received under an identity, in the log or earlier in this round."""
        if identity in self.known:
            return self.known[identity].content_hash
        return self.mine[identity].report.content_hash if identity in self.mine else None


class Judge:
    """Judges reports. Remembers subjects between rounds; the log's versions tell when a memory is stale.

    Where all subjects are remembered and all reports may enter, the log need not be asked first: the append
    proves identities and versions anyway. So the judge guesses while its guesses come true, and asks otherwise.
    """

    def __init__(self, log: Log, clock: Clock) -> None:
        self._log, self._clock = log, clock
        self._memory: OrderedDict[str, Subject] = OrderedDict()
        self._guesses = False

    def judge(self, pending: Mapping[int, Pending], dry_run: bool = False) -> Round:
        """Judge in order: later reports see earlier ones as recorded. On trial, say also what would move."""
        reports = [item.sent.report for item in pending.values() if item.sent.report]
        identities, names = {report.identity for report in reports}, {report.subject for report in reports}
        today = day_in_viet_nam(self._clock())
        if self._guesses and not dry_run and names <= self._memory.keys():
            subjects = {name: self._memory[name] for name in names}
            guess = self._judge_all(
                Round(self._log.long_known(identities), subjects, today, dry_run), pending
            )
            if guess.all_new:  # Every other verdict has to be sure.
                return guess
        survey = self._log.survey(identities, names)
        return self._judge_all(Round(survey.known, self._recall(survey.versions), today, dry_run), pending)

    def keep(self, round: Round) -> None:
        """Remember the subjects as a round left them, once its entries are in the log."""
        self._guesses = round.all_new
        for name, subject in round.subjects.items():
            self._memory[name] = subject
            self._memory.move_to_end(name)
        while len(self._memory) > REMEMBERED:
            self._memory.popitem(last=False)

    def doubt(self) -> None:
        """Ask the log in the next round: others write to it, or send what it knows."""
        self._guesses = False

    def forget(self) -> None:
        """Remember nothing: what was remembered may not have come true."""
        self._memory.clear()

    def subjects(self, names: Collection[str]) -> dict[str, Subject]:
        """The subjects as they stand."""
        return self._recall(self._log.survey((), names).versions)

    def province_of(self, report: Report) -> str | None:
        """The province a report just judged is put under; None where neither it nor its subject names one."""
        return province_of(self._memory.get(report.subject, Subject()), report.subject, report.event)

    def _judge_all(self, round: Round, pending: Mapping[int, Pending]) -> Round:
        for index, item in pending.items():
            try:
                round.outcomes[index] = self._judge_one(round, index, item)
            except Problem as problem:
                round.outcomes[index] = Outcome(verdict_on(problem), problem=problem)
        return round

    def _judge_one(self, round: Round, index: int, item: Pending) -> Outcome:
        """Authorise, then look up the identity, then judge. Raises the `Problem` that keeps the report out."""
        report = item.sent.report
        if report is None:
            assert item.sent.problem is not None
            raise item.sent.problem
        subject = round.subjects[report.subject]
        self._authorise(item, report, subject)
        before = round.content_hash(report.identity)
        if before == report.content_hash or (before is not None and self._told_more(round, report)):
            return Outcome(Verdict.DUPLICATE, told=self._told_before(round, report))
        if before is not None:
            raise OtherContent("/id", received=report.content_hash, recorded=before)
        if isinstance(report.event, ReportCorrected | ReportWithdrawn):
            return self._judge_amendment(round, index, item, report)
        if isinstance(report.event, ReportRedacted):
            raise OnlyByCommand("/type")
        world = self._world(round)
        decide(subject, report, world)
        self._authorise_named(item, report.event, world)
        if unsettles(report.event):
            return self._unsettle(round, index, item, report)
        self._enter(round, index, item, report, subject)
        round.subjects[report.subject] = evolve(subject, report.event)
        return Outcome(Verdict.ACCEPTED)

    def _judge_amendment(self, round: Round, index: int, item: Pending, report: Report) -> Outcome:
        subject = round.subjects[report.subject]
        history = self._history(round, report.subject)
        self._authorise_signing(item, amended(history, report.event))
        try:
            told = decide_amendment(subject, history, report, self._world(round))
        except WaitsForReport:
            target = report.event.target  # type: ignore[attr-defined]
            if self._log.survey([Identity(target.source, target.id)], ()).known:
                raise TargetOfAnotherSubject("/subject") from None
            raise
        if told is not None:
            self._authorise(item, report, Subject(place=told.where()))
            self._authorise_named(item, told, self._world(round))
        return self._unsettle(round, index, item, report)._replace(told=told)

    def _unsettle(self, round: Round, index: int, item: Pending, report: Report) -> Outcome:
        """Enter a report that may change what earlier ones are worth."""
        history = self._history(round, report.subject)
        entry = self._enter(round, index, item, report, round.subjects[report.subject])
        after = [*history, _provisional(entry, len(history))]
        round.subjects[report.subject] = remember(after)
        return Outcome(Verdict.ACCEPTED, dependents=_moved(history, after) if round.dry_run else ())

    def _told_more(self, round: Round, report: Report) -> bool:
        """A report sent again that still has the words which were taken out of it since."""
        if report.identity not in round.known:
            return False
        position = round.known[report.identity].position
        recorded = self._log.at([position])[position]
        same = (recorded.type, recorded.subject, schema_version(recorded.envelope))
        return (
            recorded.redacted
            and same == (report.type, report.subject, report.version)
            and same_but_for_redacted(recorded.data, report.data)
        )

    def _told_before(self, round: Round, report: Report) -> Event | None:
        """What a correction said happened when it was recorded; None for any other report."""
        if not isinstance(report.event, ReportCorrected):
            return None
        target = Identity(report.event.target.source, report.event.target.id)
        original = root(self._history(round, report.subject), target)
        return corrected_event(original, report.event) if original else None

    def _world(self, round: Round) -> World:
        """What a judgement may look at besides its subject."""

        def club(name: str) -> Subject:
            if name not in round.subjects:
                return self.subjects([name])[name]
            return round.subjects[name]

        return World(round.today, lambda: self._log.head().position, club)

    def _authorise(self, item: Pending, report: Report, subject: Subject) -> None:
        if item.token is None:
            raise TokenUnknown
        if item.quarantine_id is None:  # The operator who admits a refused report vouches for it.
            item.token.check_source(report.identity.source)
            item.token.check_scope(report.subject, provinces_of(subject, report.subject, [report.event]))
            self._authorise_signing(item, report.event)

    def _authorise_named(self, item: Pending, event: Event, world: World) -> None:
        """Who gives a club's history to another, or says what was found at clubs, writes about all of them."""
        if item.token is None or item.quarantine_id is not None:
            return
        for name in _named(event):
            item.token.check_scope(name, provinces_of(world.club(name), name, []))

    def _authorise_signing(self, item: Pending, event: Event | None) -> None:
        """An office vouches for figures; a phone or a club cannot, nor take back what an office said."""
        signs = isinstance(event, PeriodSignedOff | PeriodReopened)
        if signs and item.token is not None and item.token.role not in OFFICES and item.quarantine_id is None:
            raise OnlyOfficesSign("/type")

    def _enter(self, round: Round, index: int, item: Pending, report: Report, subject: Subject) -> Entry:
        assert item.token is not None
        entry = Entry(report, subject.version + 1, item.token.name, item.waited_since)
        round.entries.append((index, entry))
        round.mine[report.identity] = entry
        return entry

    def _recall(self, versions: Mapping[str, int]) -> dict[str, Subject]:
        """The subjects at these versions, from memory or from their history."""
        recalled = {}
        for name, version in versions.items():
            subject = self._memory.get(name)
            if subject is None or subject.version != version:
                subject = remember(self._log.history(name)) if version else Subject()
            recalled[name] = subject
        return recalled

    def _history(self, round: Round, name: str) -> list[Recorded]:
        """A subject's history, with the entries of this round that are not in the log yet."""
        recorded = self._log.history(name)
        mine = [entry for _, entry in round.entries if entry.report.subject == name]
        return recorded + [_provisional(entry, len(recorded) + i) for i, entry in enumerate(mine)]


def _named(event: Event) -> Sequence[str]:
    """The clubs a report is about besides its subject."""
    match event:
        case ClubMerged():
            return [event.into]
        case VisitMade():
            return [*event.clubs, *(found.club for found in event.findings if found.club)]
    return []


def _provisional(entry: Entry, number: int) -> Recorded:
    """The entry as if it were recorded, behind all others: good enough to judge what follows it."""
    return link(Head(0, 10**15 + number, NO_HASH, ""), [entry], datetime(1970, 1, 1, tzinfo=UTC))[0]


def _moved(before: Sequence[Recorded], after: Sequence[Recorded]) -> tuple[dict[str, Any], ...]:
    """The reports whose standing changes between two histories of a subject."""
    was, becomes = standings(before), standings(after)
    return tuple(
        {
            "position": event.position,
            "id": event.identity.id,
            "type": event.type,
            "from": was[event.position],
            "to": now,
        }
        for event in before
        if (now := becomes[event.position]) != was[event.position]
    )
