"""What a rule would have told over a past period, beside what it really told. Nothing is stored, nothing is sent.

The same follower reads the same log again, into a database in memory and by a clock that walks from day to day. Other
thresholds may be tried. Offices and silences are today's, as they are written down; nobody acknowledges anything. The
same log, period and thresholds give the same list.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, Table, func, insert, select

from services.notifier import rules
from services.notifier.following import NotifierFollower
from services.notifier.life import settle
from services.notifier.outbox import Outbox
from services.notifier.rules.catalogue import RULES, Limits, limits, rule_of
from services.notifier.tables import alerts, entries, letters, metadata, offices, silences
from shared.catch_up import BATCH, advance
from shared.clock import VIET_NAM, day_in_viet_nam, from_utc_text
from shared.database import engine, snapshot
from shared.log import START, Histories, Log, Mark
from shared.problems import BadQuestion, Fault
from shared.report import Recorded

LONGEST: Final = timedelta(days=3 * 366)
# Inhibition is part of what a rule would have told.
_ALSO: Final = ("province_silent",)
_NAMES: Final = ("alert_key", "subject", "province_now", "office", "occasion", "urgency", "held", "letter")

Rows = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rule, over which days (both included), and with which thresholds instead of its own."""

    rule: str
    first: date
    last: date
    thresholds: Mapping[str, int]

    def limits(self) -> Limits:
        """The thresholds in use, with those asked for in their place."""
        in_use = limits()
        return in_use | {self.rule: {**in_use.get(self.rule, {}), **self.thresholds}}

    def check(self) -> None:
        """Raises `BadQuestion` for a rule or a threshold there is none of, or a past that cannot be walked through."""
        faults = []
        if self.rule not in RULES or not RULES[self.rule].rehearsed:
            faults.append(
                Fault("/body/rule", "not-in-the-list" if self.rule not in RULES else "not-rehearsed")
            )
        if not timedelta(0) <= self.last - self.first <= LONGEST:
            faults.append(Fault("/body/to", "not-a-period"))
        for name in sorted(self.thresholds.keys() - rule_of(self.rule).thresholds.keys()):
            faults.append(Fault(f"/body/thresholds/{name}", "unknown"))
        if faults:
            raise BadQuestion(faults=tuple(faults))


