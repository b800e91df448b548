"""When clubs are founded: the national curve, scaled to the number of clubs asked for."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Final

# Clubs in Viet Nam as reported: about 800 in 2015; 3,500 at Decision 1336 and again in 2021, the years of the
# pandemic; 6,521 of which 3,021 new under 1336; 8,432; 9,000. Afterwards the targets of Decision 1648: 6,000 new
# by 2030, 12,000 by 2035. Before 2015 a straight line back to the first clubs.
CLUBS_ON: Final = (
    (date(2006, 1, 1), 0),
    (date(2015, 7, 1), 800),
    (date(2020, 8, 31), 3_480),
    (date(2021, 10, 1), 3_500),
    (date(2023, 12, 31), 6_521),
    (date(2024, 12, 31), 8_432),
    (date(2025, 5, 8), 9_000),
    (date(2025, 8, 1), 9_150),
    (date(2030, 12, 31), 15_150),
    (date(2035, 12, 31), 21_150),
)
FIRST_DAY: Final = CLUBS_ON[0][0]
LAST_DAY: Final = CLUBS_ON[-1][0]
_PARTS: Final = 10_000  # Parts of a club, so that the line is smooth and all numbers are whole.


def clubs_on(day: date) -> int:
    """Clubs in Viet Nam founded up to and including a day of the curve. Unit: 1/10,000 of a club."""
    for (start, before), (end, after) in pairwise(CLUBS_ON):
        if start <= day <= end:
            passed, whole = (day - start).days, (end - start).days
            return before * _PARTS + (after - before) * _PARTS * passed // whole
    raise ValueError(f"the curve does not reach {day}")


def foundings(clubs: int, until: date) -> Iterator[tuple[date, int]]:
    """Each day on which some of the `clubs` are founded, and how many; all are founded by `until`."""
    in_the_end, so_far = clubs_on(until), 0
    for ordinal in range(FIRST_DAY.toordinal(), until.toordinal() + 1):
        day = date.fromordinal(ordinal)
        founded = clubs * clubs_on(day) // in_the_end
        if founded > so_far:
            yield day, founded - so_far
            so_far = founded


def scheme(day: date) -> str:
    """The Prime Minister's decision a club founded on this day is founded under."""
    if day >= date(2025, 8, 1):
        return "1648"
    if day >= date(2020, 8, 31):
        return "1336"
    return "1533" if day >= date(2016, 8, 2) else "other"
