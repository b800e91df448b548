"""Where things happen: the place as reported, on the map of its day, and where it lies on another map.

63 provinces became 34 on 1 July 2025, 10,035 communes 3,321, and districts ended. Seven codes of provinces changed
their meaning that day (15 was Yên Bái and is Lào Cai), and a commune may have kept its name under another code or its
code with more land, so a code never stands without its list. Decision 0009.
"""

from shared.places.place import Note, Place
from shared.places.provinces import LIST_OF, Scheme, candidates, province_name, provinces
from shared.places.resolving import How, Resolution, resolve, settled
from shared.places.searching import Found, Kind, look_up, search
from shared.places.tables import (
    PROVINCES,
    Commune,
    District,
    PlaceList,
    Province,
    Successor,
    communes,
    communes_now,
    districts,
    predecessors,
    provinces_before,
    successors,
)

__all__ = [
    "LIST_OF",
    "PROVINCES",
    "Commune",
    "District",
    "Found",
    "How",
    "Kind",
    "Note",
    "Place",
    "PlaceList",
    "Province",
    "Resolution",
    "Scheme",
    "Successor",
    "candidates",
    "communes",
    "communes_now",
    "districts",
    "look_up",
    "predecessors",
    "province_name",
    "provinces",
    "provinces_before",
    "resolve",
    "search",
    "settled",
    "successors",
]
