"""What must hold after every fault: each invariant is one function that says what is wrong.

The checker trusts nothing it checks: it reads stream and tables as they lie there, hashes by itself, counts money by
itself, and sees a read model only beside one made anew from the log. `test_invariants.py` plants every kind of damage
and sees it named.
"""

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sqlalchemy import Engine, Table, func, select

from services.notifier import tables as notifier
from services.notifier.composing import Letterhead
from services.notifier.following import NotifierFollower
from services.notifier.outbox import Outbox
from services.notifier.rules.catalogue import gathered
from services.notifier.rules.waiting import RULE_OF
from services.registry import tables as registry
from services.reporting import tables as reporting
from services.reporting.projections import ReportingFollower
from shared.archive import archive
from shared.catch_up import Follower, catch_up
from shared.database import engine, reads
from shared.valkey_log import ValkeyLog
from tests.builders import NOW

GENESIS: Final = "0" * 64
UNDECIDED: Final = (
    "sending",
    "unknown",
)  # The worker or the line died in the hand-over: visible, at most once.


class Line(NamedTuple):
    """An event as it lies in the stream or in the archive."""

    position: int
    envelope: str
    data: str
    salt: str
    content_hash: str
    hash: str

    @property
    def told(self) -> dict[str, Any]:
        return json.loads(self.envelope)


class Told(NamedTuple):
    """What the field was answered about an accepted report."""

    position: int
    content_hash: str


@dataclass
class Evidence:
    """The stores, and what people outside know: the field's answers by report id, and the mail by Message-ID."""

    log: ValkeyLog
    registry: Engine
    reporting: Engine | None = None
    notifier: Engine | None = None
    acknowledged: Mapping[str, Sequence[Told]] = field(default_factory=dict)
    waiting: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    arrived: Mapping[str, int] = field(default_factory=Counter)

    def stream(self) -> list[Line]:
        """What is in Valkey."""
        rows = self.log.client.xrange(self.log.keys.log)
        return [Line(int(id.partition("-")[0]), *parts[1::2]) for id, parts in rows]

    def archived(self) -> list[Line]:
        """What is in the archive."""
        columns = [
            archive.c[name] for name in ("position", "envelope", "data", "salt", "content_hash", "hash")
        ]
        return [Line(*row) for row in _rows(self.registry, select(*columns).order_by(archive.c.position))]

    def events(self) -> list[Line]:
        """The whole log: what only the archive still has, then the stream."""
        stream = self.stream()
        cold = [line for line in self.archived() if not stream or line.position < stream[0].position]
        return cold + stream


def what_is_wrong(evidence: Evidence) -> dict[str, list[str]]:
    """Every broken invariant with its findings; empty if all is well."""
    found = {check.__name__: check(evidence) for check in INVARIANTS}
    return {name: wrong for name, wrong in found.items() if wrong}


def lost(evidence: Evidence) -> list[str]:
    """Every acknowledged report is in the log, where it was said to be, with the content that was sent."""
    there = {line.position: line for line in evidence.events()}
    wrong = []
    for id, answers in evidence.acknowledged.items():
        for told in answers:
            line = there.get(told.position)
            if line is None or line.told["id"] != id:
                wrong.append(f"{id} is not at position {told.position}")
            elif _content_hash(line) != told.content_hash:
                wrong.append(f"{id} has other content at position {told.position}")
    return wrong


def lost_on_the_desk(evidence: Evidence) -> list[str]:
    """What was answered `held` waits or has entered; what was refused is in quarantine."""
    held, refused = registry.held, registry.quarantine
    kept = {row.report_id for row in _rows(evidence.registry, select(held.c.report_id))}
    thrown = {row.report_id for row in _rows(evidence.registry, select(refused.c.report_id))}
    return [f"{id} is not held" for id in sorted(evidence.waiting - kept)] + [
        f"{id} is not in quarantine" for id in sorted(evidence.refused - thrown)
    ]


def doubled(evidence: Evidence) -> list[str]:
    """No report is recorded twice, and none was told two positions."""
    times = Counter((line.told["source"], line.told["id"]) for line in evidence.events())
    twice = [f"{id} is recorded {n} times" for (_, id), n in times.items() if n > 1]
    moved = [
        f"{id} was told {len(set(a))} places" for id, a in evidence.acknowledged.items() if len(set(a)) > 1
    ]
    places = Counter(told.position for answers in evidence.acknowledged.values() for told in set(answers))
    return twice + moved + [f"position {at} was given {n} times" for at, n in places.items() if n > 1]


