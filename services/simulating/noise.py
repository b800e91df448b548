"""What goes wrong between the village and the registry, and how it is mended later."""

from enum import Enum, auto
from typing import Any, Final

from services.simulating.dice import Dice
from services.simulating.sending import Sent, Told


class Fate(Enum):
    """What becomes of a report that does not simply arrive once and true."""

    LOST = auto()  # Never arrives; the device's counter shows a gap.
    DOUBLED = auto()  # The same report is sent twice.
    COPIED = auto()  # Written up a second time, under another id; withdrawn later.
    MISTAKEN = auto()  # Wrong, and corrected later.
    CORRECTED_TWICE = auto()  # Wrong, and the first correction is wrong as well.
    SPOILED = auto()  # Right, made wrong by a correction, which is withdrawn.
    WITHDRAWN = auto()  # Written up for the wrong club, withdrawn later.
    REPLACED = auto()  # A founding that is withdrawn and registered anew.


_DOUBLED: Final = ((Fate.DOUBLED, 0.02),)
_AMENDED: Final = (
    (Fate.COPIED, 0.002),
    (Fate.MISTAKEN, 0.01),
    (Fate.CORRECTED_TWICE, 0.001),
    (Fate.SPOILED, 0.001),
)
# The share of reports of a type that meets each fate. Money is never lost: what cannot be recomputed from the
# reports would be a riddle nobody set.
_FATES: Final[dict[str, tuple[tuple[Fate, float], ...]]] = {
    "meeting.held": (*_DOUBLED, (Fate.LOST, 0.003), (Fate.WITHDRAWN, 0.002), *_AMENDED),
    "members.counted": (*_DOUBLED, *_AMENDED),
    "activity.held": (*_DOUBLED, (Fate.LOST, 0.003), (Fate.COPIED, 0.002)),
    "care.reported": (*_DOUBLED, (Fate.LOST, 0.003)),
    "fund.received": (*_DOUBLED, *_AMENDED),
    "club.founded": (*_DOUBLED, (Fate.MISTAKEN, 0.01), (Fate.REPLACED, 0.005)),
}


def fate(type: str, dice: Dice) -> Fate | None:
    """What becomes of a report of this type; None for nearly all."""
    left = dice.share()
    for one, share in _FATES.get(type, _DOUBLED):
        if left < share:
            return one
        left -= share
    return None


def mistaken(told: Told, dice: Dice) -> Told:
    """The report with a slip of the pen, still possible in itself: a zero too many, a few women too many."""
    data = told.data
    match told.type:
        case "fund.received":
            return Told(told.type, data | {"amount_vnd": data["amount_vnd"] * 10})
        case "club.founded":
            return Told(told.type, data | {"name": data["name"].removeprefix("CLB LTHTGN ")})
        case "meeting.held":
            return Told(told.type, data | {"attendance": _too_many(data["attendance"], dice)})
    return Told(told.type, data | {"members": _too_many(data["members"], dice)})


def _too_many(heads: dict[str, Any], dice: Dice) -> dict[str, Any]:
    more = dice.between(1, 9)
    if isinstance(heads.get("women"), int):
        return heads | {"women": heads["women"] + more}
    total = heads["total"]
    return heads | {
        "total": {"about": total["about"] + 10 * more} if isinstance(total, dict) else total + more
    }


def correction(target: Sent, told: Told, dice: Dice) -> Told:
    """What is right instead of the target."""
    reason = dice.pick(("đếm sót người", "ghi nhầm số", "đối chiếu sổ sách"))
    data = {"target": target.as_target, "data": told.data, "reason": reason}
    return Told("report.corrected", data | {"authority": "ban chủ nhiệm"})


def withdrawal(target: Sent, reason: str) -> Told:
    """The target no longer counts."""
    data = {"target": target.as_target, "reason": reason, "authority": "Hội NCT xã"}
    return Told("report.withdrawn", data)
