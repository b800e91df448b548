"""How a club begins: a committee, the commune's decision, the ceremony with charter, board and first money."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from services.simulating import people, where
from services.simulating.calendar import day_of, written
from services.simulating.curve import scheme
from services.simulating.dice import Dice
from services.simulating.money import MILLION, THOUSAND, Box, seed
from services.simulating.people import Members
from services.simulating.sending import Device, Told
from services.simulating.where import Home

_ROLES: Final = {"chair": 1, "vice_chair": 1, "secretary": 1, "treasurer": 1}


@dataclass(slots=True)
class Club:
    """A club as its management board knows it. Days are ordinals."""

    id: str
    home: Home
    device: Device
    founded_on: int
    launched_on: int
    meeting_day: int
    people: Members
    volunteers: int
    check_up_month: int
    box: Box
    registered_on: int = 0
    last_meeting: int = 0
    resolved: bool = False
    ended: bool = False

    @property
    def name(self) -> str:
        return f"CLB LTHTGN {self.home.village}"

    def place(self, day: int) -> dict[str, Any]:
        return where.place(self.home, day)


def new_club(number: int, founded_on: int, dice: Dice) -> Club:
    """A new club somewhere in the country."""
    home = where.home(dice)
    name = f"{where.initials(home.province)}-{number:06d}"
    first = people.members(home.village.startswith("bản"), dice)
    box = Box(dice.between(6, 10), dice.pick((2, 3, 5, 5, 10)) * THOUSAND, dice.pick((3, 5, 5, 5)) * MILLION)
    return Club(
        id=name,
        home=home,
        device=Device(name),
        founded_on=founded_on,
        launched_on=founded_on + (dice.between(1, 30) if dice.chance(0.7) else dice.between(31, 78)),
        meeting_day=dice.between(1, 28),
        people=first,
        volunteers=dice.between(5, 12),
        check_up_month=dice.between(3, 8),
        box=box,
    )


def proposing(club: Club, dice: Dice) -> Told:
    """A mobilising committee (ban vận động) went from house to house, some months before the decision."""
    day = written(club.founded_on - dice.between(20, 90))[:7]
    data = {"occurred_on": day, "name": club.name, "place": club.place(club.founded_on)}
    return Told("club.proposed", data | {"committee_size": dice.between(3, 7)})


def founded(club: Club, dice: Dice) -> Told:
    """The decision of the commune; of old clubs often only the year is remembered."""
    day = club.founded_on
    told = written(day)
    if day_of(day).year < 2016 and dice.chance(0.5):
        told = dice.pick((told[:4], told[:7], f"../{told[:4]}-12-31"))
    data: dict[str, Any] = {"occurred_on": told, "name": club.name, "place": club.place(day)}
    if told == written(day):
        number = f"{dice.between(1, 400)}/QĐ-UBND"
        data["decision"] = {"number": number, "issued_on": written(day), "issuer": "UBND xã"}
    board = dice.pick((5, 5, 5, 7, 9))
    return Told(
        "club.founded",
        data
        | {
            "scheme": scheme(day_of(day)) if dice.chance(0.97) else "unknown",
            "pilot": dice.chance(0.03),
            "members": club.people.heads(),
            "management_board": {"size": board, "women": dice.between(2, board - 1)},
        },
    )


def launching(club: Club, dice: Dice) -> Iterator[Told]:
    """The ceremony: charter adopted, board presented, funds handed over."""
    day = written(club.launched_on)
    goods = ["cân điện tử", "máy đo huyết áp"] if dice.chance(0.4) else []
    attendance = {"total": {"about": dice.between(6, 12) * 10}}
    yield Told("club.launched", {"occurred_on": day, "attendance": attendance, "goods": goods})
    yield Told(
        "charter.adopted",
        {
            "occurred_on": day,
            "meeting_day": club.meeting_day,
            "monthly_fee_vnd": club.box.fee,
            "loan_interest_percent_per_month": f"{club.box.per_mille_a_month / 10:.1f}",
            "loan_term_months": 12,
            "first_loan_max_vnd": club.box.first_loan,
        },
    )
    yield electing(club.launched_on, dice)
    yield from seed(club.box, club.launched_on, dice)


def electing(day: int, dice: Dice) -> Told:
    """A management board for three years."""
    size = dice.pick((5, 5, 5, 7, 9))
    data = {
        "occurred_on": written(day),
        "size": size,
        "women": dice.between(2, size - 1),
        "roles": _ROLES | {"member": size - 4},
        "term_years": 3,
    }
    return Told("board.elected", data)
