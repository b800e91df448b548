"""Head counts: people are counted, never named."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from shared.values import NOTHING, Count, Range

# Age bands that split the whole without overlap, finest first; sources know either the 55+ or the 60+ line.
SPLITS: Final = (
    ("under_55", "from_55_to_59", "from_60_to_69", "from_70_to_79", "from_80"),
    ("under_55", "from_55_to_59", "from_60"),
    ("under_55", "from_55"),
)
SEXES: Final = ("women", "men", "unstated")
# An age line and the finer bands that lie beyond it.
_LINES: Final = (
    ("from_60", ("from_60_to_69", "from_70_to_79", "from_80")),
    ("from_55", ("from_55_to_59", "from_60")),
    ("from_55", ("from_55_to_59", "from_60_to_69", "from_70_to_79", "from_80")),
)
# Groups overlap (a poor older woman counts three times): each fits into the whole, they are never added up.
GROUPS: Final = (
    "poor",
    "near_poor",
    "disadvantaged",
    "ethnic_minority",
    "disabled",
    "living_alone",
    "health_insured",
)


class HeadCount(BaseModel):
    """People counted: any subset of the whole, of women and men, of age bands and of overlapping groups.

    Unit: people. Age bands allow the 55+ line of the HelpAge model and the 60+ line of the law (docs/domain.md §1).
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    women: Count | None = None
    men: Count | None = None
    unstated: Annotated[Count | None, Field(description="People whose sex the report does not state.")] = None
    total: Count | None = None

    under_55: Count | None = None
    from_55_to_59: Annotated[Count | None, Field(alias="55_59")] = None
    from_60_to_69: Annotated[Count | None, Field(alias="60_69")] = None
    from_70_to_79: Annotated[Count | None, Field(alias="70_79")] = None
    from_80: Annotated[Count | None, Field(alias="80_plus")] = None
    from_55: Annotated[Count | None, Field(alias="55_plus")] = None
    from_60: Annotated[Count | None, Field(alias="60_plus")] = None

    poor: Count | None = None
    near_poor: Count | None = None
    disadvantaged: Count | None = None
    ethnic_minority: Count | None = None
    disabled: Count | None = None
    living_alone: Count | None = None
    health_insured: Count | None = None

    def people(self) -> Range | None:
        """How many people in all; None where the report does not say.

        One sex alone, or some of the age bands, is only a lower bound of the whole.
        """
        if self.total is not None:
            return self.total.range
        if self.women is not None and self.men is not None:
            return self._sum(SEXES)
        if self.women is not None or self.men is not None:
            return self._at_least(SEXES)
        if self.unstated is not None:
            return self.unstated.range
        for split in SPLITS:
            if len(self._given(split)) == len(split):
                return self._sum(split)
        partial = [self._at_least(split) for split in SPLITS if self._given(split)]
        return max(partial, key=lambda known: known.low, default=None)

    def contradictions(self) -> list[str]:
        """The fields that cannot be true beside the others: parts beyond the whole they belong to."""
        if self.model_fields_set <= set(SEXES):
            return []
        whole = self.people()
        beyond = []
        if whole is not None and whole.high is not None:
            for parts in (SEXES, *SPLITS, *((group,) for group in GROUPS)):
                if self._sum(parts).low > whole.high:
                    beyond.append(self._given(parts)[-1])
        for line, bands in _LINES:
            stated: Count | None = getattr(self, line)
            if stated and stated.range.high is not None and self._sum(bands).low > stated.range.high:
                beyond.append(line)
        return [alias(name) for name in dict.fromkeys(beyond)]

    def _given(self, names: tuple[str, ...]) -> list[str]:
        return [name for name in names if getattr(self, name) is not None]

    def _sum(self, names: tuple[str, ...]) -> Range:
        return sum((getattr(self, name).range for name in self._given(names)), start=NOTHING)

    def _at_least(self, names: tuple[str, ...]) -> Range:
        known = self._sum(names)
        return Range(known.value, known.low, None)


def alias(name: str) -> str:
    """The name of a field of a head count as reports write it: `from_60` is `60_plus`."""
    return HeadCount.model_fields[name].alias or name
