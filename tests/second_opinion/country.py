"""The clubs of a log as far as its lines go, and any question about them, counted as slowly as a clerk would."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from tests.recount import what_counts
from tests.second_opinion.catalogue import ALL_COMMUNES, BALANCES, FLOWS, OF_A_PERIOD, WITH_CLUB
from tests.second_opinion.clubs import RULES, Clubs
from tests.second_opinion.maps import Spot, communes, provinces, spot
from tests.second_opinion.meetings import EXPECTED, months, told_of
from tests.second_opinion.numbers import MAYBE, NONE, ONE, Edges, at_most, edges, once, plus, while_there

Rows = Iterator[tuple[str | None, Edges]]


class Asked(NamedTuple):
    """A question as the contract puts it; the rows of a stock by month are its months' ends."""

    code: str
    by: str | None
    start: date
    end: date
    scope: str
    scheme: str


class Seat(NamedTuple):
    since: date
    spot: Spot


class Country:
    """What was told up to a line of the log, all of it `recorded` on one day. `terrain`: what the operator lists, by
    commune."""

    def __init__(self, lines: Path, recorded: date, terrain: Mapping[str, str]) -> None:
        told = what_counts(lines)
        clubs = {row["club"]: row for row in told["club"]}
        standing = [row for row in told["standing"] if row["club"] in clubs]
        self.reports = sorted(standing, key=lambda row: row["arrived"])
        self.elsewhere = told["elsewhere"]
        self.recorded, self.terrain = recorded, terrain
        of_club: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self.reports:
            of_club[row["club"]].append(row)
        self.clubs = Clubs(clubs, of_club)
        decided: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in sorted(told["decision"], key=lambda row: row["arrived"]):
            decided[row["club"]].append(row["place"])
        self.seats = {club: list(_seats(of_club[club], decided[club])) for club in clubs}

    def answer(self, asked: Asked) -> dict[str | None, Edges]:
        """The rows of the answer by what was asked for; rows of nothing are left out."""
        rows: dict[str | None, Edges] = {}
        for key, number in self._rows(asked):
            rows[key] = plus(rows.get(key, NONE), number)
        return {key: number for key, number in rows.items() if number != NONE}

    def _rows(self, asked: Asked) -> Rows:
        if asked.code in EXPECTED:
            yield from self._expected(asked)
        elif asked.code in OF_A_PERIOD:
            yield from self._of_a_period(asked)
        elif asked.code in FLOWS or asked.code == "new_clubs":
            yield from self._happened(asked)
        elif asked.by == "month":
            for end in _month_ends(asked.start, asked.end):
                for _, number in self._there(asked._replace(by=None, end=end)):
                    yield f"{end:%Y-%m}", number
        else:
            yield from self._there(asked)

    # --- what happened -----------------------------------------------------------------------------------------

    def _happened(self, asked: Asked) -> Rows:
        for row, part, number in self._flow(asked.code):
            if row["first"] > asked.end or row["last"] < asked.start:
                continue
            club = row.get("club")
            where = spot(row["data"]["place"]) if club is None else self._seat(club, row["last"])
            if asked.code == "new_clubs":
                where = self.seats[row["club"]][0].spot
            inside = asked.start <= row["first"] and row["last"] <= asked.end
            month = {f"{day:%Y-%m}" for day in (row["first"], row["last"])}
            named = {
                "month": month.pop() if inside and len(month) == 1 else None,
                "source": part,
                "scheme": part,
            }
            yield from _placed(
                asked, club or row["subject"], where, named, number if inside else at_most(number)
            )

    def _flow(self, code: str) -> Iterator[tuple[dict[str, Any], str | None, Edges]]:
        if code == "new_clubs":
            yield from (
                (row, row["data"]["scheme"], ONE) for row in self.reports if row["type"] == "club.founded"
            )
            return
        type, counted, part = FLOWS[code]
        for row in (*self.reports, *self.elsewhere):
            if row["type"] == type and (number := counted(row["data"])) is not None:
                yield row, row["data"].get(part) if part else None, edges(number)

    def _expected(self, asked: Asked) -> Rows:
        """The meetings due from day to day; a club is where it sat last."""
        on = max(asked.end, self.recorded)
        for club, row in self.clubs.clubs.items():
            reports = self.clubs.of_club[club]
            for month in months(row, reports, asked.end):
                if month.due >= asked.start:
                    number = told_of(month, reports, EXPECTED[asked.code], self.recorded, on)
                    named = {"month": f"{month.due:%Y-%m}"}
                    yield from _placed(asked, club, self.seats[club][-1].spot, named, number)

    def _of_a_period(self, asked: Asked) -> Rows:
        """Which clubs were there before the period, which of them still are; and who is in those founded within."""
        before = max(asked.start, date.min + timedelta(days=1)) - timedelta(days=1)
        for stay in self.clubs.stays["clubs"]:
            day = before if asked.code == "existing_clubs" else asked.end
            number = stay.on(day)
            if asked.code == "existing_clubs_kept":
                number = while_there(stay.on(before), number) if stay.on(before) != NONE else NONE
            elif asked.code != "existing_clubs":
                new = _within(stay.first, stay.last, asked)
                heads = {
                    code: self.clubs.heads_of(stay.club, code, asked.end)
                    for code in ("members", "older_members", "women_members", "women_members.of")
                }
                people = heads.get(asked.code.removeprefix("new_")) or _older_women(heads)
                number = while_there(while_there(people, new), number) if NONE not in (new, number) else NONE
            yield from _placed(asked, stay.club, self._seat(stay.club, max(day, stay.last)), {}, number)

    # --- what was so at the end of a day -----------------------------------------------------------------------

    def _there(self, asked: Asked) -> Rows:
        if asked.code in BALANCES:
            for row, number in self._moves(asked.code):
                if row["last"] <= asked.end:
                    where = self._seat(row["club"], row["last"])
                    yield from _placed(asked, row["club"], where, {}, (number, number, number))
        elif asked.code in WITH_CLUB or asked.code == "provinces_with_club":
            yield from self._places_with_club(asked)
        elif asked.code in ALL_COMMUNES or asked.code == "provinces":
            yield from self._places(asked)
        else:
            stays = self.clubs.stays
            for stay in stays.get(asked.code if asked.code in stays else "clubs", ()):
                if (there := stay.on(asked.end)) != NONE:
                    if asked.code in RULES:
                        there = while_there(RULES[asked.code](self.clubs, stay.club, asked.end), there)
                    elif asked.code not in stays:
                        there = NONE  # Nobody ever told of such a group.
                    where = self._seat(stay.club, max(asked.end, stay.last))
                    yield from _placed(asked, stay.club, where, {"scheme": stay.part}, there)

    def _moves(self, code: str) -> Iterator[tuple[dict[str, Any], int]]:
        for row in self.reports:
            if sign := BALANCES[code].get(row["type"]):
                yield row, sum(way * row["data"].get(field, 0) for field, way in sign.items())

    def _places_with_club(self, asked: Asked) -> Rows:
        """Each once; where it is not known which it is, there may be as many as clubs."""
        kind = "province" if asked.code == "provinces_with_club" else "commune"
        found: dict[tuple[str | None, str | None, str | None], Edges] = {}
        for stay in self.clubs.stays["clubs"]:
            where = self._seat(stay.club, max(asked.end, stay.last))
            for row, number in _placed(asked, stay.club, where, {}, stay.on(asked.end)):
                place = where.key(kind, asked.scheme)
                whose = where.list if kind == "province" and asked.scheme == "as-recorded" else None
                found[row, place, whose] = plus(found.get((row, place, whose), NONE), number)
        for (row, place, _), clubs in found.items():
            if place is None:
                yield row, at_most(clubs)
            else:
                yield row, self._of_terrain(asked.scheme, WITH_CLUB.get(asked.code), place, once(clubs))

    def _places(self, asked: Asked) -> Rows:
        """All there are, whether they have a club or not; as recorded, those of today."""
        old = asked.scheme == "63"
        scheme = "63" if old else "34"
        place_list = "pre-2025" if old else "2025-07"
        codes = [code for which, code in provinces() if which == place_list]
        if asked.code == "provinces":
            wheres = [spot({"list": place_list, "province": code}) for code in codes]
        else:
            rows = communes(place_list).values()
            wheres = [
                spot({"list": place_list, "province": row["province"], "commune": row["code"]})
                for row in rows
            ]
        for where in wheres:
            terrains = ALL_COMMUNES.get(asked.code)
            yield from _placed(asked, "", where, {}, self._of_terrain(scheme, terrains, where.commune, ONE))

    def _of_terrain(
        self, scheme: str, terrains: tuple[str, ...] | None, commune: str | None, number: Edges
    ) -> Edges:
        if terrains is None:
            return number
        special = communes("2025-07").get(commune or "", {}).get("type") == "đặc khu"
        known = self.terrain.get(commune or "", "island" if special else None)
        if known is None or scheme != "34":
            return at_most(number)
        return number if known in terrains else NONE

    def _seat(self, club: str, day: date) -> Spot:
        seats = self.seats[club]
        return seats[bisect_right(seats, day, key=lambda seat: seat.since) - 1].spot


