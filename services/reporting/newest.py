"""What the newest report of its kind changes about a club, told without looking back. Pure.

A club's whole picture is drawn from its whole history. Of head counts, boards, charters and launches that come in the
order of their days only the newest is shown, and a head count only ends the one before it: the club's row is enough.
"""

from collections import Counter
from dataclasses import asdict
from typing import Any

from services.reporting.effects import Effect, Row, presence
from services.reporting.picture import as_json, membership_effects, speaks_until, told_by
from services.reporting.sites import Sites
from shared.events import BoardElected, CharterAdopted, ClubLaunched, Event, MembersCounted
from shared.people import HeadCount
from shared.values import Range, When, when


def renewed(subject: str, club: Row, where: Sites, event: Event) -> tuple[Row, Counter[Effect]] | None:
    """The club's row with the event, and the effects it adds; None if its whole history must be seen.

    `club` is the row of a founded club before the event.
    """
    match event:
        case MembersCounted(members=members, occurred_on=day) if _is_newest(day, club["members_on"]):
            people = members.people()
            return _counted(subject, club, where, day, members, people) if people else (club, Counter())
        case BoardElected(occurred_on=day) if _is_newest(day, _told_on(club["board"])):
            return club | {"board": as_json(event)}, Counter()
        case CharterAdopted(occurred_on=day) if _is_newest(day, _told_on((club["charters"] or [None])[-1])):
            return club | {"charters": [*club["charters"], as_json(event)]}, Counter()
        case ClubLaunched(occurred_on=day) if _is_newest(day, club["launched"]):
            return club | {"launched": str(day)}, Counter()
    return None


def _counted(
    subject: str, club: Row, where: Sites, day: When, members: HeadCount, people: Range
) -> tuple[Row, Counter[Effect]]:
    """The newest head count speaks from now on instead of the one before."""
    ended = (when(club["ended"]).first, when(club["ended"]).last) if club["ended"] else None
    difference = Counter(membership_effects(subject, where, [(day, members, people)], ended))
    if club["members"]:
        before, heads = when(club["members_on"]), HeadCount.model_validate(club["heads"])
        stays = Counter(presence(before, speaks_until(before, day, ended), where))
        stays.subtract(presence(before, speaks_until(before, None, ended), where))
        for stay, number in stays.items():
            if number:
                for effect in told_by(subject, heads, Range(**club["members"]), [stay]):
                    difference[effect] += number
    told: Row = {"members": asdict(people), "members_on": str(day), "heads": as_json(members)}
    return club | told, difference


def _is_newest(day: When, before: str | None) -> bool:
    return before is None or when(before).last < day.last


def _told_on(part: dict[str, Any] | None) -> str | None:
    """The day of what was adopted or elected; a board named in the founding has none of its own."""
    return part.get("occurred_on") if part else None
