"""The life of one club: proposed, founded, launched, then a meeting a month until it falls silent or ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from services.simulating import people, where
from services.simulating.calendar import (
    day_of,
    is_around_tet,
    kept_at_home,
    month_before,
    next_meeting,
    written,
)
from services.simulating.curve import scheme
from services.simulating.dice import Dice
from services.simulating.money import MILLION, THOUSAND, Box, at_the_meeting, seed
from services.simulating.people import Members, attending, people_in
from services.simulating.sending import Device, Told
from services.simulating.where import Home

AREAS: Final = (
    "income",
    "health_care",
    "home_care",
    "self_help",
    "rights",
    "awareness",
    "culture",
    "resource_mobilisation",
)
PARTS: Final = ("report", "talk", "self_help", "plan", "games", "performance")
_ROLES: Final = {"chair": 1, "vice_chair": 1, "secretary": 1, "treasurer": 1}
_TITLES: Final = {
    "culture": ("giao lưu văn nghệ", "tập dưỡng sinh", "bóng chuyền hơi", "mừng thọ hội viên"),
    "self_help": ("giúp hội viên sửa nhà", "giúp thu hoạch lúa", "thăm hội viên ốm"),
    "income": ("tham quan mô hình chăn nuôi", "tập huấn trồng rau sạch"),
}
_MISSED: Final = ("mưa lũ", "mùa gặt", "ban chủ nhiệm bận")


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
        return where.place(self.home.province, day, self.home.village)


def club(number: int, founded_on: int, dice: Dice) -> Club:
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


def founding(club: Club, dice: Dice) -> Told:
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


def next_day(club: Club, day: int, dice: Dice) -> int:
    """The charter's next day; if it falls around Tết, some clubs meet when Tết is over instead."""
    planned = next_meeting(day, club.meeting_day)
    if is_around_tet(day_of(planned)) and dice.chance(0.3):
        return planned + dice.between(19, 24)
    return planned


def month(club: Club, day: int, dice: Dice) -> Iterator[Told]:
    """What the secretary writes up on the day of the monthly meeting; sometimes nothing."""
    before, club.last_meeting = club.last_meeting, day
    today = day_of(day)
    yield from _between_meetings(club, before, day, dice)
    if is_around_tet(today) and dice.chance(0.9):
        yield _not_held(day, "Tết Nguyên đán")
    elif dice.chance(kept_at_home(club.home.region, today.year, today.month)):
        pandemic = today.year in (2020, 2021) and dice.chance(0.8)
        yield _not_held(day, "dịch COVID-19" if pandemic else dice.pick(_MISSED))
    elif not dice.chance(0.05):  # Else missed, and nobody says so.
        yield from _meeting(club, before, day, dice)


def _meeting(club: Club, before: int, day: int, dice: Dice) -> Iterator[Told]:
    """The meeting, what the treasurer booked, and now and then something new about the club itself."""
    came = attending(club.people, 65, 97, dice)
    there = people_in(came)
    data: dict[str, Any] = {"occurred_on": written(day), "attendance": came}
    first = dice.between(0, 7)
    data["areas"] = [AREAS[(first + step) % 8] for step in range(dice.between(1, 4))]
    data["parts"] = list(PARTS[: dice.between(3, 6)])
    if dice.chance(0.8):
        weighed = dice.percent_of(there, 70, 100)
        data |= {"weighed": weighed, "blood_pressure_taken": dice.between(weighed * 9 // 10, weighed)}
    yield Told("meeting.held", data)
    yield from at_the_meeting(club.box, before, day, there, dice)
    yield from _counted(club, day, dice)
    if dice.chance(1 / 36):
        yield electing(day, dice)
    if dice.chance(0.002):
        yield _changed(club, day, dice)


def _not_held(day: int, reason: str) -> Told:
    return Told("meeting.cancelled", {"planned_on": written(day), "reason": reason})


def _between_meetings(club: Club, before: int, day: int, dice: Dice) -> Iterator[Told]:
    """Home care of the month before, gatherings since the last meeting, the check-up twice a year."""
    period = month_before(day)
    if dice.chance(0.88) and written(club.launched_on)[:7] <= period:
        cared_for = dice.between(3, club.volunteers)
        visits = cared_for * dice.between(6, 9)
        care = {"period": period, "volunteers": club.volunteers, "cared_for": cared_for, "visits": visits}
        yield Told("care.reported", care)
    for _ in range(dice.between(0, 2)):
        area = "culture" if dice.chance(0.6) else dice.pick(("self_help", "income"))
        gathering = {"occurred_on": written(dice.between(before, day)), "area": area}
        came = attending(club.people, 20, 60, dice)
        yield Told("activity.held", gathering | {"attendance": came, "title": dice.pick(_TITLES[area])})
    if day_of(day).month % 6 == club.check_up_month % 6 and dice.chance(0.8):
        examined = dice.percent_of(club.people.size, 60, 95)
        check = {"occurred_on": written(dice.between(before, day)), "kind": "check_up", "examined": examined}
        yield Told(
            "health.checked",
            check | {"referred": dice.percent_of(examined, 0, 10), "provider": "trạm y tế xã"},
        )


def _counted(club: Club, day: int, dice: Dice) -> Iterator[Told]:
    """Members come and go; every quarter they are counted."""
    if dice.chance(0.25) and club.people.size < 118:
        club.people.join(dice.between(1, 2), dice.between(0, 1), dice.between(0, 3))
    if dice.chance(0.2):
        club.people.leave(dice.between(0, 4))
    if day_of(day).month % 3 == 0 or dice.chance(0.02):
        whole = club.people.heads()
        heads = whole if dice.chance(0.85) else {"women": whole["women"], "men": whole["men"]}
        yield Told("members.counted", {"occurred_on": written(day), "members": heads})


def _changed(club: Club, day: int, dice: Dice) -> Told:
    """Another village house, or another name."""
    club.home = club.home._replace(village=where.village(club.home.province, dice))
    if dice.chance(0.5):
        return Told("club.renamed", {"occurred_on": written(day), "name": club.name})
    moved = {"occurred_on": written(day), "place": club.place(day), "reason": "nhà văn hóa mới"}
    return Told("club.moved", moved)
