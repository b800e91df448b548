"""A place as an event tells it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.places.tables import PROVINCES, Commune, District, PlaceList, communes, districts

Note = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class Place(BaseModel):
    """A place as reported, down to the village where the club sits.

    `list` says whose codes these are: `pre-2025` (63 provinces) or `2025-07` (34). Districts ended on 1 July 2025.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    list: PlaceList
    province: Annotated[
        str, Field(pattern=r"^\d{2}$", description="General Statistics Office code, two digits.")
    ]
    district: Annotated[str | None, Field(pattern=r"^\d{3}$")] = None
    commune: Annotated[str | None, Field(pattern=r"^\d{5}$")] = None
    village: Annotated[str | None, StringConstraints(min_length=1, max_length=200)] = None
    as_written: Annotated[Note | None, Field(description="The place in the words of the source.")] = None

    def contradictions(self) -> tuple[str, ...]:
        """The fields that cannot be true: a province its list does not have, a district after they ended, a
        commune or district that we know to lie in another province.
        """
        if (self.list, self.province) not in PROVINCES:
            return ("province",)
        if self.list == "2025-07" and self.district:
            return ("district",)
        known = {"commune": self.known_commune, "district": self.known_district}
        return tuple(field for field, unit in known.items() if unit and unit.province != self.province)

    def doubts(self) -> tuple[str, ...]:
        """The fields that may be wrong and are recorded all the same: codes our lists do not have (older lists
        had others), and a district that is not the one of the commune.
        """
        commune, district = self.known_commune, self.known_district
        doubtful = []
        if self.commune and commune is None:
            doubtful.append("commune")
        if self.district and (district is None or (commune and commune.district != district.code)):
            doubtful.append("district")
        return tuple(doubtful)

    @property
    def known_commune(self) -> Commune | None:
        """The commune on its list. None if the report names none, or one the list does not have."""
        return communes(self.list).get(self.commune) if self.commune else None

    @property
    def known_district(self) -> District | None:
        """The district on the old list. None if the report names none, or one the list does not have."""
        return districts().get(self.district) if self.district and self.list == "pre-2025" else None

    @property
    def province_now(self) -> str:
        """The code of its province on today's map. Every old province went to exactly one new one."""
        return PROVINCES[self.list, self.province].now
