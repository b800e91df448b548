"""Code lists: the words reports may use, with their Vietnamese and English names. Data in `codes.toml`.

An unknown code is no error: the report is recorded, the code shown as it stands, and a warning says so. An
installation may know more codes than these: `ISHC_CODES` names a file of the same form.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, get_args

from pydantic import BaseModel, GetJsonSchemaHandler, StringConstraints
from pydantic_core import CoreSchema

Names = dict[str, str]


@dataclass(frozen=True, slots=True)
class In:
    """Marks a field as a code of one of the lists."""

    kind: str

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(core), "x-code-list": self.kind}


Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]

Area = Annotated[Code, In("area")]
MeetingPart = Annotated[Code, In("part")]
BoardRole = Annotated[Code, In("role")]
FundSource = Annotated[Code, In("fund_source")]
Purpose = Annotated[Code, In("purpose")]
TrainingKind = Annotated[Code, In("training_kind")]
Module = Annotated[Code, In("module")]
HealthKind = Annotated[Code, In("health_kind")]
VisitKind = Annotated[Code, In("visit_kind")]
FindingCode = Annotated[Code, In("finding")]
PlanKind = Annotated[Code, In("plan_kind")]
How = Annotated[Code, In("how")]
Level = Annotated[Code, In("level")]
Severity = Annotated[Code, In("severity")]
Figure = Annotated[Code, In("figure")]


def _shipped() -> dict[str, dict[str, Names]]:
    return tomllib.loads(files("shared").joinpath("codes.toml").read_text(encoding="utf-8"))


CODES: Final = _shipped()
AREAS: Final = tuple(CODES["area"])  # The eight; more may be added by an installation.


def add_codes(path: Path | None) -> None:
    """Know the codes of a file too. A code that is known already gets the file's names.

    Raises `OSError` or `tomllib.TOMLDecodeError` for a file that cannot be read, `ValueError` for a wrong form.
    """
    for name, codes in tomllib.loads(path.read_text(encoding="utf-8")).items() if path else ():
        for code, names in codes.items():
            if name not in CODES or set(names) != {"vi", "en"}:
                raise ValueError(f"{path}: [{name}] {code}: needs a known list and the names vi and en")
            CODES[name][code] = names


def code_name(lang: str, kind: str, code: str) -> str:
    """The name of a code of one of the lists; an unknown one stands as it is, readable."""
    names = CODES[kind].get(code)
    return names[lang] if names else code.replace("_", " ")


def unknown_codes(part: BaseModel, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Every code of an event that its list does not know: where (a JSON pointer) and which list."""
    for name, kind in _coded(type(part)):
        value = getattr(part, name)
        if value is None or (kind is not None and _knows_all(kind, value)):
            continue
        for key, one in _each(value):
            at = f"{pointer}/{name}{key}"
            if isinstance(one, BaseModel):
                yield from unknown_codes(one, at)
            elif kind is not None and one not in CODES[kind]:
                yield at, kind


def _knows_all(kind: str, value: Any) -> bool:
    """Whether all codes of a field are known: soon answered, and nearly always so."""
    return CODES[kind].keys() >= ({value} if isinstance(value, str) else set(value))


def _each(value: Any) -> Iterator[tuple[str, Any]]:
    """The value, or the items of a list, or the names of an object, each with the end of its pointer."""
    match value:
        case None:
            return
        case list():
            yield from ((f"/{number}", one) for number, one in enumerate(value))
        case dict():
            yield from ((f"/{one}", one) for one in value)
        case _:
            yield "", value


@cache
def _coded(model: type[BaseModel]) -> tuple[tuple[str, str | None], ...]:
    """The fields of a form that hold codes, with their list; None for a field of parts that may hold some."""
    found: list[tuple[str, str | None]] = []
    for name, field in model.model_fields.items():
        inner = (*field.metadata, field.annotation, *_marks(field.annotation))
        kinds = [mark.kind for mark in inner if isinstance(mark, In)]
        if kinds:
            found.append((name, kinds[0]))
        elif any(isinstance(one, type) and issubclass(one, BaseModel) and _coded(one) for one in inner):
            found.append((name, None))
    return tuple(found)


def _marks(annotation: Any) -> Iterator[Any]:
    for inner in get_args(annotation):
        yield inner
        yield from _marks(inner)
