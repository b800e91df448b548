"""Which expected meetings of a club nobody has told of since the last one, if nothing more is heard. Pure.

By the calendar of completeness (decision 0015): the rhythm of its charter, its life, meetings called off. A club that
has just begun to report itself is expected to report from then on.
"""

from collections.abc import Iterator
from datetime import date

from services.notifier.facts import Club
from shared.calendar import Expectation, Life, expectations
from shared.events import CharterAdopted
from shared.events.clubs import MeetingRhythm
from shared.values import When, when


def missed_since_the_last(club: Club) -> Iterator[Expectation]:
    """The expected meetings behind the last one reported, the earliest first."""
    since = date.fromisoformat(club.since)
    live = date.fromisoformat(club.live_since) if club.live_since else since
    horizon = max(since, live).replace(month=12, day=31)
    horizon = horizon.replace(year=min(horizon.year + 12, date.max.year))
    for expected in expectations(_life(club), max(since, live), horizon):
        if since < expected.first and not _called_off(club, expected):
            yield expected


def _called_off(club: Club, expected: Expectation) -> bool:
    first, last = expected.first.isoformat(), expected.last.isoformat()
    return any(first <= earliest and latest <= last for latest, earliest in club.cancelled)


def _life(club: Club) -> Life:
    launch = club.earliest.get("launch")
    charters = [
        CharterAdopted(
            occurred_on=_when(told),
            meeting_day=told[3],
            meetings=MeetingRhythm(**told[4]) if told[4] else None,
        )
        for told in club.charters
    ]
    return Life(when(club.founded), _when(launch) if launch else None, None, charters)


def _when(told: list[str]) -> When:
    return When(told[0], date.fromisoformat(told[1]), date.fromisoformat(told[0]))
