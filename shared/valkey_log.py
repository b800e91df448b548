"""The log on Valkey (or Redis 7 and later): one stream, written only by `append.lua`, archived in SQL.

Position N is stream id `N-0`.
"""

import hashlib
import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any, Final

import redis

from shared.archive import Archive
from shared.log import NO_HASH, Appended, Entry, Forked, Head, Known, Mark, Survey, Tally, calls, link
from shared.problems import LogAway
from shared.report import Identity, Recorded
from shared.valkey import BELL_SECONDS, Keys, answering

logger = logging.getLogger(__name__)

CONFIRM_SECONDS: Final = 2.0  # How long replicas may take; then the sender is asked to try again.
A_DAY: Final = 24 * 3600
_SCANNED: Final = 2000  # Events looked through at once.
_SCRIPT: Final = files(__package__).joinpath("append.lua").read_text(encoding="utf-8")


class ValkeyLog:
    """A `Log` that keeps what it acknowledged. Safe for one thread at a time, as its writer is.

    With `replicas` it acknowledges, and tells those who judge and follow, only what so many of them have on disk as
    well: what is read here outlives a failover (decision 0027).
    """

    def __init__(
        self,
        client: redis.Redis,
        archive: Archive,
        programme: str,
        followers: Sequence[str] = (),
        replicas: int = 0,
    ) -> None:
        self.client: Any = client  # The stubs of redis-py do not know that answers are decoded.
        self.archive, self.followers = archive, list(followers)
        self.keys = Keys(programme)
        # Each programme has a script of its own: that one was compared with its archive says nothing of another.
        self._script = f"{_SCRIPT}-- {programme}\n"
        self._sha = hashlib.sha1(
            self._script.encode(), usedforsecurity=False
        ).hexdigest()  # Valkey's name for it.
        self.replicas, self.patience = replicas, CONFIRM_SECONDS
        self._head: Head | None = None  # As of our last append: saves asking, the script checks it.
        self._sure = 0  # The replicas have the log up to here: it need not be asked again.

    def close(self) -> None:
        """Close the connections to Valkey and to the archive."""
        self.client.close()
        self.archive.close()

    def head(self) -> Head:
        with answering():
            return self._read_head(self.client.hmget(self.keys.meta, _HEAD))

    def check(self) -> None:
        """Raise `LogAway` if the log must be opened first (`shared/refill.py`): it is closed, shorter than it was, or
        its Valkey has started anew and may hold an old copy."""
        with answering():
            pipeline = self.client.pipeline(transaction=False)
            pipeline.script_exists(self._sha)
            pipeline.exists(self.keys.meta)  # In a cluster: asks again where the log is, if it moved.
            admitted, _ = pipeline.execute()
        self._check(self._provable(None), admitted)

    def admit(self) -> None:
        """Let writers in, until Valkey starts anew; call it only after what it holds was compared with the archive.

        The script itself is the sign: no copy on disk has it, so whoever finds it missing knows that nobody compared.
        """
        before, self._head, self._sure = self._head, None, 0
        if before is not None and (now := self.head().position) < before.position:
            logger.critical("positions %d to %d are gone from log and archive", now + 1, before.position)
        with answering():
            pipeline = self.client.pipeline(transaction=False)
            pipeline.script_load(self._script)
            pipeline.exists(self.keys.meta)
            pipeline.execute()

    def append(self, entries: Sequence[Entry], now: datetime, atomic: bool = False) -> Appended:
        pending, done = calls(entries, atomic), Appended([])
        while pending:
            head, self._head = self._provable(self._head), None
            linked = list(_linked_calls(head, pending, now))
            answers, sure = self._send(head, pending, linked)
            for recorded, answer in zip(linked, answers, strict=True):
                match answer:
                    case ["ok", *bells] if sure:
                        del pending[0]
                        done.recorded.extend(recorded)
                        done.rung.extend(self.followers[int(bell) - 1] for bell in bells)
                        self._head = head = _head_after(recorded)
                        self._sure = head.position
                    case ["moved", epoch, position, hash_, recorded_at] if int(position) >= head.position:
                        self._head = Head(int(epoch), int(position), hash_, recorded_at)
                        break
                    case ["stale"]:
                        return Appended(done.recorded, stale=True, rung=done.rung)
                    case _:  # Closed; shorter than it was, to be refilled; or not with enough replicas.
                        raise LogAway
        return done

    def _send(
        self, head: Head, pending: list[Sequence[Entry]], linked: list[list[Recorded]]
    ) -> tuple[list[Any], bool]:
        """The answers to the calls, and whether what they stored is where it must be."""
        with answering():  # Without the script nobody has compared this Valkey with the archive: see `admit`.
            pipeline = self.client.pipeline(transaction=False)
            at = head
            for call, recorded in zip(pending, linked, strict=True):
                keys, arguments = self._call(at, call, recorded)
                pipeline.evalsha(self._sha, len(keys), *keys, *arguments)
                at = _head_after(recorded)
            return self._execute_surely(pipeline)

    def _call(
        self, head: Head, call: Sequence[Entry], recorded: Sequence[Recorded]
    ) -> tuple[list[str], list[str | int | bytes]]:
        before: dict[str, int] = {}
        after: dict[str, int] = {}
        for entry in call:
            before.setdefault(entry.report.subject, entry.subject_version - 1)
            after[entry.report.subject] = entry.subject_version
        keys = [self.keys.meta, self.keys.log, self.keys.versions]
        keys += [self.keys.identity(entry.report.identity.key) for entry in call]
        keys += [self.keys.tail(subject) for subject in before]
        keys += [self.keys.bell(follower) for follower in self.followers]
        arguments: list[str | int | bytes] = [
            head.epoch,
            head.hash,
            recorded[-1].envelope["recordedtime"],
        ]
        arguments += [BELL_SECONDS * 1000, len(call), len(before), len(self.followers)]
        for subject, version in before.items():
            arguments += [subject, version, after[subject]]
        numbers = {subject: number for number, subject in enumerate(before, start=1)}
        for event in recorded:
            arguments += [numbers[event.subject], event.envelope_json, event.data_json, event.salt]
            arguments += [event.content_hash, event.hash]
        return keys, arguments

    def survey(self, identities: Iterable[Identity], subjects: Iterable[str]) -> Survey:
        ids, names = list(identities), list(subjects)
        with answering():
            pipeline = self.client.pipeline(transaction=False)
            pipeline.script_exists(self._sha)
            pipeline.hmget(self.keys.meta, _HEAD)
            pipeline.mget([self.keys.identity(one.key) for one in ids] or [self.keys.meta])
            pipeline.hmget(self.keys.versions, names or [""])
            admitted, meta, values, versions = pipeline.execute()
        head = self._read_head(meta)
        self._check(head, admitted)  # An empty or old log knows little, and must not say so.
        self._make_sure(head.position, head.hash)
        known = {one: _known(value) for one, value in zip(ids, values, strict=False) if value}
        known |= self.long_known(one for one in ids if one not in known)
        return Survey(
            known, {name: int(version or 0) for name, version in zip(names, versions, strict=False)}
        )

    def long_known(self, identities: Iterable[Identity]) -> dict[Identity, Known]:
        return self.archive.known(identities)

    def count_duplicates(self, number: int) -> None:
        with answering():
            pipeline = self.client.pipeline(transaction=True)
            pipeline.hincrby(self.keys.meta, "received", number)
            pipeline.hincrby(self.keys.meta, "duplicate", number)
            pipeline.execute()

    def tally(self) -> Tally:
        with answering():
            received, duplicate = self.client.hmget(self.keys.meta, ("received", "duplicate"))
        return Tally(int(received or 0), int(duplicate or 0))

    def read(self, after: int, limit: int) -> list[Recorded]:
        with answering():
            pipeline = self.client.pipeline(transaction=False)
            pipeline.hmget(self.keys.meta, _HEAD)
            # No later ones: where these are archived, they would be sent for nothing.
            pipeline.xrange(self.keys.log, min=f"{after + 1}-0", max=f"{after + limit}-0")
            meta, rows = pipeline.execute()
        head = self._read_head(meta)
        events = [stored_event(row, head.epoch) for row in rows]
        if events and events[0].position == after + 1:
            self._make_sure(events[-1].position, events[-1].hash)
            return events
        cold = self.archive.read(after, limit) if after < head.position else []
        if not cold or len(cold) == limit:
            return cold
        # After a redaction the stream may begin right behind the archive: nothing else leads from one to the other.
        hot = [event for event in events if event.position > cold[-1].position][: limit - len(cold)]
        if not hot or hot[0].position != cold[-1].position + 1:
            return cold
        self._make_sure(hot[-1].position, hot[-1].hash)
        return cold + hot

    def follow(self, mark: Mark, limit: int) -> list[Recorded]:
        if mark.position == 0:
            return self.read(0, limit)
        events = self.read(mark.position - 1, limit + 1)
        if not events and self.archive.last().position >= mark.position:
            raise LogAway  # Shorter than its archive: it is about to be refilled.
        if not events or events[0].hash != mark.hash:
            raise Forked(mark)
        return events[1:]

    def at(self, positions: Iterable[int]) -> dict[int, Recorded]:
        wanted = list(positions)
        hot = self.hot(wanted)
        cold = self.archive.at(position for position in wanted if position not in hot)
        return hot | cold

    def of_types(self, types: Collection[str]) -> Iterator[Recorded]:
        after = self.archive.last().position  # Asked first: what is archived meanwhile is read once.
        yield from self.archive.of_types(types, after)
        while events := self.read(after, _SCANNED):
            yield from (event for event in events if event.type in types)
            after = events[-1].position

    def history(
        self, subject: str, without: Collection[str] = (), but: Collection[Identity] = ()
    ) -> list[Recorded]:
        # The tail first: what moves from it into the archive meanwhile is then read twice, never missed.
        with answering():
            positions = [int(position) for position in self.client.zrange(self.keys.tail(subject), 0, -1)]
        hot = self.hot(positions)
        events = {at: one for at, one in hot.items() if one.type not in without or one.identity in but}
        events |= {event.position: event for event in self.archive.history(subject, without, but)}
        return [events[position] for position in sorted(events)]

    def hot(self, positions: Sequence[int]) -> dict[int, Recorded]:
        """Those of the events that are still in the stream."""
        if not positions:
            return {}
        with answering():
            pipeline = self.client.pipeline(transaction=False)
            for position in positions:
                pipeline.xrange(self.keys.log, min=f"{position}-0", max=f"{position}-0")
            rows = [row for found in pipeline.execute() for row in found]
        return {event.position: event for row in rows for event in [stored_event(row, 0)]}

    def wait_beyond(self, position: int, seconds: float) -> bool:
        with answering():
            last = {self.keys.log: f"{position}-0"}
            return bool(self.client.xread(last, count=1, block=max(1, int(seconds * 1000))))

    def archived(self, events: Sequence[Recorded], hot_window: int) -> None:
        """Let go of what the archive keeps from now on: tails at once, identities after a day, and of the stream
        all but the newest `hot_window` archived events."""
        with answering():
            pipeline = self.client.pipeline(transaction=False)
            for event in events:
                pipeline.expire(self.keys.identity(event.identity.key), A_DAY)
                pipeline.zrem(self.keys.tail(event.subject), event.position)
            keep_from = events[-1].position - hot_window + 1
            if keep_from > 1:
                pipeline.xtrim(self.keys.log, minid=f"{keep_from}-0", approximate=True)
            pipeline.execute()

    def _make_sure(self, position: int, hash_: str) -> None:
        """Return once the replicas have this event. Raises `LogAway` if they do not in time, or it is gone."""
        if not self.replicas or position <= self._sure:
            return
        with answering():
            pipeline = self.client.pipeline(transaction=False)
            pipeline.xrange(self.keys.log, min=f"{position}-0", max=f"{position}-0")
            pipeline.set(self.keys.touch, "")  # WAITAOF speaks only of what its own connection wrote.
            (rows, _), sure = self._execute_surely(pipeline)
        if not sure or [stored_event(row, 0).hash for row in rows] != [hash_]:
            raise LogAway
        self._sure = position

    def _execute_surely(self, pipeline: Any) -> tuple[list[Any], bool]:
        """The answers, and whether enough replicas have on disk what was written by them and all before."""
        if not self.replicas:
            return pipeline.execute(), True
        half = int(self.patience * 500)
        # Asked at once a replica answers before its flush, and again after a second: so it is asked when it has it.
        pipeline.execute_command("WAIT", self.replicas, half)
        pipeline.execute_command("WAITAOF", 1, self.replicas, half)
        *answers, _received, (local, remote) = pipeline.execute()
        return answers, local >= 1 and remote >= self.replicas

    def _provable(self, head: Head | None) -> Head:
        """The head to go on from: as remembered, or asked for.

        With replicas one may have taken over that never had what is archived; then this raises `LogAway`.
        """
        if not self.replicas:
            return head or self.head()
        archived = self.archive.last().position
        if head is None or head.position < archived:  # Others wrote meanwhile, or so it should be.
            head = self.head()
        if head.position < archived:
            raise LogAway
        return head

    def _check(self, head: Head, admitted: list[bool]) -> None:
        if not all(admitted) or (self._head is not None and head.position < self._head.position):
            raise LogAway

    def _read_head(self, meta: list[str | None]) -> Head:
        state, epoch, position, hash_, recorded_at = meta
        if state != "open":
            raise LogAway
        return Head(int(epoch or 0), int(position or 0), hash_ or NO_HASH, recorded_at or "")


_HEAD: Final = ("state", "epoch", "head", "hash", "recorded")


def _linked_calls(head: Head, pending: Sequence[Sequence[Entry]], now: datetime) -> Iterator[list[Recorded]]:
    for call in pending:
        recorded = link(head, call, now)
        head = _head_after(recorded)
        yield recorded


def _head_after(recorded: Sequence[Recorded]) -> Head:
    last = recorded[-1]
    return Head(last.epoch, last.position, last.hash, last.envelope["recordedtime"])


def stored_event(row: Any, epoch: int) -> Recorded:
    """An event as `append.lua` stored it."""
    id_, (_, envelope, _, data, _, salt, _, content_hash, _, hash_) = row
    return Recorded(int(id_.partition("-")[0]), epoch, hash_, envelope, data, salt, content_hash)


def _known(value: str) -> Known:
    position, content_hash = value.split(" ")
    return Known(int(position), content_hash)