class Told(NamedTuple):
    """Something an office would have been told, or why not; `really` says whether it was."""

    on: date
    facts: Rows
    really: bool


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a rule would have told, and what it told though it would not have."""

    asked: Asked
    told: list[Told]
    only_really: list[Rows]
    letters: int
    position: int

    def as_json(self) -> Rows:
        return {
            "rule": self.asked.rule,
            "from": self.asked.first.isoformat(),
            "to": self.asked.last.isoformat(),
            "thresholds": dict(self.asked.thresholds),
            "told": [{"on": one.on.isoformat(), **one.facts, "really": one.really} for one in self.told],
            "only_really": self.only_really,
            "letters": self.letters,
            "position": self.position,
        }


def rehearse(database: Engine, log: Log, outbox: Outbox, asked: Asked) -> Rehearsed:
    """Walk through the past with the rule. Raises `BadQuestion`, or `LogAway` if the log does not answer."""
    asked.check()
    with snapshot(database).connect() as connection:
        kept = {table: _rows(connection, table) for table in (offices, silences)}
        really = _told(connection, asked)
    with in_memory() as transaction:
        for table, rows in kept.items():
            if rows:
                transaction.execute(insert(table), rows)
        walk = Walk(transaction, log, OnlyRules(outbox, {asked.rule, *_ALSO}), asked.limits())
        walk.through(log, asked)
        would = _told(transaction, asked)
        wrote = letters.c.made_at >= _beginning(asked.first)
        count = transaction.scalar(select(func.count()).select_from(letters).where(wrote)) or 0
        position = walk.mark.position
    known = {_matter(row) for row in really if row["letter"]}
    found = [Told(row.pop("on"), row, _matter(row) in known) for row in would]
    mine = {_matter(one.facts) for one in found if one.facts["letter"]}
    lost = [
        row | {"on": row["on"].isoformat()} for row in really if row["letter"] and _matter(row) not in mine
    ]
    return Rehearsed(asked, found, lost, count, position)


class Walk:
    """A notifier without a worker: it takes events and lets days pass, all in one transaction."""

    def __init__(
        self,
        transaction: Connection,
        histories: Histories,
        outbox: Outbox,
        limits: Limits | None = None,
    ) -> None:
        self._transaction, self._outbox, self.mark, self._limits = transaction, outbox, START, limits
        self._now = datetime.min.replace(tzinfo=VIET_NAM)
        self._follower = NotifierFollower(
            transaction.engine, histories, lambda: self._now, outbox, limits=limits
        )

    def through(self, log: Log, asked: Asked) -> None:
        """Take the log up to the end of the period. What came before it is read fast, and told nobody twice."""
        before = _beginning(asked.first)
        batches = _batches(log, _beginning(asked.last + timedelta(days=1)))
        for events in batches:
            earlier = [event for event in events if _recorded_at(event) < before]
            self.take(earlier, before - timedelta(minutes=1))
            if len(earlier) < len(events):
                self._begin(before)
            later = events[len(earlier) :]
            for end, some in groupby(later, key=lambda event: _end_of_step(event, asked.rule)):
                self.pass_until(end)
                self.take(list(some), end)
        self._begin(before)
        self.pass_until(_beginning(asked.last + timedelta(days=1)) - timedelta(seconds=1))

    def take(self, events: Sequence[Recorded], now: datetime) -> None:
        """Take some events, as if they had just arrived."""
        if not events:
            return
        self._now = now
        after = Mark.of(events[-1])
        advance(self._follower, self._transaction, self.mark, after)
        self.mark = after
        self._follower.apply(self._transaction, events)

    def pass_until(self, moment: datetime) -> None:
        """Let time pass: each day begins, and each letter is written when it is due."""
        while (then := next_moment(self._transaction, self._now)) <= moment:
            self._now = then
            settle(self._transaction, self._outbox, then, limits=self._limits)

    def _begin(self, moment: datetime) -> None:
        """Where the period begins: what holds by then was told before."""
        if self._now < moment:
            self._now = moment - timedelta(seconds=1)
            settle(self._transaction, self._outbox, self._now, fire=True, limits=self._limits)


def next_moment(transaction: Connection, now: datetime) -> datetime:
    """When something happens next by itself: a day begins, or what an office is to be told is due."""
    waiting = (entries.c.letter.is_(None), entries.c.held.is_(None), entries.c.due_at > now)
    due = transaction.scalar(select(func.min(entries.c.due_at)).where(*waiting))
    tomorrow = _beginning(day_in_viet_nam(now) + timedelta(days=1))
    return min(tomorrow, due) if due else tomorrow


class OnlyRules(Outbox):
    """An outbox that writes the alerts of some rules, and leaves out the others."""

    def __init__(self, outbox: Outbox, wanted: Iterable[str]) -> None:
        self.__dict__.update(outbox.__dict__)
        self._wanted = frozenset(wanted)

    def notice(self, transaction: Connection, found: Sequence[rules.Notice], now: datetime) -> None:
        super().notice(transaction, [notice for notice in found if notice.rule in self._wanted], now)

    def fire(self, transaction: Connection, found: Sequence[Rows], now: datetime, day: date) -> None:
        super().fire(transaction, [alert for alert in found if alert["rule"] in self._wanted], now, day)


def in_memory() -> Any:
    """A transaction of an empty database in memory; it is gone afterwards."""
    made = engine("sqlite://")
    metadata.create_all(made)
    return made.begin()


def _batches(log: Log, until: datetime) -> Iterator[list[Recorded]]:
    """The log in pieces, up to a moment."""
    position = 0
    while events := log.read(position, BATCH):
        position = events[-1].position
        wanted = [event for event in events if _recorded_at(event) < until]
        if wanted:
            yield wanted
        if len(wanted) < len(events):
            return


def _told(connection: Connection, asked: Asked) -> list[Rows]:
    """What offices were to be told of the rule within the period, in the order in which it was found."""
    made = entries.c.made_at
    within = (made >= _beginning(asked.first), made < _beginning(asked.last + timedelta(days=1)))
    query = (
        select(entries, alerts.c.subject, alerts.c.facts)
        .join(alerts, alerts.c.key == entries.c.alert_key)
        .where(entries.c.rule == asked.rule, *within)
        .order_by(made, entries.c.key)
    )
    return [
        {name: row._mapping[name] for name in (*_NAMES, "facts")} | {"on": day_in_viet_nam(row.made_at)}
        for row in connection.execute(query)
    ]


def _matter(row: Rows) -> tuple[str, str, str]:
    return row["alert_key"], row["occasion"], row["office"]


def _rows(connection: Connection, table: Table) -> list[Rows]:
    return [row._asdict() for row in connection.execute(select(table))]


def _recorded_at(event: Recorded) -> datetime:
    return from_utc_text(event.envelope["recordedtime"])


def _end_of_step(event: Recorded, rule: str) -> datetime:
    """What is told at once is walked through by the hour, what waits for a digest by the day: its reports come last."""
    at = _recorded_at(event).astimezone(VIET_NAM)
    begins, lasts = _beginning(at.date()), timedelta(days=1)
    if rule_of(rule).urgency == "urgent":
        begins, lasts = at.replace(minute=0, second=0, microsecond=0), timedelta(hours=1)
    return begins + lasts - timedelta(seconds=1)


def _beginning(day: date) -> datetime:
    return datetime.combine(day, time(), VIET_NAM)
