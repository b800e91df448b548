"""Day after day of a simulated country, as the registry would receive it."""

import os
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import BinaryIO

from services.simulating.country import Country
from services.simulating.diary import Diary
from services.simulating.dice import Dice
from services.simulating.post import Post
from services.simulating.sending import MINUTES
from shared.clock import VIET_NAM


class Simulation:
    """`clubs` clubs founded by the day `until`, and what is reported about them in the `years` up to that day.

    Memory holds the clubs, their errands and the reports on their way; never what has arrived.
    """

    def __init__(self, clubs: int, years: int, seed: int, until: date) -> None:
        first = until.replace(year=until.year - years, day=min(until.day, 28)) + timedelta(days=1)
        self._days = range(first.toordinal(), until.toordinal() + 1)
        dice, diary = Dice(f"{clubs} clubs, {years} years, seed {seed}"), Diary(until.toordinal())
        self.post = Post(seed, dice, diary)
        self.country = Country(clubs, first.toordinal(), until, self.post, diary, dice)

    def arrivals(self) -> Iterator[bytes]:
        """Lines of NDJSON in the order in which they arrive, one piece a day; at the end the last late ones."""
        for day in self._days:
            self.country.live(day)
            yield b"".join(line for _, line in self.post.arrived(day))
        for day in self.post.days_ahead():
            yield b"".join(line for _, line in self.post.arrived(day))

    def hours(self) -> Iterator[tuple[datetime, list[bytes]]]:
        """The same lines by the hour within which they arrive, each hour by its end; without the last late ones."""
        for day in self._days:
            self.country.live(day)
            for hour, lines in groupby(self.post.arrived(day), key=lambda one: one[0] % MINUTES // 60):
                begins = datetime.combine(date.fromordinal(day), time(hour), VIET_NAM)
                yield begins + timedelta(hours=1), [line for _, line in lines]

    @property
    def miscounts(self) -> int:
        """Cash counts that do not agree with the reports before them."""
        return sum(club.box.miscounts for club in self.country.clubs)


def write(simulation: Simulation, out: BinaryIO) -> None:
    """Write all arrivals; ends quietly when the reader has read enough (`| head`)."""
    try:
        for piece in simulation.arrivals():
            out.write(piece)
        out.flush()
    except BrokenPipeError:
        # What is still buffered has nowhere to go, and the interpreter would try once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
