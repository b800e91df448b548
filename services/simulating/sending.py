"""Devices and the reports they send, as CloudEvents."""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson

from services.simulating.calendar import written
from services.simulating.dice import Dice
from shared.report import SCHEMAS

MINUTES: Final = 24 * 60  # A moment is a number of minutes, counted from the first day of the calendar.


class Told(NamedTuple):
    """Something to report: the type of event and its data."""

    type: str
    data: dict[str, Any]


class Sent(NamedTuple):
    """A report with the identity it was sent under."""

    line: bytes
    source: str
    id: str

    @property
    def as_target(self) -> dict[str, str]:
        """How a correction or withdrawal names it."""
        return {"source": self.source, "id": self.id}


@dataclass(slots=True)
class Device:
    """A phone or an office computer: it counts its reports and sends them in order."""

    name: str
    seq: int = 0
    arrived: int = 0  # The moment its last sending came in: nothing it sends overtakes another.

    @property
    def source(self) -> str:
        return f"/simulated/{self.name}"

    def sends(self, seed: int, subject: str, time: str, told: Told) -> Sent:
        """The next report of this device."""
        self.seq += 1
        id, source = f"{seed}-{self.seq}", self.source
        event = {
            "specversion": "1.0",
            "id": id,
            "source": source,
            "type": told.type,
            "subject": subject,
            "time": time,
            "dataschema": f"{SCHEMAS}/{told.type}/1",
            "datacontenttype": "application/json",
            "deviceseq": self.seq,
            "data": told.data,
        }
        return Sent(orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE), source, id)

    def arrives(self, moment: int, dice: Dice) -> int:
        """When a sending of this moment comes in: mostly at once, sometimes after days or weeks without a network."""
        if dice.chance(0.03):
            moment += dice.between(5, 60) * MINUTES
        elif dice.chance(0.15):
            moment += dice.between(4, 3 * MINUTES)
        self.arrived = max(self.arrived, moment)
        return self.arrived


def clock(moment: int, dice: Dice) -> str:
    """What a phone's clock says at a moment: in one of a hundred it is years off, or some days ahead."""
    day, minute = divmod(moment, MINUTES)
    if dice.chance(0.01):
        day = dice.pick((_RESET, day - 365, day + 3))
    return f"{written(day)}T{minute // 60:02}:{minute % 60:02}:00+07:00"


_RESET: Final = 719_163  # 1 January 1970, where a phone wakes up whose battery was taken out.