def gaps(evidence: Evidence) -> list[str]:
    """Positions are 1, 2, 3 …, the versions of each subject too, and recorded time never goes back."""
    wrong, versions, last = [], Counter[str](), ""
    for expected, line in enumerate(evidence.events(), start=1):
        told = line.told
        if line.position != expected or told["position"] != expected:
            return [*wrong, f"position {line.position} stands where {expected} belongs"]
        versions[told["subject"]] += 1
        if told["subjectversion"] != versions[told["subject"]]:
            wrong.append(f"position {expected} is version {told['subjectversion']} of {told['subject']}")
        if told["recordedtime"] < last:
            wrong.append(f"position {expected} is recorded before the one before it")
        last = told["recordedtime"]
    return wrong


def broken_chain(evidence: Evidence) -> list[str]:
    """Each hash is that of the one before and the envelope, each seal that of salt and content, to the head."""
    before = GENESIS
    events = evidence.events()
    for line in events:
        if _sha256(before + line.envelope) != line.hash:
            return [f"position {line.position} does not follow the one before it"]
        if _sha256(line.salt + _content(line)) != line.told["contentseal"]:
            return [f"position {line.position} is not what was sealed"]
        if _content_hash(line) != line.content_hash:
            return [f"position {line.position} has another content hash"]
        before = line.hash
    position, hash = evidence.log.client.hmget(evidence.log.keys.meta, ("head", "hash"))
    if (int(position or 0), hash or GENESIS) != (len(events), before):
        return [f"the head says {position}, the log ends at {len(events)}"]
    return []


def archive_apart(evidence: Evidence) -> list[str]:
    """The archive holds the log: every event, byte by byte, and nothing else."""
    archived, stream = evidence.archived(), evidence.stream()
    wrong = [f"position {line.position} differs" for line in stream if line.position > len(archived)]
    there = {line.position: line for line in archived}
    wrong += [f"position {one.position} differs" for one in stream if there.get(one.position, one) != one]
    first = stream[0].position if stream else len(archived) + 1
    missing = set(range(1, first)) - there.keys()
    missing |= {one.position for one in stream} - there.keys()
    return wrong + [f"position {position} is not archived" for position in sorted(missing)]


def sums(evidence: Evidence) -> list[str]:
    """received = accepted + duplicate, in the log's own books."""
    keys = evidence.log.keys
    received, duplicate, head = evidence.log.client.hmget(keys.meta, ("received", "duplicate", "head"))
    if int(received or 0) == int(head or 0) + int(duplicate or 0):
        return []
    return [f"received {received}, but {head} were accepted and {duplicate} known"]


def waits_in_vain(evidence: Evidence) -> list[str]:
    """Nothing waits that is in the log already."""
    ids = {line.told["id"] for line in evidence.events()}
    waiting = select(registry.held.c.report_id).where(registry.held.c.state == "waiting")
    return [
        f"{row.report_id} still waits" for row in _rows(evidence.registry, waiting) if row.report_id in ids
    ]


def figures_apart(evidence: Evidence) -> list[str]:
    """The read models, grown through all this, are those a rebuild makes from the log."""
    if evidence.reporting is None:
        return []
    with _made_anew(reporting.metadata, lambda made: ReportingFollower(made, evidence.log), evidence) as anew:
        return _differences(evidence.reporting, anew, reporting.READ_MODELS)


def facts_apart(evidence: Evidence) -> list[str]:
    """What the notifier knows is what it would know from the log alone."""
    if evidence.notifier is None:
        return []

    def follower(made: Engine) -> Follower:
        return NotifierFollower(made, evidence.log, lambda: NOW, Outbox(Letterhead("ishc.test")))

    drawn = (notifier.facts, notifier.aliases, notifier.conditions)
    with _made_anew(notifier.metadata, follower, evidence) as anew:
        return _differences(evidence.notifier, anew, drawn)


def money(evidence: Evidence) -> list[str]:
    """Each club's money, summed from the log by hand, is the sum of its effects: received + interest - spent."""
    if evidence.reporting is None:
        return []
    effects = reporting.effects
    query = select(effects.c.subject, effects.c.indicator, func.sum(effects.c.value)).group_by(
        effects.c.subject, effects.c.indicator
    )
    found: dict[str, dict[str, int]] = {}
    for subject, indicator, value in _rows(evidence.reporting, query):
        found.setdefault(subject, {})[indicator] = int(value)
    wrong = []
    for club, (received, spent, interest) in _money_in(evidence.events()).items():
        has = found.get(club, {})
        told = tuple(
            has.get(name, 0) for name in ("fund_received_vnd", "fund_spent_vnd", "loan_interest_vnd")
        )
        if told != (received, spent, interest) or has.get("fund_vnd", 0) != received + interest - spent:
            wrong.append(
                f"{club} has {has.get('fund_vnd', 0)} đồng, its reports say {received + interest - spent}"
            )
    return wrong


