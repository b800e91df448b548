"""Which reports of a subject bear on the difference that one more makes. Pure.

A meeting or a payment adds the same whatever else was reported, as long as its club begins, ends and sits where it did.
So most reports need not be read again to draw the pictures before and after another one.
"""

from collections.abc import Collection, Sequence
from typing import Final

from shared.effective import root
from shared.events import ReportCorrected, ReportWithdrawn
from shared.log import Histories
from shared.report import Identity, Recorded

# What stands by itself (`effects.of_itself`), but for visits: these are told one by one.
BY_ITSELF: Final = frozenset(
    {
        *("meeting.held", "meeting.cancelled", "activity.held", "care.reported", "health.checked"),
        *("fund.received", "fund.spent", "fund.counted", "loan.disbursed", "loan.repaid"),
    }
)
# What changes nothing about where and until when other reports count.
MOVES_NO_OTHER: Final = BY_ITSELF | {
    *("members.counted", "board.elected", "charter.adopted", "club.launched", "club.renamed"),
}


def bearing_history(log: Histories, event: Recorded) -> list[Recorded]:
    """The history of the event's subject up to the event, as far as it bears on what the event changes.

    Most of it is not even read.
    """

    def until(without: Collection[str] = (), but: Collection[Identity] = ()) -> list[Recorded]:
        history = log.history(event.subject, without, but)
        return [one for one in history if one.position <= event.position]

    if event.subject_version == 1:
        return [event]
    if target := _target(event):
        history = until(BY_ITSELF, {target})
        about = _amended(history, target)
        if all(one.identity != about for one in history):  # A correction of a correction.
            history = until(BY_ITSELF, {about})
    elif event.type in MOVES_NO_OTHER:
        history = until(BY_ITSELF, {event.identity})
    else:
        return until()
    return bearing(history) if _about(history).type in MOVES_NO_OTHER else until()


def bearing(history: Sequence[Recorded]) -> list[Recorded]:
    """The reports of a subject that bear on what its last one changes.

    A report left out leaves with its corrections and withdrawals. An amendment of what stands by itself changes
    no row: what only shows in a club's row is then left out as well.
    """
    about = _about(history)
    if about.type not in MOVES_NO_OTHER:
        return list(history)
    left_out = MOVES_NO_OTHER if about is not history[-1] and about.type in BY_ITSELF else BY_ITSELF
    kept: list[Recorded] = []
    named = {about.identity}
    for one in history:
        amended = _target(one)
        if amended in named if amended else one.type not in left_out or one.identity in named:
            kept.append(one)
            named.add(one.identity)
    return kept


def _about(history: Sequence[Recorded]) -> Recorded:
    """The report the last one is, or amends."""
    target = _target(history[-1])
    about = root(history, target) if target else history[-1]
    assert about is not None  # An amendment follows what it amends.
    return about


def _amended(history: Sequence[Recorded], target: Identity) -> Identity:
    """What an amendment of `target` is about in the end, as far as the history tells."""
    targets = {one.identity: _target(one) for one in history}
    while (before := targets.get(target)) is not None:
        target = before
    return target


def _target(event: Recorded) -> Identity | None:
    if event.type not in ("report.corrected", "report.withdrawn"):
        return None
    assert isinstance(event.event, ReportCorrected | ReportWithdrawn)
    return Identity(event.event.target.source, event.event.target.id)
