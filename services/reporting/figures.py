"""Figures: sums over effects, at two clocks and on three maps.

`known_at` (a position) says what we knew, `valid_at` and from–to say when it was so. The same question at the same
position and the same `RULES` has the same answer for ever.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection

from services.reporting.amounts import NONE, Amounts, total
from services.reporting.counting import counted, due_of
from services.reporting.expected import clubs_told_of
from services.reporting.indicators import MEASURES, Reports, ShareOf, counts_people, rests_on
from services.reporting.memory import remembered
from services.reporting.periods import periods_between
from services.reporting.placing import Keys
from services.reporting.question import PARTS, Question
from services.reporting.small_cells import fewer_than, hidden
from shared.calendar import Meetings
from shared.values import Range

RULES: Final = "5"  # Raised by any change that alters a figure once answered.


@dataclass(frozen=True, slots=True)
class Sum:
    """What amounts add up to, and how much of it is exact; of a share, what it is a share `of`."""

    amounts: Amounts = NONE
    of: "Sum | None" = None
    below: int = 0  # Not told to this reader but that it is fewer.

    @property
    def range(self) -> Range:
        """The value with its edges."""
        return self.amounts.range

    @property
    def uncertain(self) -> bool:
        """Whether the edges leave room for another number."""
        return not self.below and (bool(self.amounts.unbounded) or self.amounts.low != self.amounts.high)

    @property
    def certain(self) -> int:
        """How much of the value is exact."""
        return self.amounts.certain

    def as_json(self) -> dict[str, Any]:
        if self.of is not None:
            return _share(self, self.of)
        edges = self.range
        told = {"value": edges.value, "low": edges.low, "high": edges.high, "certain": self.certain}
        return told | ({"hidden": True} if self.below else {})


def _share(part: Sum, of: Sum) -> dict[str, Any]:
    """A percentage with both numbers it is made of. A part is never more than its whole; of nothing, nothing."""
    value = percent(min(part.range.value, of.range.value), of.range.value)
    low = percent(part.range.low, of.range.high) if of.range.high is not None else 0.0
    high = percent(part.range.high, of.range.low) if part.range.high is not None else None
    return {
        "value": value,
        "low": None if value is None else low,
        "high": None if value is None else min(high if high is not None else 100.0, 100.0),
        "certain": percent(min(part.certain, of.range.value), of.range.value),
        "numerator": replace(part, of=None).as_json(),
        "denominator": of.as_json(),
        **({"hidden": True} if part.below or of.below else {}),
    }


def percent(part: int, of: int) -> float | None:
    """A percentage with one decimal, halves up; None of nothing."""
    return (2000 * part + of) // (2 * of) / 10 if of > 0 else None


@dataclass(frozen=True, slots=True)
class Part:
    """One row of an answer: its keys (province, club, period) and its sum."""

    keys: Mapping[str, Any]
    sum: Sum = Sum()

    def as_json(self) -> dict[str, Any]:
        return {**self.keys, **self.sum.as_json()}


def figures(connection: Connection, question: Question) -> tuple[list[Part], Sum]:
    """The rows of the answer, and their total. Parts always sum to the whole; the shares of parts do not, and of a
    stock by period the total is that of the last one. Of few people, who may not read about clubs is told the edges."""
    if isinstance(question.indicator.counted, ShareOf):
        found = _shares(connection, question, question.indicator.counted)
    else:
        found = sums(connection, question)
    return _discreet(question, *found) if question.least and counts_people(question.indicator) else found


def _discreet(question: Question, parts: list[Part], total: Sum) -> tuple[list[Part], Sum]:
    """The rows and their total without small numbers of people."""
    stands = (
        question.step is not None and question.indicator.kind == "stock"
    )  # Then each period adds up by itself.
    together: dict[Any, list[Part]] = {}
    for part in parts:
        together.setdefault(part.keys.get("period") if stands else None, []).append(part)
    shown = {
        id(part): replace(part, sum=sum)
        for some in together.values()
        for part, sum in zip(some, _without_small([part.sum for part in some], question.least), strict=True)
    }
    return [shown[id(part)] for part in parts], _without_small([total], question.least)[0]


def _without_small(some: list[Sum], least: int) -> list[Sum]:
    wholes = [one.of for one in some]
    if None not in wholes:
        of = _without_small([one for one in wholes if one is not None], least)
        some = [replace(one, of=whole) for one, whole in zip(some, of, strict=True)]
    told = hidden([one.amounts for one in some], least)
    return [
        replace(one, amounts=fewer_than(below, one.amounts), below=below) if below else one
        for one, below in zip(some, told, strict=True)
    ]


def sums(connection: Connection, question: Question) -> tuple[list[Part], Sum]:
    """The rows of an answer that adds up, and their total."""

    def anew() -> list[Part]:
        return _with_total(question, _added(_expected(question), counted(connection, question)))

    def onward(known: list[Part], since: int) -> list[Part]:
        if isinstance(question.indicator.counted, Meetings):
            return _met_since(connection, question, question.indicator.counted, known, since) or anew()
        if not isinstance(question.indicator.counted, Reports):
            return anew()
        more = list(counted(connection, question, since))  # Mostly nothing: it was told of another province.
        return _with_more(question, known, more) if more else known

    # Every report tells the day by which expected meetings are no longer waited for.
    waited_for = isinstance(question.indicator.counted, Meetings)
    asked, indicators = (
        replace(question, position=0, least=0),
        None if waited_for else rests_on(question.indicator),
    )
    *parts, total = remembered(connection, asked, question.position, indicators, anew, onward)
    return parts, total.sum


def _added(parts: Iterable[Part], more: Iterable[tuple[Keys, Amounts]]) -> list[Part]:
    """The parts in their order, with amounts added to those they belong to."""
    found = {repr(part.keys): part for part in parts}
    for keys, amounts in more:
        name = repr(keys)
        before = found[name].sum.amounts if name in found else NONE
        found[name] = Part(keys, Sum(before + amounts))
    return sorted(found.values(), key=_order)


def _with_more(question: Question, known: list[Part], more: Iterable[tuple[Keys, Amounts]]) -> list[Part]:
    """An answer with its total, and amounts added: to a few of its thousands of parts."""
    *parts, whole = known
    last, all_of_it = _last_period(question), whole.sum.amounts
    for keys, amounts in more:
        new = Part(keys, Sum(amounts))
        at = bisect_left(parts, _order(new), key=_order)
        if at < len(parts) and parts[at].keys == keys:
            parts[at] = Part(keys, Sum(parts[at].sum.amounts + amounts))
        else:
            parts.insert(at, new)
        if last in (None, keys.get("period")):
            all_of_it += amounts
    return [*parts, Part({}, Sum(all_of_it))]


def _met_since(
    connection: Connection, question: Question, meetings: Meetings, known: list[Part], since: int
) -> list[Part] | None:
    """The answer of an earlier position with the clubs anew that were told of since; None: all must be asked anew."""
    clubs = clubs_told_of(connection, since, question.position, question.end)
    if clubs is None:
        return None
    before = list(due_of(connection, replace(question, position=since), meetings, clubs))
    after = list(due_of(connection, question, meetings, clubs))
    if not before and not after:
        return known
    parts = _added(known[:-1], [*((keys, NONE - amounts) for keys, amounts in before), *after])
    still = {repr(keys) for keys, _ in after}
    gone = {repr(keys) for keys, _ in before} - still
    # Of nothing left it cannot be told whether another club is there still.
    if any(repr(part.keys) in gone and not part.sum.amounts for part in parts):
        return None
    return _with_total(question, parts)


def _with_total(question: Question, parts: list[Part]) -> list[Part]:
    """The parts, and their total as the last of them."""
    last = _last_period(question)
    whole = (part.sum.amounts for part in parts if last in (None, part.keys.get("period")))
    return [*parts, Part({}, Sum(total(whole)))]


def _shares(connection: Connection, question: Question, counted: ShareOf) -> tuple[list[Part], Sum]:
    """A share wherever there is a whole, also where nothing of it is the part."""
    parts, part = sums(connection, replace(question, indicator=MEASURES[counted.part]))
    wholes, whole = sums(connection, replace(question, indicator=MEASURES[counted.of]))
    told = {repr(one.keys): one.sum for one in parts}
    of = {repr(one.keys): one.sum for one in wholes}
    keys = {repr(one.keys): one.keys for one in (*wholes, *parts)}
    rows = [Part(keys[name], _of(told.get(name, Sum()), of.get(name, Sum()))) for name in keys]
    return sorted(rows, key=_order), _of(part, whole)


def _of(part: Sum, whole: Sum) -> Sum:
    return Sum(part.amounts, whole)


def _last_period(question: Question) -> str | None:
    """Of a stock by period, the one its total is of: the clubs of twelve months are not twelve times as many."""
    if question.indicator.kind == "flow" or question.step is None:
        return None
    return periods_between(question.start, question.end, question.step)[-1].name


def _expected(question: Question) -> Iterator[Part]:
    """Rows an answer has even if nothing happened: a month without a meeting is a zero, not a gap."""
    if not question.by or question.by == ("nation",):
        yield Part({})
    elif question.step is not None and question.by == (question.step,) and question.start > date.min:
        for period in periods_between(question.start, question.end, question.step):
            yield Part({"period": period.name})


_IN_ORDER: Final = ("province", "list", "unplaced", "district", "commune", "club", *PARTS, "period")


def _order(part: Part) -> tuple[str, ...]:
    """By place, club and period; what has none of them comes last."""
    ordered = map(part.keys.get, _IN_ORDER)
    return tuple(["~" if key is None else str(key) for key in ordered])
