"""Which reports of a subject bear on the difference that one more makes. Pure.

A meeting or a payment adds the same whatever else was reported, as long as its club begins, ends and sits where it did.
So most reports need not be read again to draw the pictures before and after another one.
"""

from collections.abc import Sequence
from typing import Final

from shared.effective import root
from shared.events import ReportCorrected, ReportWithdrawn
from shared.report import Identity, Recorded

# What stands by itself (`effects.of_itself`), but for visits: these are told one by one.
BY_ITSELF: Final = frozenset(
    {
        *("meeting.held", "meeting.cancelled", "activity.held", "care.reported", "health.checked"),
        *("fund.received", "fund.spent", "fund.counted", "loan.disbursed", "loan.repaid"),
    }
)
# What changes nothing about where and until when other reports count.
_MOVES_NO_OTHER: Final = BY_ITSELF | {
    *("members.counted", "board.elected", "charter.adopted", "club.launched", "club.renamed"),
}


def bearing(history: Sequence[Recorded]) -> list[Recorded]:
    """The reports of a subject that bear on what its last one changes.

    A report left out leaves with its corrections and withdrawals.
    """
    last = history[-1]
    target = _target(last)
    about = root(history, target) if target else last
    if about is None or about.type not in _MOVES_NO_OTHER:
        return list(history)
    kept: list[Recorded] = []
    named = {about.identity}
    for one in history:
        amended = _target(one)
        if amended in named if amended else one.type not in BY_ITSELF or one.identity in named:
            kept.append(one)
            named.add(one.identity)
    return kept


def _target(event: Recorded) -> Identity | None:
    if event.type not in ("report.corrected", "report.withdrawn"):
        return None
    assert isinstance(event.event, ReportCorrected | ReportWithdrawn)
    return Identity(event.event.target.source, event.event.target.id)
