"""What the benches post and append: 500 clubs and their monthly meetings, about 750 bytes each as a phone sends them.

Stored, with envelope, seal and hashes, one takes about 1.1 KB.
"""

import itertools
import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final

from shared.log import NO_HASH, Entry, Head, link
from shared.report import Recorded
from tests.builders import club_founded, entry, meeting_held

CLUBS: Final = 500
_EMPTY: Final = Head(1, 0, NO_HASH, "")
_NOTE: Final = (
    "Sinh hoạt tại nhà văn hóa thôn: đo huyết áp, tập dưỡng sinh, nghe cán bộ trạm y tế xã nói về cao huyết áp "
    "và tiểu đường, góp quỹ tăng thu nhập, bàn việc thăm hội viên ốm; tháng sau họp sớm vì trùng mùa gặt."
)


def club(number: int) -> str:
    """One of the clubs; successive numbers are successive clubs."""
    return f"club-{number % CLUBS:03d}"


def foundings() -> list[dict[str, Any]]:
    """The founding of every club, as it is posted."""
    return [club_founded(club(number), on="2025-07-15", id=f"founding-{number}") for number in range(CLUBS)]


def meeting(id: str, subject: str) -> dict[str, Any]:
    """One meeting with everything the form asks for, as it is posted."""
    return meeting_held(
        subject,
        on="2025-08-21",
        id=id,
        time="2025-08-21T09:40:00+07:00",
        areas=["health_care", "self_help", "income", "awareness"],
        parts=["report", "talk", "self_help", "plan", "games", "performance"],
        weighed=44,
        blood_pressure_taken=46,
        note=_NOTE,
    )


def around_id_and_club() -> tuple[str, str, str]:
    """A meeting's JSON in three pieces: before its id, up to its club, and the rest."""
    whole = json.dumps(
        meeting("<id>", "<club>"), ensure_ascii=False, separators=(",", ":")
    )  # As JavaScript does.
    before, rest = whole.split("<id>")
    between, after = rest.split("<club>")
    return before, between, after


class Entries:
    """Judged reports on their way into one log: identities are unique, versions of subjects right.

    `of` names a caller, whose clubs are its own.
    """

    def __init__(self, of: str = "") -> None:
        self._of, self._numbers, self._versions = of, itertools.count(), Counter[str]()

    def foundings(self) -> list[Entry]:
        return [self._enter(sent) for sent in foundings()]

    def meetings(self, count: int) -> list[Entry]:
        numbers = itertools.islice(self._numbers, count)
        return [self._enter(meeting(f"meeting{self._of}-{n}", club(n) + self._of)) for n in numbers]

    def recorded(self, count: int) -> list[Recorded]:
        """Meetings with the very bytes our log would store."""
        return link(_EMPTY, self.meetings(count), datetime.now(UTC))

    def _enter(self, sent: dict[str, Any]) -> Entry:
        self._versions[sent["subject"]] += 1
        return entry(sent, self._versions[sent["subject"]])
