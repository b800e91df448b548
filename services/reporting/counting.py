"""What a figure is made of: amounts, each with the keys of the row it belongs to."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from services.reporting.amounts import NONE, Amounts
from services.reporting.club_by_club import ClubByClub, each_club
from services.reporting.each_club import EachClub
from services.reporting.expected import meetings_due
from services.reporting.indicators import (
    INDICATORS,
    AllCommunes,
    AllProvinces,
    ClubsBefore,
    Communes,
    Provinces,
)
from services.reporting.periods import Step, day_before, period_of, periods_between
from services.reporting.placing import Keys, dimensions, keys_of, whose, within
from services.reporting.question import STEPS, By, Question
from services.reporting.sums import Happened, Row, Stood, amounts_of, summed
from shared.calendar import Meetings
from shared.places import LIST_OF, Scheme, communes, provinces
from shared.places.terrain import Terrain, terrain_list, terrain_of

Counted = Iterator[tuple[Keys, Amounts]]


def counted(connection: Connection, question: Question, since: int = 0) -> Counted:
    """Every grouped amount with the keys of the row it belongs to; of anything but a share. Of what is added up from
    reports also only what was told `since` a position."""
    if isinstance(question.indicator.counted, Meetings):
        yield from due_of(connection, question, question.indicator.counted)
    elif isinstance(question.indicator.counted, ClubsBefore):
        yield from _stock(connection, clubs_before(question), since)
    elif isinstance(question.indicator.counted, EachClub) and question.step is None:
        yield from _stock(connection, question, since)
    elif question.indicator.kind == "flow":
        yield from _flow(connection, question, since)
    elif question.step is None:
        yield from _stock(connection, question, since)
    else:
        for period in periods_between(question.start, question.end, question.step):
            for keys, amounts in _stock(connection, replace(question, end=period.last), since):
                yield {**keys, "period": period.name}, amounts


def happened(question: Question) -> Happened:
    """The sum behind a flow."""
    days, by_month = (question.start, question.end), question.step is not None
    return Happened(question.indicator.code, days, dimensions(question), within(question), by_month)


def stood(question: Question) -> Stood:
    """The sum behind a stock."""
    return Stood(question.indicator.code, question.end, dimensions(question), within(question))


def club_by_club(question: Question, rule: EachClub) -> ClubByClub:
    """What is behind a figure that each club adds to by a rule of its own."""
    start = question.start if rule.of_a_period else date.min
    return ClubByClub(rule, question.end, dimensions(question), within(question), start)


def clubs_before(question: Question) -> Question:
    """The question which clubs there were before the period, where they were then."""
    before = day_before(question.start)
    return replace(question, indicator=INDICATORS["clubs"], start=date.min, end=before)


def by_place(question: Question) -> Question:
    """The question how many clubs each of the places has that are counted once."""
    place: By = "province" if isinstance(question.indicator.counted, Provinces) else "commune"
    by = tuple(dict.fromkeys((*(one for one in question.by if one not in STEPS), place)))
    return replace(question, indicator=INDICATORS["clubs"], by=by)


def once(question: Question, keys: Mapping[str, Any], clubs: Amounts) -> Amounts:
    """A place counts once, however many clubs it has; clubs whose place is not known may be in others."""
    match question.indicator.counted:
        case Communes(terrains):
            if keys["commune"] is None:
                return clubs.at_most()
            return _of_terrain(terrains, question.scheme, keys["commune"], clubs.at_most_one())
        case _:
            return clubs.at_most() if keys["province"] is None else clubs.at_most_one()


def _of_terrain(
    terrains: Collection[Terrain] | None, scheme: Scheme, commune: str, amounts: Amounts
) -> Amounts:
    """What a commune adds to those of some terrains: surely, perhaps where nobody said, or nothing."""
    if terrains is None:
        return amounts
    terrain = terrain_of(commune) if scheme == "34" else None  # The old communes were never listed so.
    if terrain is None:
        return amounts.at_most()
    return amounts if terrain in terrains else NONE


def _flow(connection: Connection, question: Question, since: int) -> Counted:
    """What happened from `start` to `end`. What only may have happened then counts in `high` alone."""
    for row in _told(connection, happened(question), question.position, since):
        keys, placed = keys_of(question, row)
        if keys is None:
            continue
        if question.step is not None:
            first, last = (_period(month, question.step) for month in (row.first_month, row.last_month))
            keys["period"] = first if first == last and row.inside else None
        yield keys, amounts_of(row, placed)


def _told(connection: Connection, asked: Happened | Stood, position: int, since: int) -> Sequence[Row]:
    """The rows of a sum, or only what the positions beyond `since` told of it."""
    return asked.read(connection, since, position) if since else summed(connection, asked, position)


def due_of(
    connection: Connection, question: Question, meetings: Meetings, some: frozenset[str] | None = None
) -> Counted:
    """Of the meetings due from `start` to `end`, those in the states asked for, where their club sits; of `some`."""
    days, clubs = (question.start, question.end), replace(whose(question), some=some)
    for row, due in meetings_due(connection, question.position, days, clubs, meetings):
        keys, placed = keys_of(question, row)
        for day, amount in due if keys is not None else ():
            amounts = Amounts.of(amount)
            period = {"period": period_of(day, question.step)} if question.step else {}
            yield {**(keys or {}), **period}, amounts if placed else amounts.at_most()


def _stock(connection: Connection, question: Question, since: int) -> Counted:
    """What was so at the end of the last day: what has surely entered and not left, and in `high` what may have."""
    match question.indicator.counted:
        case Communes() | Provinces():
            yield from _places(connection, question)
            return
        case AllCommunes(terrains):
            yield from _all_communes(replace(question, position=0), terrains, terrain_list())
            return
        case AllProvinces():
            yield from _all_provinces(replace(question, position=0))
            return
        case EachClub() as rule:
            rows = each_club(connection, club_by_club(question, rule), question.position)
        case _:
            rows = _told(connection, stood(question), question.position, since)
    for row in rows:
        keys, placed = keys_of(question, row)
        if keys is not None:
            yield keys, amounts_of(row, placed)


def _places(connection: Connection, question: Question) -> Counted:
    """Each place with a club once."""
    wanted = question.by
    for keys, clubs in places_of(connection, question):
        counts = once(question, keys, clubs)
        if "commune" not in wanted:
            keys = {name: key for name, key in keys.items() if name not in ("commune", "commune_name")}
        if "province" not in wanted:
            keys = {
                name: key
                for name, key in keys.items()
                if name not in ("province", "name", "list", "unplaced")
            }
        yield keys, counts


def places_of(connection: Connection, question: Question) -> Sequence[tuple[Keys, Amounts]]:
    """Each place with the clubs it has."""
    found: dict[str, tuple[Keys, Amounts]] = {}
    for keys, clubs in counted(connection, by_place(question)):
        before = found.get(repr(keys), (keys, NONE))[1]
        found[repr(keys)] = keys, before + clubs
    return list(found.values())


@lru_cache(maxsize=256)  # How many there are is the same whatever was reported.
def _all_communes(
    question: Question, terrains: frozenset[Terrain] | None, _told: str | None
) -> Sequence[tuple[Keys, Amounts]]:
    """Every commune of the map asked for; as recorded, of today's."""
    scheme: Scheme = "63" if question.scheme == "63" else "34"
    found = []
    for code, one in communes(LIST_OF[scheme]).items():
        now = code if scheme == "34" else None
        old = one.province if scheme == "63" else None
        spot = _Spot(one.list, one.province, old, one.district, code, now)
        keys, placed = keys_of(question, spot)
        if keys is not None:
            amounts = _of_terrain(terrains, scheme, code, _ONE)
            found.append((keys, amounts if placed else amounts.at_most()))
    return found


@lru_cache(maxsize=256)
def _all_provinces(question: Question) -> Sequence[tuple[Keys, Amounts]]:
    """Every province of the map asked for; as recorded, of today's."""
    old, found = question.scheme == "63", []
    for one in provinces("63" if old else "34"):
        keys, placed = keys_of(question, _Spot(one.list, one.code, one.code if old else None))
        if keys is not None:
            found.append((keys, _ONE if placed else _ONE.at_most()))
    return found


class _Spot(NamedTuple):
    """A place of a list, as a row of a sum tells it."""

    list: str
    province: str
    province_63: str | None
    district: str | None = None
    commune: str | None = None
    commune_now: str | None = None
    subject: str | None = None
    part: str | None = None


_ONE: Final = Amounts(1, 1, 1, 0, 1)


@lru_cache(maxsize=4096)  # Years of months, by every step.
def _period(month: str, step: Step) -> str:
    return period_of(date.fromisoformat(f"{month}-01"), step)
