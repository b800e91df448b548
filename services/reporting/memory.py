"""Answers remembered: an answer at an earlier position and what was told since are the answer now.

Never wrong, only absent: what is remembered belongs to one making of the read models, and to one position.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any, Final, TypeVar, cast

from sqlalchemy import Connection, select

from services.reporting.blocks import Summed, summed_so_far
from services.reporting.tables import effects

ROWS: Final = 50_000  # Of all answers together; some 30 MB.
FAR: Final = 2**10  # Positions after which asking anew is faster.
_PAIRS: Final = 100
_OPTION: Final = "memory"

Answer = TypeVar("Answer", bound=Sequence[Any])


@dataclass(frozen=True, slots=True)
class _Remembered:
    position: int
    answer: Sequence[Any]


class Memory:
    """The newest answer to each question, and some of the past. Threads may share it."""

    def __init__(self, rows: int = ROWS) -> None:
        self._most, self._rows = rows, 0
        self._answers: OrderedDict[Hashable, _Remembered] = OrderedDict()
        self._told: OrderedDict[Hashable, frozenset[str]] = OrderedDict()
        self._made: Hashable = None
        self._lock = Lock()

    def serves(self, connection: Connection) -> Connection:
        """The connection to one state of the read models, whose questions may be answered from memory from now on."""
        return connection.execution_options(**{_OPTION: _Serving(self, connection)})

    def recall(self, made: Hashable, question: Hashable, position: int) -> _Remembered | None:
        """The answer at this position or, failing that, an earlier one."""
        with self._lock:
            if made != self._made:
                self._answers.clear()
                self._made, self._rows = made, 0
            for key in ((question, position), question):
                found = self._answers.get(key)
                if found is not None and found.position <= position:
                    self._answers.move_to_end(key)
                    return found
        return None

    def keep(self, made: Hashable, question: Hashable, position: int, answer: Sequence[Any]) -> None:
        """Remember an answer; the newest under its question alone."""
        with self._lock:
            if made != self._made or len(answer) > self._most // 4:
                return
            newest = self._answers.get(question)
            key = question if newest is None or newest.position <= position else (question, position)
            self._forget(key)
            self._answers[key] = _Remembered(position, answer)
            self._rows += len(answer) + 1
            while self._rows > self._most:
                self._forget(next(iter(self._answers)))

    def told_between(self, made: Hashable, connection: Connection, after: int, until: int) -> frozenset[str]:
        """The indicators that the positions beyond `after` up to `until` told anything of."""
        between = (made, after, until)
        with self._lock:
            found = self._told.get(between)
        if found is None:
            told = (effects.c.position > after, effects.c.position <= until)
            found = frozenset(connection.scalars(select(effects.c.indicator).where(*told).distinct()))
            with self._lock:
                self._told[between] = found
                while len(self._told) > _PAIRS:
                    self._told.popitem(last=False)
        return found

    def _forget(self, key: Hashable) -> None:
        forgotten = self._answers.pop(key, None)
        self._rows -= len(forgotten.answer) + 1 if forgotten else 0


class _Serving:
    """A memory and the state of the read models it serves. How far blocks are summed in it is looked up once."""

    def __init__(self, memory: Memory, connection: Connection) -> None:
        self.memory, self._connection = memory, connection

    @cached_property
    def summed(self) -> Summed | None:
        return summed_so_far(self._connection)


def summed_in(connection: Connection) -> Summed | None:
    """How far blocks are summed in this state of the read models."""
    serving: _Serving | None = connection.get_execution_options().get(_OPTION)
    return serving.summed if serving is not None else summed_so_far(connection)


def remembered(
    connection: Connection,
    question: Hashable,
    position: int,
    indicators: Collection[str] | None,
    anew: Callable[[], Answer],
    onward: Callable[[Answer, int], Answer] | None = None,
) -> Answer:
    """The answer at a position: remembered, made of an earlier one and its position (`onward`), or found `anew`.

    It can only differ from an earlier one if something was told of one of the `indicators` (None: anything at all).
    """
    serving: _Serving | None = connection.get_execution_options().get(_OPTION)
    summed = serving.summed if serving is not None else None
    if serving is None or summed is None:
        return anew()
    memory = serving.memory
    found = memory.recall(summed.made, question, position)
    if found is None or position - found.position > FAR:
        answer = anew()
    elif position == found.position:
        return cast(Answer, found.answer)
    elif indicators is not None and memory.told_between(
        summed.made, connection, found.position, position
    ).isdisjoint(indicators):
        answer = cast(Answer, found.answer)
    else:
        answer = onward(cast(Answer, found.answer), found.position) if onward else anew()
    memory.keep(summed.made, question, position, answer)
    return answer
