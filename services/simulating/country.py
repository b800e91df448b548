"""All clubs and offices: who is founded, meets, falls silent or ends on a day, and who writes it up."""

from collections import defaultdict
from datetime import date
from functools import partial
from typing import Final

from services.simulating import club_life, founding, offices, where
from services.simulating.calendar import day_of, written
from services.simulating.curve import foundings
from services.simulating.diary import Diary
from services.simulating.dice import Dice
from services.simulating.founding import Club
from services.simulating.offices import Office
from services.simulating.post import Post
from services.simulating.sending import Device, Told

REGISTERING: Final = 45  # Days in which the clubs that are older than the first day are registered.
_SETTLED: Final = 130  # Days after which everybody knows of a club.
_VILLAGES_MERGE: Final = range(date(2025, 7, 1).toordinal(), date(2026, 1, 1).toordinal())


class Country:
    """The clubs of a simulation and what becomes of them."""

    def __init__(self, clubs: int, first: int, until: date, post: Post, diary: Diary, dice: Dice) -> None:
        self.clubs: list[Club] = []
        self._post, self._diary, self._dice = post, diary, dice
        self._founded = {day.toordinal(): many for day, many in foundings(clubs, until)}
        self._of: dict[str, list[Club]] = {code: [] for code in where.CODES}
        self._meetings: defaultdict[int, list[Club]] = defaultdict(list)
        self._devices: dict[str, Device] = {}
        self._a_month_ago = self._so_far = 0  # Reports received, as of the fifths of two months.
        older = [day for day, many in self._founded.items() if day < first for _ in range(many)]
        for number, founded_on in enumerate(older):
            diary.plan(first + number % REGISTERING, partial(self._register_old, founded_on))

    def live(self, day: int) -> None:
        """Everything that happens on a day."""
        for _ in range(self._founded.get(day, 0)):
            self._found(day)
        if day_of(day).day == offices.DAY_OF_THE_MONTH:
            self._office_day(day)
        self._diary.live(day)
        for club in self._meetings.pop(day, ()):
            self._meet(club, day)

    # --- A club begins --------------------------------------------------------------------------------------

    def _found(self, day: int) -> None:
        """The commune decides; the report follows within days, or weeks later through the provincial office."""
        club = self._new_club(day)
        if self._dice.chance(0.05):
            late = partial(self._register, club, self._office_of(club, day))
            self._diary.mend(day + self._dice.between(20, 60), late)
        else:
            self._diary.mend(day + self._dice.between(0, 10), partial(self._register, club, club.device))
        self._diary.plan(club.launched_on, partial(self._launch, club))

    def _register_old(self, founded_on: int, day: int) -> None:
        club = self._new_club(founded_on)
        self._register(club, club.device, day)
        if club.launched_on <= day:
            self._launch(club, day)
        else:
            self._diary.plan(club.launched_on, partial(self._launch, club))

    def _new_club(self, founded_on: int) -> Club:
        club = founding.new_club(len(self.clubs) + 1, founded_on, self._dice)
        self.clubs.append(club)
        self._of[club.home.province].append(club)
        return club

    def _register(self, club: Club, device: Device, day: int) -> None:
        """The founding reaches the registry, and where nobody looked, a second time under another name."""
        club.registered_on = day
        told = [founding.founded(club, self._dice)]
        if device is club.device and self._dice.chance(0.2):
            told.insert(0, founding.proposing(club, self._dice))
        self._post.send(device, day, club.id, told)
        if self._dice.chance(0.01):
            twin = partial(self._register_twice, club, told[-1])
            self._diary.plan(day + self._dice.between(_SETTLED, 2 * _SETTLED), twin)

    def _register_twice(self, club: Club, told: Told, day: int) -> None:
        """The provincial office registers the club as a new one; some weeks later the history follows."""
        if club.ended:
            return
        office, twin = self._office_of(club, day), f"{club.id}b"
        self._post.send(office, day, twin, [told])
        merged = partial(self._merge, club, office, twin, club, "same_club")
        self._diary.plan(day + self._dice.between(20, 120), merged)

    def _launch(self, club: Club, day: int) -> None:
        self._post.send(club.device, day, club.id, founding.launching(club, self._dice))
        club.last_meeting = day
        self._meet_next(club, day)

    # --- A club lives ---------------------------------------------------------------------------------------

    def _meet_next(self, club: Club, day: int) -> None:
        self._meetings[club_life.next_day(club, day, self._dice)].append(club)

    def _meet(self, club: Club, day: int) -> None:
        """A month of a club; and sometimes it is the last, or the last for a while."""
        self._post.send(club.device, day, club.id, club_life.month(club, day, self._dice))
        if not club.resolved and day >= where.MERGER and self._dice.chance(0.1):
            self._resolve(club, day)
        if self._dice.chance(0.003 if day in _VILLAGES_MERGE else 0.0008):
            self._end(club, day)
        elif self._dice.chance(0.004):
            if self._dice.chance(0.7):  # Else for ever.
                self._meet_next(club, day + self._dice.between(60, 270))
        else:
            self._meet_next(club, day)

    def _resolve(self, club: Club, day: int) -> None:
        """The province says where on today's map a club of the old map lies."""
        club.resolved = True
        if club.founded_on < where.MERGER and where.is_split(club.home):
            place = where.resolved(club.home, day)
            told = Told("place.resolved", {"place": place, "how": "manual", "by": "province"})
            self._post.send(self._office_of(club, day), day, club.id, [told])

    def _end(self, club: Club, day: int) -> None:
        """The village is merged with another: the club joins the neighbours, or is dissolved."""
        into = self._dice.pick(self._of[club.home.province])
        if into is not club and self._dice.chance(0.6) and self._is_settled(into, day):
            self._merge(club, club.device, club.id, into, "merged", day)
            return
        club.ended = True
        decision = {"number": f"{self._dice.between(1, 400)}/QĐ-UBND", "issued_on": written(day)}
        told = {
            "occurred_on": written(day),
            "decision": decision | {"issuer": "UBND xã"},
            "reason": "nhập thôn",
        }
        self._post.send(club.device, day, club.id, [Told("club.dissolved", told)])

    def _merge(self, club: Club, device: Device, subject: str, into: Club, kind: str, day: int) -> None:
        if into.ended:
            return
        club.ended = club.ended or kind == "merged"
        told = Told("club.merged", {"occurred_on": written(day), "into": into.id, "kind": kind})
        self._post.send(device, day, subject, [told])

    def _is_settled(self, club: Club, day: int) -> bool:
        return not club.ended and 0 < club.registered_on < day - _SETTLED

    # --- Offices --------------------------------------------------------------------------------------------

    def _office_day(self, day: int) -> None:
        """The fifth of the month, when offices write up theirs."""
        self._a_month_ago, self._so_far = self._so_far, self._post.received
        for place_list, code, old_codes in where.offices(day):
            self._office_month(Office(place_list, code, old_codes, self._device(place_list, code)), day)
        if day_of(day).month == 1:
            self._nation_prints(day)

    def _office_month(self, office: Office, day: int) -> None:
        dice, month = self._dice, day_of(day).month
        clubs = [club for code in office.old_codes for club in self._of[code] if not club.ended]
        told = list(offices.plans(office, day, dice))
        if month in (6, 12) and clubs and dice.chance(0.4):
            told += offices.printed(len(clubs), day, office.place, dice)
        # Signed is what was seen a month ago, soon after the quarter; some reports had no position yet: they waited.
        if month % 3 == 2 and (position := self._a_month_ago * 9 // 10) and dice.chance(0.6):
            told += offices.signatures(office, day, position, dice)
        self._post.send(office.device, day, office.subject, told)
        if dice.chance(0.25):
            self._train(office, day)
        if clubs and dice.chance(0.35):
            visited = offices.visit(office, day, clubs, dice)
            self._post.send(office.device, day, office.subject_of("visit", day), [visited])

    def _train(self, office: Office, day: int) -> None:
        ends, subject, planned, outcome = offices.training(office, day, self._dice)
        self._post.send(office.device, day, subject, [planned])
        if outcome is not None:
            self._diary.plan(ends, partial(self._report_training, office, subject, outcome))

    def _report_training(self, office: Office, subject: str, outcome: Told, day: int) -> None:
        self._post.send(office.device, day, subject, [outcome])

    def _nation_prints(self, day: int) -> None:
        """The national conference in January: what the country has, as it counts itself."""
        living = sum(not club.ended for club in self.clubs)
        figures = offices.printed(living, day, None, self._dice)
        self._post.send(self._device("press", "vn"), day, "programme", figures)

    def _office_of(self, club: Club, day: int) -> Device:
        return self._device(*where.on_the_map(club.home.province, day))

    def _device(self, place_list: str, code: str) -> Device:
        name = f"office-{place_list}-{code}"
        return self._devices.setdefault(name, Device(name))
