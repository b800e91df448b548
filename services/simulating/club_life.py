"""A month of a club: home care, gatherings, the meeting with its books, and what changes about the club itself."""

from collections.abc import Iterator
from typing import Any, Final

from services.simulating import where
from services.simulating.calendar import (
    day_of,
    is_around_tet,
    kept_at_home,
    month_before,
    next_meeting,
    written,
)
from services.simulating.dice import Dice
from services.simulating.founding import Club, electing
from services.simulating.money import at_the_meeting
from services.simulating.people import attending, people_in
from services.simulating.sending import Told

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
_TITLES: Final = {
    "culture": ("giao lưu văn nghệ", "tập dưỡng sinh", "bóng chuyền hơi", "mừng thọ hội viên"),
    "self_help": ("giúp hội viên sửa nhà", "giúp thu hoạch lúa", "thăm hội viên ốm"),
    "income": ("tham quan mô hình chăn nuôi", "tập huấn trồng rau sạch"),
}
_MISSED: Final = ("mưa lũ", "mùa gặt", "ban chủ nhiệm bận")


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
