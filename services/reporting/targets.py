"""Targets beside what is counted: those of the Prime Minister's decisions, and those provinces set. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal

from shared.norms import TARGETS, Target
from shared.values import Count, Range, as_json
from shared.values import count as read_count

Met = Literal["yes", "no", "unknown"]
# What a share is of, where a report names the indicator only.
_WHOLES: Final = {target.indicator: target.of for target in TARGETS if target.of}
_AT_LEAST: Final = (None, "more_than", "at_least")


@dataclass(frozen=True, slots=True)
class Aim:
    """A target and whose it is: `scope` is `nation` or the province, `place` narrows it.

    `value` or `percent` of `of` is to be reached `by` a day. `position` is that of the report that set it, None for
    a target that ships with the norms.
    """

    scheme: str
    indicator: str
    scope: str
    value: Count | None
    percent: str | None
    of: str | None
    since: str | None
    by: str | None
    source: str | None
    place: Mapping[str, Any] | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted towards an aim; `of` is the whole of a share."""

    value: Range
    of: Range | None = None


def shipped(target: Target) -> Aim:
    """A target of a decision, as it ships with the norms."""
    return Aim(
        scheme=target.scheme,
        indicator=target.indicator,
        scope="nation",
        value=Count(target.value) if target.value is not None else None,
        percent=str(target.percent) if target.percent is not None else None,
        of=target.of,
        since=target.since.isoformat() if target.since else None,
        by=target.by.isoformat() if target.by else None,
        source=target.source,
    )


def as_set(row: Mapping[str, Any]) -> Aim:
    """A target that a `target.set` report tells of.

    `row` has the fields of the event as reported, `subject` and `position`.
    """
    citation = row.get("citation") or {}
    return Aim(
        scheme=row["scheme"],
        indicator=row["indicator"],
        scope="nation" if row["subject"] == "programme" else row["subject"],
        value=read_count(row["value"]) if row.get("value") is not None else None,
        percent=row.get("percent"),
        of=_WHOLES.get(row["indicator"]) if row.get("percent") is not None else None,
        since=row.get("since"),
        by=row.get("by"),
        source=citation.get("title") or citation.get("url"),
        place=row.get("place"),
        position=row["position"],
    )


def progress(
    aims: Iterable[Aim], counted: Callable[[Aim], Counted | None], scheme: str | None = None
) -> list[dict[str, Any]]:
    """Each aim with what is counted towards it, the earliest due day first. `counted` answers None if nothing is."""
    wanted = [aim for aim in aims if scheme is None or aim.scheme == scheme]
    wanted.sort(key=lambda aim: (aim.by or "9999", aim.scheme, aim.indicator, aim.position or 0))
    return [_beside(aim, counted(aim)) for aim in wanted]


def met(aim: Aim, counted: Counted | None) -> Met:
    """Whether the aim is reached whatever the honest edges mean; `unknown` where they decide it."""
    if counted is None:
        return "unknown"
    needed, of = _needed(aim), counted.of if aim.value is None else Range(1, 1, 1)
    if of is None:
        return "unknown"
    scale = 1 if aim.value is not None else 100
    if of.high is not None and of.high > 0 and scale * counted.value.low >= needed * of.high:
        return "yes"
    if counted.value.high is not None and scale * counted.value.high < needed * of.low:
        return "no"
    return "unknown"


def stretch(row: Mapping[str, Any]) -> tuple[Fraction, Fraction | None]:
    """From which to which share a row of `progress` is reached, whatever the honest edges mean.

    None: no end can be named, as no high edge is known, or the whole may be nothing.
    """
    counted, of = row["counted"], row["counted_of"]
    if row["reached"] is None:
        return Fraction(0), None
    if of is None:
        of = dict.fromkeys(("low", "high"), row["reached"]["denominator"])
    sure = Fraction(counted["low"], of["high"]) if of["high"] else Fraction(0)
    return sure, Fraction(counted["high"], of["low"]) if of["low"] and counted["high"] is not None else None


def _needed(aim: Aim) -> Fraction:
    if aim.value is None:
        return Fraction(aim.percent or 0)
    return Fraction(aim.value.range.low if aim.value.edge in _AT_LEAST else aim.value.stated)


def _beside(aim: Aim, counted: Counted | None) -> dict[str, Any]:
    return {
        "scheme": aim.scheme,
        "indicator": aim.indicator,
        "scope": aim.scope,
        "place": dict(aim.place) if aim.place else None,
        "value": as_json(aim.value) if aim.value is not None else None,
        "percent": aim.percent,
        "of": aim.of,
        "since": aim.since,
        "by": aim.by,
        "source": aim.source,
        "position": aim.position,
        "counted": edges(counted.value) if counted else None,
        "counted_of": edges(counted.of) if counted and counted.of else None,
        "reached": _reached(aim, counted),
        "met": met(aim, counted),
    }


def _reached(aim: Aim, counted: Counted | None) -> dict[str, int] | None:
    """The share that is reached, as the two whole numbers it is made of."""
    if counted is None:
        return None
    if aim.value is not None:
        return {"numerator": counted.value.value, "denominator": aim.value.stated}
    return {"numerator": counted.value.value, "denominator": counted.of.value} if counted.of else None


def edges(sum: Range) -> dict[str, int | None]:
    """A number with its honest edges, as figures show it."""
    return {"value": sum.value, "low": sum.low, "high": sum.high, "certain": sum.certain}
