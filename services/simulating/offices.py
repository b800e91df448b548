"""What provincial offices, the national office and the press report: plans, trainings, visits, figures, signatures."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from services.simulating.calendar import day_of, quarter_before, written
from services.simulating.dice import Dice
from services.simulating.founding import Club
from services.simulating.sending import Device, Told

DAY_OF_THE_MONTH: Final = 5

_SCHEMES: Final = (
    ("1533", date(2016, 8, 2), "2016/2020", "2020-12-31"),
    ("1336", date(2020, 8, 31), "2021/2025", "2025-12-31"),
    ("1648", date(2025, 8, 1), "2026/2035", "2030-12-31"),
)
_YEARLY_PLANS: Final = {1: "association_work", 2: "care_fund", 3: "emulation", 8: "action_month"}
_TRAININGS: Final = {
    "founding": "Tập huấn thành lập CLB liên thế hệ tự giúp nhau",
    "top_up": "Tập huấn nâng cao năng lực ban chủ nhiệm CLB",
    "association_work": "Tập huấn nghiệp vụ công tác Hội NCT",
}
_MODULES: Final = ("founding", "association_work", "care_fund_plan", "emulation_plan", "club_founding_plan")
_FINDINGS: Final = ("records_incomplete", "no_meeting", "loans_overdue", "home_care_weak")


class Office(NamedTuple):
    """A provincial association: its province on the map of its time, and those of the old map it is in charge of."""

    place_list: str
    code: str
    old_codes: tuple[str, ...]
    device: Device

    @property
    def subject(self) -> str:
        return f"province:{self.place_list}:{self.code}"

    @property
    def place(self) -> dict[str, str]:
        return {"list": self.place_list, "province": self.code}

    def subject_of(self, kind: str, day: int) -> str:
        """A name for a training or a visit of this office that begins on a day."""
        return f"{kind}-{self.place_list}-{self.code}-{written(day)}"


def plans(office: Office, day: int, dice: Dice) -> Iterator[Told]:
    """Plans of the year, and plan and target under a new decision of the Prime Minister, some months after it."""
    today = day_of(day)
    kind = _YEARLY_PLANS.get(today.month)
    if kind and dice.chance(0.6):
        document = {"number": f"{dice.between(10, 300)}/KH-HNCT", "issuer": "Hội NCT tỉnh"}
        plan = {"kind": kind, "status": "adopted", "document": document, "period": str(today.year)}
        yield Told("plan.adopted", {"occurred_on": written(day)} | plan)
    for scheme, decided_on, period, by in _SCHEMES:
        months = (today.year - decided_on.year) * 12 + today.month - decided_on.month
        if months == 2 + int(office.code) % 8:
            yield from _scale_up(scheme, period, by, day, dice)


def _scale_up(scheme: str, period: str, by: str, day: int, dice: Dice) -> Iterator[Told]:
    status = "adopted" if dice.chance(0.9) else "intended"
    document = {"number": f"{dice.between(10, 300)}/KH-UBND", "issuer": "UBND tỉnh"}
    plan = {"kind": "club_scale_up", "status": status, "document": document, "scheme": scheme}
    yield Told("plan.adopted", {"occurred_on": written(day)} | plan | {"period": period})
    target = {"scheme": scheme, "indicator": "clubs", "value": dice.between(3, 40) * 5, "by": by}
    yield Told("target.set", {"occurred_on": written(day)} | target)


def training(office: Office, day: int, dice: Dice) -> tuple[int, str, Told, Told | None]:
    """A training conference: its first day, its subject, the plan, and what came of it (None: nobody says)."""
    first, days = day + dice.between(10, 50), dice.pick((1, 2, 2, 3, 5))
    kind = dice.pick(tuple(_TRAININGS))
    about: dict[str, Any] = {"title": _TRAININGS[kind], "kind": kind, "place": office.place}
    last = written(first + days - 1)
    span = {"occurred_on": f"{written(first)}/{last}" if days > 1 else written(first)}
    delegates = dice.between(4, 16) * 10
    total: Any = {dice.pick(("more_than", "about", "less_than")): delegates}
    held = {
        "organisers": ["provincial_association"],
        "co_organisers": ["national_association"] if dice.chance(0.3) else [],
        "delegates": {"total": delegates if dice.chance(0.6) else total},
        "clubs": dice.between(4, 30),
        "modules": list(_MODULES[: dice.between(1, len(_MODULES))]),
    }
    came = dice.share()
    outcome = None
    if came < 0.8:
        outcome = Told("training.held", span | about | held)
    elif came < 0.92:
        outcome = Told("training.cancelled", {"reason": dice.pick(("mưa lũ", "chưa bố trí được kinh phí"))})
    return (
        first + days - 1,
        office.subject_of("training", first),
        Told("training.planned", span | about),
        outcome,
    )


def visit(office: Office, day: int, clubs: Sequence[Club], dice: Dice) -> Told:
    """A supervision of one club, sometimes with findings to be mended within a month or two."""
    club = dice.pick(clubs)
    findings = []
    if dice.chance(0.4):
        due_on = written(day + dice.between(30, 60))
        severity = "minor" if dice.chance(0.8) else "serious"
        findings = [{"code": dice.pick(_FINDINGS), "severity": severity, "club": club.id, "due_on": due_on}]
    data = {"occurred_on": written(day), "kind": "supervision", "by": "province", "clubs": [club.id]}
    return Told("visit.made", data | {"place": office.place, "findings": findings})


def printed(clubs: int, day: int, place: dict[str, str] | None, dice: Dice) -> Iterator[Told]:
    """Clubs and members as a newspaper prints them: clubs rounded, members multiplied out of the air."""
    told: Any = clubs if dice.chance(0.5) or clubs < 20 else {"more_than": clubs // 10 * 10}
    about = {"as_of": written(day), "place": place} if place else {"as_of": written(day)}
    source = {"citation": {"title": "báo địa phương" if place else "báo", "published_on": written(day)}}
    yield Told("figure.published", {"indicator": "clubs", "value": told} | about | source)
    if dice.chance(0.5):
        members = {"about": clubs * dice.pick((55, 70))}
        yield Told("figure.published", {"indicator": "members", "value": members} | about | source)


def signatures(office: Office, day: int, position: int, dice: Dice) -> Iterator[Told]:
    """The quarter before is signed off; now and then reopened for a late report, and signed again."""
    period = quarter_before(day)
    yield _signed(office, period, position)
    if dice.chance(0.06):
        yield Told("period.reopened", {"period": period, "reason": "bổ sung báo cáo muộn"})
        yield _signed(office, period, position)


def _signed(office: Office, period: str, position: int) -> Told:
    # The figures are the reporting service's; this is only as long as their hash.
    seen = hashlib.sha256(f"{office.subject} {period} {position}".encode()).hexdigest()
    name = f"hoi-nct-{office.place_list}-{office.code}"
    data = {"period": period, "position": position, "figures_sha256": seen, "office": name}
    return Told("period.signed_off", data)
