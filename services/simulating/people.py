"""Members of a club: 30 to 121, mostly 50 to 70, about 70 % women and 70 % from 55 years on."""

from dataclasses import dataclass
from typing import Any, Final

from services.simulating.dice import Dice

SMALLEST: Final = 30
_BANDS: Final = ("under_55", "55_59", "60_69", "70_79", "80_plus")


@dataclass(slots=True)
class Members:
    """Women and men of a club, and the age bands that add up to the same. Unit: people."""

    women: int
    men: int
    bands: list[int]
    poor: int
    near_poor: int
    ethnic_minority: int

    @property
    def size(self) -> int:
        return self.women + self.men

    def heads(self) -> dict[str, Any]:
        """Everything a careful secretary counts."""
        return {
            "women": self.women,
            "men": self.men,
            **dict(zip(_BANDS, self.bands, strict=True)),
            "poor": self.poor,
            "near_poor": self.near_poor,
            "ethnic_minority": self.ethnic_minority,
        }

    def join(self, women: int, men: int, band: int) -> None:
        """Some people join, all of one age band."""
        self.women += women
        self.men += men
        self.bands[band] += women + men

    def leave(self, band: int) -> None:
        """One person of an age band leaves, if the club does not become too small and the groups still fit."""
        if self.bands[band] == 0 or self.size <= max(
            SMALLEST, self.poor, self.near_poor, self.ethnic_minority
        ):
            return
        self.bands[band] -= 1
        if self.women * 3 > self.men * 7:
            self.women -= 1
        else:
            self.men -= 1


def members(mountain: bool, dice: Dice) -> Members:
    """The first members of a club."""
    size = dice.between(50, 70) if dice.chance(0.72) else dice.between(SMALLEST, 90)
    if dice.chance(0.01):
        size = dice.between(91, 121)
    women = dice.percent_of(size, 60, 78)
    young = dice.percent_of(size, 20, 38)
    from_55, from_70, from_80 = (dice.percent_of(size, *share) for share in ((12, 20), (12, 18), (2, 6)))
    bands = [young, from_55, size - young - from_55 - from_70 - from_80, from_70, from_80]
    minority = dice.percent_of(size, 40, 95) if mountain else dice.percent_of(size, 0, 3)
    poor, near_poor = dice.percent_of(size, 5, 35), dice.percent_of(size, 5, 30)
    return Members(women, size - women, bands, poor, near_poor, minority)


def attending(members: Members, low: int, high: int, dice: Dice) -> dict[str, Any]:
    """Who came, as people count at the door: `low` to `high` per cent of the members."""
    share = dice.between(low, high)
    women, men = members.women * share // 100, members.men * share // 100
    if dice.chance(0.93):
        return {"women": women, "men": men}
    return {"total": {"about": (women + men) // 10 * 10}} if dice.chance(0.5) else {"total": women + men}


def people_in(heads: dict[str, Any]) -> int:
    """How many that is, or nearly."""
    total = heads.get("total")
    if isinstance(total, dict):
        return int(total["about"])
    return int(total) if total is not None else int(heads["women"] + heads["men"])
