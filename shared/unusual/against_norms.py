"""An event measured against the norms of its day. Outside is only what is outside whatever the counts may mean."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from shared.events import (
    BoardElected,
    CareReported,
    CharterAdopted,
    ClubFounded,
    Event,
    MembersCounted,
    TrainingHeld,
)
from shared.norms import ONE, norms_in_force
from shared.people import HeadCount
from shared.unusual.warning import Warning
from shared.values import NOTHING, Count, Range

WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure read from an event: a count, a share of `of`, or a rate in `times` weeks or months."""

    measure: str
    pointer: str
    count: Range
    of: Range = ONE
    times: Range = ONE


def beyond_norms(event: Event) -> Iterator[Warning]:
    """A warning for each norm the event breaks.

    A day known only roughly breaks a norm if it breaks what was in force on its first and on its last day.
    """
    day = event.day()
    if day is None:
        return
    for one in measures(event):
        before, norm = (norms_in_force(on).get(one.measure) for on in (day.first, day.last))
        if before is None or norm is None:
            continue
        broken = norm.surely_broken(one.count, one.of, one.times)
        if broken and (before is norm or before.surely_broken(one.count, one.of, one.times)):
            facts = {"norm": norm, "count": one.count, "of": one.of, "times": one.times.low}
            yield Warning(norm.code, f"/data{one.pointer}", facts)


def measures(event: Event) -> Iterator[Measured]:
    """What norms speak of, as far as the event tells it."""
    match event:
        case MembersCounted(members=heads):
            yield from _of_people("/members", heads)
        case ClubFounded(members=heads, management_board=board):
            yield from _of_people("/members", heads)
            if board is not None:
                yield from _counted("board_size", "/management_board/size", board.size)
        case BoardElected(size=size):
            yield from _counted("board_size", "/size", size)
        case CareReported():
            yield from _of_care(event)
        case CharterAdopted(meetings=rhythm) if rhythm is not None:
            times = Range(rhythm.times, rhythm.times, rhythm.times)
            months = Range(rhythm.months, rhythm.months, rhythm.months)
            yield Measured("meetings_per_month", "/meetings", times, times=months)
        case TrainingHeld(kind="initial", days=days):
            yield from _counted("initial_training_days", "/days", days)


def _counted(measure: str, pointer: str, count: Count | None) -> Iterator[Measured]:
    if count is not None:
        yield Measured(measure, pointer, count.range)


def _of_care(care: CareReported) -> Iterator[Measured]:
    yield from _counted("volunteers", "/volunteers", care.volunteers)
    yield from _counted("cared_for", "/cared_for", care.cared_for)
    if care.visits is not None and care.cared_for is not None:
        days = (care.period.last - care.period.first).days + 1
        weeks = Range(
            days // WEEK, days // WEEK, -(-days // WEEK)
        )  # Too few even for the whole ones is too few.
        yield Measured("visits_per_week", "/visits", care.visits.range, care.cared_for.range, weeks)


def _of_people(pointer: str, heads: HeadCount | None) -> Iterator[Measured]:
    people = heads.people() if heads else None
    if heads is None or people is None:
        return
    yield Measured("members", pointer, people)
    from_60 = _known(heads.from_60) or _known(heads.from_60_to_69, heads.from_70_to_79, heads.from_80)
    under_60 = _known(heads.under_55, heads.from_55_to_59)
    from_55_to_59, under_55 = _known(heads.from_55_to_59), _known(heads.under_55)
    from_55 = _known(heads.from_55) or (from_60 and from_55_to_59 and from_60 + from_55_to_59)
    women = _known(heads.women) if heads.men or not heads.unstated else None
    for measure, part, others in (
        ("women_share", women, _known(heads.men)),
        ("older_share", from_60, under_60),
        ("young_share", under_60, from_60),
        ("from_55_share", from_55, under_55),
    ):
        if part is not None:
            yield Measured(measure, pointer, _as_part(part, others, people), people)


def _known(*counts: Count | None) -> Range | None:
    """The sum of counts that are all told."""
    total = NOTHING
    for count in counts:
        if count is None:
            return None
        total += count.range
    return total


def _as_part(part: Range, others: Range | None, people: Range) -> Range:
    """A part of the people: whoever is told to be neither in it nor among the others may belong to it."""
    if others is None or part.high is None or people.high is None:
        return part
    return Range(part.value, part.low, max(part.high, people.high - others.low))
