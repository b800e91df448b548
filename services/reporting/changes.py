"""What each report changed about a figure: the way from what was known to what is known, position by position.

It goes by the same sums, places and rules as the figure itself. So the changes always add up to the difference of the
two figures, exactly, and each is the figure at its position less the figure at the one before, whatever it counts.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from services.reporting.amounts import NONE, Amounts, total
from services.reporting.counting import by_place, club_by_club, clubs_before, happened, once, places_of, stood
from services.reporting.each_club import EachClub
from services.reporting.figures import sums
from services.reporting.indicators import AllCommunes, AllProvinces, ClubsBefore, Communes, Provinces
from services.reporting.meetings_since import meetings_since
from services.reporting.placing import Keys, keys_of, whose
from services.reporting.question import Question
from services.reporting.sums import Happened, Stood, amounts_of
from shared.calendar import Meetings

Change = tuple[int, Amounts]


class DoesNotAddUp(Exception):
    """The changes found are not the difference of the two figures: a fault of ours, never to be shown as a reason."""


@dataclass(frozen=True, slots=True)
class Changes:
    """A figure before, and what each position that changed it added to it or took from it."""

    before: Amounts
    by_position: dict[int, Amounts]

    @property
    def after(self) -> Amounts:
        return self.before + total(self.by_position.values())


def changes(connection: Connection, question: Question, since: int) -> Changes:
    """What the positions after `since`, up to that of the question, changed about its total; of anything but a share.

    Raises `DoesNotAddUp`.
    """
    question = replace(question, by=("nation",))
    before = sums(connection, replace(question, position=since))[1].amounts
    by_position: defaultdict[int, Amounts] = defaultdict(Amounts)
    for position, amounts in _changed(connection, question, since):
        by_position[position] += amounts
    found = Changes(
        before, {position: by_position[position] for position in sorted(by_position) if by_position[position]}
    )
    if found.after != sums(connection, question)[1].amounts:
        raise DoesNotAddUp(question)
    return found


def _changed(connection: Connection, question: Question, since: int) -> Iterator[Change]:
    match question.indicator.counted:
        case Communes() | Provinces():
            yield from _places(connection, question, since)
        case AllCommunes() | AllProvinces():
            return
        case EachClub() as rule:
            told = club_by_club(question, rule).along(connection, since, question.position)
            yield from _in_scope(question, told)
        case ClubsBefore():
            then = clubs_before(question)
            for position, _, amounts in _told(connection, then, stood(then), since):
                yield position, amounts
        case Meetings() as meetings:
            positions, days = (since, question.position), (question.start, question.end)
            told = meetings_since(connection, positions, days, whose(question), meetings)
            yield from _in_scope(question, told)
        case _:
            asked = happened(question) if question.indicator.kind == "flow" else stood(question)
            for position, _, amounts in _told(connection, question, asked, since):
                yield position, amounts


def _places(connection: Connection, question: Question, since: int) -> Iterator[Change]:
    """Follow each place along the log: a second club changes nothing."""
    clubs = by_place(question)
    known = places_of(connection, replace(question, position=since))
    places = {repr(keys): (keys, clubs) for keys, clubs in known}
    for position, keys, amounts in _told(connection, clubs, stood(clubs), since):
        before = places.get(repr(keys), (keys, NONE))[1]
        places[repr(keys)] = keys, before + amounts
        yield position, once(question, keys, before + amounts) - once(question, keys, before)


def _told(
    connection: Connection, question: Question, asked: Happened | Stood, since: int
) -> Iterator[tuple[int, Keys, Amounts]]:
    """What each position told of a sum, in the order of the log: position, keys, amounts."""
    along = replace(asked, groups=(*asked.groups, "position"))
    for row in sorted(along.read(connection, since, question.position), key=lambda row: row.position):
        keys, placed = keys_of(question, row)
        if keys is not None:
            yield row.position, keys, amounts_of(row, placed)


def _in_scope(question: Question, told: Iterator[tuple[int, Any, Amounts]]) -> Iterator[Change]:
    for position, row, amounts in told:
        keys, placed = keys_of(question, row)
        if keys is not None:
            yield position, amounts if placed else amounts.at_most()
