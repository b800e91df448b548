"""Where amounts belong: the rows of an answer by place, on three maps, and whether they lie in the scope."""

from collections.abc import Callable
from typing import Any, Final

from services.reporting.expected import Whose
from services.reporting.known import ANYWHERE, Within
from services.reporting.question import PARTS, Question
from services.reporting.sums import Row
from shared.places import LIST_OF, PROVINCES, Scheme, candidates, communes, districts, province_name

_OF_PLACES: Final = {"province", "district", "commune", "club"}

Keys = dict[str, Any]


def within(question: Question) -> Within:
    """Where the scope may lie; `keys_of` leaves out the rest."""
    kind, _, name = question.scope.partition(":")
    match kind:
        case "club":
            return Within(clubs=(name,))
        case "province":
            code, scheme = name.rpartition(":")[2], question.scheme
            if scheme == "as-recorded":
                return Within(provinces=(code,))
            there = {one[1] for one in PROVINCES if code in candidates(*one, scheme)}
            return Within(provinces=tuple(sorted(there)))
    return ANYWHERE


def whose(question: Question) -> Whose:
    """The clubs that may lie in the scope; `keys_of` leaves out the rest."""
    kind, _, name = question.scope.partition(":")
    place_list, _, code = name.rpartition(":")
    match kind:
        case "club":
            return Whose(club=name)
        case "province":
            return Whose(province_now=PROVINCES[place_list or LIST_OF[question.scheme], code].now)
    return Whose()


def dimensions(question: Question) -> tuple[str, ...]:
    """What amounts are summed by: the places that the map asked for and the scope can tell apart."""
    found = ["list"]
    if question.scope != "nation" or _OF_PLACES & set(question.by):  # Else it is the same wherever it was.
        found.append("province")
        if question.scheme == "63":
            found.append("province_63")
    if "district" in question.by or question.scope.startswith("district:"):
        found.append("district")
    if "commune" in question.by or question.scope.startswith("commune:"):
        found.append("commune_now" if question.scheme == "34" else "commune")
    if set(PARTS) & set(question.by):
        found.append("part")
    return (*found, "subject") if "club" in question.by else tuple(found)


def keys_of(question: Question, row: Row) -> tuple[Keys | None, bool]:
    """The keys of the row these amounts belong to, and whether they surely lie in the scope; None if they do not."""
    kind, _, rest = question.scope.partition(":")
    codes = _provinces(question.scheme, row) if kind == "province" or "province" in question.by else []
    placed = True
    if kind == "province":
        place_list, _, code = rest.rpartition(":")
        if code not in codes or (place_list and place_list != row.list):
            return None, False
        placed = len(codes) == 1
    elif kind in _FINER and _FINER[kind](question.scheme, row) != rest:
        return None, False
    keys: Keys = {}
    if "province" in question.by:
        keys = _province(question.scheme, row, codes)
    if "district" in question.by:
        found = districts().get(row.district or "")
        keys |= {"district": row.district, "district_name": f"{found.type} {found.name}" if found else None}
    if "commune" in question.by:
        keys |= _commune_keys(question.scheme, row)
    if "club" in question.by:
        keys["club"] = row.subject
    for part in PARTS:
        if part in question.by:
            keys[part] = row.part
    return keys, placed


def _provinces(scheme: Scheme, row: Row) -> list[str]:
    """The codes a province may have on the map asked for: several where only the merged one is known."""
    if scheme == "as-recorded":
        return [row.province]
    if scheme == "63" and row.province_63 is not None:
        return [row.province_63]
    return candidates(row.list, row.province, scheme)


def _province(scheme: Scheme, row: Row, codes: list[str]) -> Keys:
    if scheme == "as-recorded":
        return {"list": row.list, "province": row.province, "name": province_name(row.list, row.province)}
    if len(codes) > 1:
        recorded = {"list": row.list, "province": row.province, "candidates": codes}
        return {"province": None, "unplaced": recorded}
    return {"province": codes[0], "name": province_name(LIST_OF[scheme], codes[0])}


def _commune(scheme: Scheme, row: Row) -> str | None:
    """The commune on the map asked for; None where it cannot be told. Old communes are not guessed from new ones."""
    if scheme == "34":
        return str(row.commune_now) if row.commune_now else None
    return str(row.commune) if row.commune and (scheme == "as-recorded" or row.list == "pre-2025") else None


def _district(scheme: Scheme, row: Row) -> str | None:
    return None if row.district is None else str(row.district)


_FINER: Final[dict[str, Callable[[Scheme, Row], str | None]]] = {
    "district": _district,
    "commune": _commune,
}


def _commune_keys(scheme: Scheme, row: Row) -> Keys:
    code = _commune(scheme, row)
    found = communes(row.list if scheme == "as-recorded" else LIST_OF[scheme]).get(code or "")
    return {"commune": code, "commune_name": f"{found.type} {found.name}" if found else None}