def _seats(reports: list[dict[str, Any]], decided: list[dict[str, Any]]) -> Iterator[Seat]:
    founding = (row for row in reports if row["type"] == "club.founded")
    yield from (Seat(date.min, spot(row["data"]["place"], decided)) for row in founding)
    moves = sorted((row for row in reports if row["type"] == "club.moved"), key=lambda row: row["last"])
    yield from (Seat(row["last"], spot(row["data"]["place"], decided)) for row in moves)


def _within(first: date, last: date, asked: Asked) -> Edges:
    if first > asked.end or last < asked.start:
        return NONE
    return ONE if asked.start <= first and last <= asked.end else MAYBE


def _older_women(heads: Mapping[str, Edges]) -> Edges:
    """At least as many as older people and women cannot be different people; at most as many as of either."""
    older, women, everybody = (heads[code] for code in ("older_members", "women_members", "members"))
    told = heads["women_members.of"] != NONE
    if older == NONE:
        return NONE
    least = 0 if everybody[2] is None else max(0, older[1] + women[1] - everybody[2])
    both = [edge for edge in (older[2], women[2] if told else None) if edge is not None]
    return least, least, min(both, default=None)


def _placed(asked: Asked, subject: str, where: Spot, named: Mapping[str, str | None], number: Edges) -> Rows:
    """The number in its row if it lies in the scope; if it only may, its upper edge."""
    kind, _, rest = asked.scope.partition(":")
    inside = rest == subject if kind == "club" else where.within(asked.scope, asked.scheme)
    if inside is False:
        return
    key = named.get(asked.by or "")
    if asked.by in ("province", "district", "commune"):
        key = where.key(asked.by, asked.scheme)
    yield key, number if inside else at_most(number)


def _month_ends(start: date, end: date) -> Iterator[date]:
    day = start
    while day <= end:
        following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        yield min(following - timedelta(days=1), end)
        day = following
