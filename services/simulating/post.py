"""The way of reports from a device to the registry, with everything that happens to them on it."""

from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from operator import itemgetter

from services.simulating.diary import Diary
from services.simulating.dice import Dice
from services.simulating.noise import Fate, correction, fate, mistaken, withdrawal
from services.simulating.sending import MINUTES, Device, Sent, Told, clock


class Post:
    """Holds what is on its way; keeps nothing of what has arrived but its number."""

    def __init__(self, seed: int, dice: Dice, diary: Diary) -> None:
        self.received = 0
        self._seed, self._dice, self._diary = seed, dice, diary
        self._on_its_way: defaultdict[int, list[tuple[int, bytes]]] = defaultdict(list)

    def arrived(self, day: int) -> list[tuple[int, bytes]]:
        """What arrives on a day, in order, each line with its moment."""
        reports = self._on_its_way.pop(day, [])
        reports.sort(key=itemgetter(0))  # Stable: what one device sends at once stays in order.
        self.received += len(reports)
        return reports

    def days_ahead(self) -> list[int]:
        """The days on which something will still arrive."""
        return sorted(self._on_its_way)

    def send(self, device: Device, day: int, subject: str, reports: Iterable[Told]) -> int:
        """Write up and send reports in one sitting on a day; returns the day on which they arrive."""
        moment = day * MINUTES + self._dice.between(8 * 60, 17 * 60)
        arrives, time = device.arrives(moment, self._dice), clock(moment, self._dice)
        for told in reports:
            happens = fate(told.type, self._dice)
            wrong = happens in (Fate.MISTAKEN, Fate.CORRECTED_TWICE)
            sent = device.sends(self._seed, subject, time, mistaken(told, self._dice) if wrong else told)
            if happens is not Fate.LOST:
                self._put(arrives, sent)
            if happens is not None:
                self._follow(happens, device, arrives, subject, time, told, sent)
        return arrives // MINUTES

    def _put(self, moment: int, sent: Sent) -> None:
        self._on_its_way[moment // MINUTES].append((moment, sent.line))

    def _follow(
        self, fate: Fate, device: Device, arrives: int, subject: str, time: str, told: Told, sent: Sent
    ) -> None:
        """What a report's fate leads to: at once, or once somebody compares it with the paper book."""
        noticed = arrives // MINUTES + self._dice.between(1, 40)
        mend = partial(self._diary.mend, noticed)
        match fate:
            case Fate.DOUBLED:
                again = self._dice.between(1, 9) if self._dice.chance(0.8) else 30 * MINUTES
                self._put(arrives + again, sent)
            case Fate.COPIED:
                copy = device.sends(self._seed, subject, time, told)
                self._put(arrives, copy)
                mend(partial(self._withdraw, device, subject, copy, "ghi hai lần"))
            case Fate.WITHDRAWN:
                mend(partial(self._withdraw, device, subject, sent, "ghi nhầm CLB"))
            case Fate.MISTAKEN:
                mend(partial(self._correct, device, subject, sent, told))
            case Fate.CORRECTED_TWICE:
                mend(partial(self._correct_twice, device, subject, sent, told))
            case Fate.SPOILED:
                mend(partial(self._spoil, device, subject, sent, told))
            case Fate.REPLACED:
                mend(partial(self._replace, device, subject, sent, told))

    def _withdraw(self, device: Device, subject: str, target: Sent, reason: str, day: int) -> None:
        self._amend(device, subject, withdrawal(target, reason), day)

    def _correct(self, device: Device, subject: str, target: Sent, told: Told, day: int) -> None:
        self._amend(device, subject, correction(target, told, self._dice), day)

    def _correct_twice(self, device: Device, subject: str, target: Sent, told: Told, day: int) -> None:
        """The first correction is wrong as well; the second names the first."""
        still_wrong = correction(target, mistaken(told, self._dice), self._dice)
        first = self._amend(device, subject, still_wrong, day)
        later = partial(self._correct, device, subject, first, told)
        self._diary.mend(day + self._dice.between(1, 30), later)

    def _spoil(self, device: Device, subject: str, target: Sent, told: Told, day: int) -> None:
        """A correction that should not have been made; withdrawing it restores the report."""
        spoiled = correction(target, mistaken(told, self._dice), self._dice)
        wrong = self._amend(device, subject, spoiled, day)
        later = partial(self._withdraw, device, subject, wrong, "sửa nhầm báo cáo")
        self._diary.mend(day + self._dice.between(1, 30), later)

    def _replace(self, device: Device, subject: str, target: Sent, told: Told, day: int) -> None:
        """A founding is withdrawn and registered anew; what arrives in between waits for it."""
        self._withdraw(device, subject, target, "nhầm quyết định thành lập", day)
        self._diary.mend(day + 2, partial(self._again, device, subject, told))

    def _again(self, device: Device, subject: str, told: Told, day: int) -> None:
        self._amend(device, subject, told, day)

    def _amend(self, device: Device, subject: str, told: Told, day: int) -> Sent:
        """Send one report that nothing happens to."""
        moment = day * MINUTES + self._dice.between(17 * 60, 20 * 60)
        sent = device.sends(self._seed, subject, clock(moment, self._dice), told)
        self._put(device.arrives(moment, self._dice), sent)
        return sent