def letters(evidence: Evidence) -> list[str]:
    """Each founding is told once to each office it concerns; a letter arrived once, or its end is openly unknown."""
    if evidence.notifier is None:
        return []
    wrong = []
    written = list(_rows(evidence.notifier, select(notifier.letters)))
    for letter in written:
        times = evidence.arrived.get(letter.message_id, 0)
        right = times == 1 if letter.state == "sent" else times <= (letter.state in UNDECIDED)
        if not right:
            wrong.append(f"letter {letter.id} is {letter.state} and arrived {times} times")
    known = {letter.message_id for letter in written}
    wrong += [f"{id} arrived and was never written" for id in evidence.arrived if id not in known]
    told = Counter((letter.told, letter.address) for letter in written)
    wrong += [f"{address} is told {name} {n} times" for (name, address), n in told.items() if n > 1]
    founded = select(notifier.alerts.c.causes).where(notifier.alerts.c.rule == "club_founded")
    alerts = Counter(position for row in _rows(evidence.notifier, founded) for position in row.causes)
    foundings = {one.position for one in evidence.events() if one.told["type"] == "club.founded"}
    wrong += [f"the founding at {at} was told {alerts[at]} times" for at in foundings if alerts[at] != 1]
    return wrong + [f"a founding at {at} was told and never recorded" for at in alerts if at not in foundings]


INVARIANTS: Final[tuple[Callable[[Evidence], list[str]], ...]] = (
    lost,
    lost_on_the_desk,
    doubled,
    gaps,
    broken_chain,
    archive_apart,
    sums,
    waits_in_vain,
    figures_apart,
    facts_apart,
    money,
    letters,
)


def content_hash(sent: Mapping[str, Any]) -> str:
    """What identifies the content of a report as it was sent, version 1: SHA-256 of its RFC 8785 JSON."""
    return _sha256(
        _canonical({"type": sent["type"], "subject": sent["subject"], "version": 1, "data": sent["data"]})
    )


def _content(line: Line) -> str:
    told = line.told
    version = int(told.get("dataschema", "/1").rpartition("/")[2])
    return _canonical(
        {"type": told["type"], "subject": told["subject"], "version": version, "data": json.loads(line.data)}
    )


def _content_hash(line: Line) -> str:
    return _sha256(_content(line))


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _money_in(events: Sequence[Line]) -> dict[str, tuple[int, int, int]]:
    """By club: received, spent, interest. A corrected report counts as corrected last, a withdrawn one not at all."""
    said: dict[str, dict[str, Any]] = {}
    for line in events:
        told = line.told | {"data": json.loads(line.data)}
        target = told["data"].get("target", {}).get("id")
        if told["type"] == "report.corrected" and target in said:
            said[target]["data"] = told["data"]["data"]
        elif told["type"] == "report.withdrawn":
            said.pop(target, None)
        else:
            said[told["id"]] = told
    sums: dict[str, tuple[int, int, int]] = {}
    for told in said.values():
        data, (received, spent, interest) = told["data"], sums.get(told["subject"], (0, 0, 0))
        match told["type"]:
            case "fund.received":
                received += data.get("amount_vnd", 0)
            case "fund.spent":
                spent += data["amount_vnd"]
            case "loan.repaid":
                interest += data["interest_vnd"]
        sums[told["subject"]] = received, spent, interest
    return sums


def _rows(database: Engine, query: Any) -> list[Any]:
    with reads(database).connect() as connection:
        return list(connection.execute(query))


@contextmanager
def _made_anew(metadata: Any, follower: Callable[[Engine], Follower], evidence: Evidence) -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder:
        made = engine(f"sqlite:///{folder}/anew.sqlite", durable=False)
        metadata.create_all(made)
        catch_up(evidence.log, follower(made))
        yield made
        made.dispose()


def _differences(ours: Engine, anew: Engine, tables: Sequence[Table]) -> list[str]:
    """What one database has and the other lacks, but for names given by chance and what days or waiting bring."""
    wrong = []
    for table in tables:
        query = select(*(column for column in table.columns if column.name != "made"))
        if table is notifier.conditions:
            query = query.where(notifier.conditions.c.rule.not_in([*gathered(), *RULE_OF.values()]))
        mine, theirs = (Counter(map(repr, _rows(one, query))) for one in (ours, anew))
        wrong += [f"{table.name} has {row}" for row in mine - theirs]
        wrong += [f"{table.name} lacks {row}" for row in theirs - mine]
    return wrong
