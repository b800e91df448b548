"""Where a reported place lies on the other map, and how surely we know."""

from dataclasses import dataclass, replace
from typing import Literal

from shared.places.place import Place
from shared.places.provinces import candidates
from shared.places.tables import communes_now, districts, provinces_before, successors

How = Literal["exact", "split", "split_default", "manual", "province_only", "unknown_commune"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """A place on both maps.

    `province` and `commune` are on today's map; `commune` is None where it is not known. `how` it was found:
    `exact`; `split`: its commune became several, a person must say which; `split_default`: the same, and the
    one flagged in the table was taken; `manual`: a person said so; `province_only`: no commune was named;
    `unknown_commune`: a code our list does not have, a person must say. `candidates` are the present communes it
    may lie in, as far as they can be told; `provinces_63` the old provinces.
    """

    province: str
    commune: str | None
    how: How
    candidates: tuple[str, ...]
    provinces_63: tuple[str, ...]


def resolve(place: Place) -> Resolution:
    """The place on both maps. Its province must be on its list (`Place.contradictions`); all else may be unknown.

    A whole old province went into one present province, so that is sure. Communes were merged and split.
    """
    commune = place.known_commune
    if commune is None or commune.province != place.province:
        return _without_commune(place)
    if place.list == "2025-07":
        return _found(place, commune.code, "exact", (commune.code,), provinces_before(commune.code))
    became = successors(commune.code)
    may_be = tuple(successor.code for successor in became)
    if len(became) == 1:
        return _found(place, may_be[0], "exact", may_be, (place.province,))
    flagged = next((successor.code for successor in became if successor.default), None)
    return _found(place, flagged, "split_default" if flagged else "split", may_be, (place.province,))


def settled(place: Place, decision: Place) -> Resolution:
    """The place as a person decided. What the report itself said of its old province still holds."""
    decided = replace(resolve(decision), how="manual")
    return replace(decided, provinces_63=(place.province,)) if place.list == "pre-2025" else decided


def _without_commune(place: Place) -> Resolution:
    """An island district had no communes and became one as a whole; of all else only the province is sure."""
    old_provinces = tuple(candidates(place.list, place.province, "63"))
    may_be = _of_district(place)
    if place.commune:
        return _found(place, None, "unknown_commune", may_be, old_provinces)
    island = may_be and districts()[place.district or ""].became
    if island:
        return _found(place, island, "exact", may_be, old_provinces)
    return _found(place, None, "province_only", may_be, old_provinces)


def _of_district(place: Place) -> tuple[str, ...]:
    district = place.known_district
    return communes_now(district.code) if district and district.province == place.province else ()


def _found(
    place: Place, commune: str | None, how: How, may_be: tuple[str, ...], old: tuple[str, ...]
) -> Resolution:
    return Resolution(place.province_now, commune, how, may_be, old)
