"""What a form needs to offer: places by name, with what old ones became. Public facts, open to all."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import FastAPI, Query
from pydantic import BaseModel, ConfigDict, Field

from shared.codes import CODES, Names
from shared.places import PROVINCES, Found, Kind, PlaceList, look_up, search
from shared.problems import BadQuestion, Fault, NotFound

_WORDS = Field(max_length=200, description="Words of the name, with or without accents; none: all places.")
_PROVINCE = Field(pattern=r"^\d{2}$", description="Code on `list`; without a list, on today's map.")


class PlacesAsked(BaseModel):
    """The parameters of `GET /v1/places`. An unknown one is refused: ignored, it would offer wrong places."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, _WORDS] = ""
    list: PlaceList | None = None
    province: Annotated[str | None, _PROVINCE] = None
    kind: Kind | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 20
    lang: Annotated[str | None, Field(description="vi or en")] = None

    def found(self) -> Sequence[Found]:
        """The places asked for, the best first. Raises `BadQuestion` for a province its list does not have."""
        if self.province and (self.list or "2025-07", self.province) not in PROVINCES:
            raise BadQuestion(faults=(Fault("/query/province", "not-in-the-list"),))
        return search(self.q, place_list=self.list, province=self.province, kind=self.kind, limit=self.limit)


def add_forms(app: FastAPI) -> None:
    """`/v1/places`, `/v1/places/{list}/{code}` and `/v1/codes`."""

    @app.get("/v1/codes", tags=["forms"], summary="Các danh mục / the code lists, in both languages")
    def codes() -> dict[str, dict[str, Names]]:
        return CODES

    @app.get("/v1/places", tags=["forms"], summary="Tìm tỉnh, huyện cũ, xã / find a place by its name")
    def places(asked: Annotated[PlacesAsked, Query()]) -> dict[str, Any]:
        return {"items": [_with_successors(found) for found in asked.found()]}

    @app.get(
        "/v1/places/{list}/{code}",
        tags=["forms"],
        summary="Một địa danh và nơi đó trên bản đồ kia / one place, and what it is on the other map",
    )
    def one_place(list: PlaceList, code: str) -> dict[str, Any]:
        found = look_up(list, code)
        if found is None:
            raise NotFound
        if found.list == "pre-2025":
            return _with_successors(found)
        return _named(found) | {"predecessors": _all_named("pre-2025", found.predecessors)}


def _with_successors(found: Found) -> dict[str, Any]:
    if found.list == "2025-07":
        return _named(found)
    codes = [successor.code for successor in found.successors]
    became = [
        named | {"default": successor.default}
        for named, successor in zip(_all_named("2025-07", codes), found.successors, strict=True)
    ]
    return _named(found) | {"successors": became}


def _named(found: Found) -> dict[str, Any]:
    """A place by itself. Only places of the old list have districts."""
    named = {
        "list": found.list,
        "code": found.code,
        "kind": found.kind,
        "name": found.name,
        "type": found.type,
        "province": found.province,
        "province_name": found.province_name,
    }
    return named | ({"district_name": found.district_name} if found.district_name else {})


def _all_named(place_list: str, codes: Sequence[str]) -> list[dict[str, Any]]:
    return [_named(found) for code in codes if (found := look_up(place_list, code))]
