"""Who has to do what on which day."""

from collections import defaultdict
from collections.abc import Callable

Errand = Callable[[int], None]  # What is done on a day; the day is handed in.


class Diary:
    """Errands by day, up to the last day."""

    def __init__(self, until: int) -> None:
        self._until = until
        self._errands: defaultdict[int, list[Errand]] = defaultdict(list)

    def plan(self, day: int, errand: Errand) -> None:
        """Something that happens if the day comes."""
        if day <= self._until:
            self._errands[day].append(errand)

    def mend(self, day: int, errand: Errand) -> None:
        """Something missing or wrong that is put right: on the last day, if not before."""
        self._errands[min(day, self._until)].append(errand)

    def live(self, day: int) -> None:
        """Do what the day asks for; an errand may add another one to the same day."""
        for errand in self._errands[day]:
            errand(day)
        del self._errands[day]
