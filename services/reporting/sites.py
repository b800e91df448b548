"""Where a club sits, and since when: as reported, on today's map and on the old one. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from shared.effective import Effective
from shared.events import ClubFounded, ClubMoved, ClubProposed, PlaceResolved
from shared.places import Place, resolve, settled


class Site(NamedTuple):
    """A place on three maps: as recorded, `province_now` and `commune_now` on today's, `province_63` on the old.

    `district` is that of the old list, as far as it is known.

    `commune_now` and `province_63` are None where they cannot be told; `how` says how the place was found
    (`shared/places/resolving.py`), `candidates` are the present communes it may be.
    """

    list: str
    province: str
    district: str | None
    commune: str | None
    province_now: str
    commune_now: str | None
    province_63: str | None
    how: str
    candidates: tuple[str, ...]

    @property
    def columns(self) -> tuple[Any, ...]:
        """Where it is on the three maps, as read models keep it: all but how it was found."""
        return self[:7]


Sites = Sequence[tuple[date, Site]]


def site(place: Place, decisions: Sequence[Place] = ()) -> Site:
    """The place on three maps. The newest decision about its commune counts if it lies in the same province."""
    found = resolve(place)
    if found.how != "exact":
        fitting = [one for one in decisions if one.province_now == place.province_now]
        found = settled(place, fitting[-1]) if fitting else found
    old = found.provinces_63
    return Site(
        list=place.list,
        province=place.province,
        district=_district(place),
        commune=place.commune,
        province_now=found.province,
        commune_now=found.commune,
        province_63=old[0] if len(old) == 1 else None,
        how=found.how,
        candidates=found.candidates,
    )


def sites(reports: Sequence[Effective]) -> list[tuple[date, Site]]:
    """Where a club sat since which day. A move known only to the month counts from its last day."""
    decisions = [report.event.place for report in reports if isinstance(report.event, PlaceResolved)]
    first = [report.event for report in reports if isinstance(report.event, ClubFounded | ClubProposed)]
    first.sort(
        key=lambda event: isinstance(event, ClubFounded)
    )  # A proposal that arrives late moves no club.
    moves = sorted(
        (report.event for report in reports if isinstance(report.event, ClubMoved)),
        key=lambda move: move.occurred_on.last,
    )
    beginning = [(date.min, site(event.place, decisions)) for event in first[-1:]]
    return beginning + [(move.occurred_on.last, site(move.place, decisions)) for move in moves]


def site_on(where: Sites, day: date) -> Site:
    """Where it sat at the end of a day."""
    return next(found for since, found in reversed(where) if since <= day)


def _district(place: Place) -> str | None:
    """The district until 30 June 2025: that of the commune, else the one the report names."""
    commune, named = place.known_commune, place.known_district
    if commune is not None and commune.province == place.province:
        return commune.district
    return named.code if named is not None and named.province == place.province else None
