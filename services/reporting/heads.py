"""What a head count tells besides how many people there are: women and men, age bands, overlapping groups. Pure.

Groups overlap (a poor older woman counts three times) and are never added up. A share is of the people of those head
counts that tell the part: `women_members.of` are the members of clubs that say how many of them are women.
"""

from collections.abc import Iterator
from typing import Final

from shared.people import GROUPS, HeadCount
from shared.values import NOTHING, Count, Range

# Indicator and the fields it is the sum of, the first set that is told whole.
_SHARED: Final = {
    "women_members": (("women",),),
    "members_55_plus": (
        ("from_55",),
        ("from_55_to_59", "from_60"),
        ("from_55_to_59", "from_60_to_69", "from_70_to_79", "from_80"),
    ),
    "older_members": (("from_60",), ("from_60_to_69", "from_70_to_79", "from_80")),
    **{f"{group}_members": ((group,),) for group in GROUPS},
}
_BANDS: Final = {
    "men_members": (("men",),),
    "members_under_55": (("under_55",),),
    "members_55_59": (("from_55_to_59",),),
    "members_60_69": (("from_60_to_69",),),
    "members_70_79": (("from_70_to_79",),),
    "members_80_plus": (("from_80",),),
}
_PARTS: Final = tuple((_SHARED | _BANDS).items())
SHARED: Final = tuple(_SHARED)
TOLD: Final = ("members", *_SHARED, *(f"{code}.of" for code in _SHARED), *_BANDS)


def told_of(heads: HeadCount, people: Range) -> Iterator[tuple[str, Range]]:
    """Every indicator a head count tells of, with its amount; the whole of a share under `<code>.of`."""
    yield "members", people
    for code, fields in _PARTS:
        if (amount := _first_told(heads, fields)) is not None:
            yield code, amount
            if code in _SHARED:
                yield f"{code}.of", people


def _first_told(heads: HeadCount, fields: tuple[tuple[str, ...], ...]) -> Range | None:
    for names in fields:
        counts: list[Count | None] = [getattr(heads, name) for name in names]
        told = [count.range for count in counts if count is not None]
        if len(told) == len(names):
            return told[0] if len(told) == 1 else sum(told, start=NOTHING)
    return None
