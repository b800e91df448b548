"""The life of a club: proposed, founded, launched, moved, merged, dissolved."""

from typing import Annotated, Literal

from pydantic import Field

from shared.codes import BoardRole, How, Level
from shared.events.base import (
    Dated,
    Decision,
    Dong,
    Event,
    Id,
    ManagementBoard,
    Name,
    OfClub,
    Part,
    Percent,
)
from shared.people import HeadCount
from shared.places import Note, Place
from shared.values import Count, When

ClubScheme = Literal["1533", "1336", "1648", "other", "unknown"]


class ClubProposed(Dated):
    """A mobilising committee (ban vận động) or a provisional board is at work: a club may be founded.

    `committee_size` counts people. Source: docs/domain.md §1, "Founding, step by step", steps 1 and 2.
    """

    type = "club.proposed"
    subject = "club"

    name: Name | None = None
    place: Place
    committee_size: Count | None = None
    note: Note | None = None

    def where(self) -> Place | None:
        return self.place


class ClubFounded(Dated):
    """A club was founded by decision (thành lập).

    `scheme` is the Prime Minister's decision it was founded under: 1533 (2016), 1336 (2020) or 1648 (2025).
    `members` is the first head count. Source: docs/domain.md §1, "Founding, step by step".
    """

    type = "club.founded"
    subject = "club"

    name: Name
    place: Place
    decision: Decision | None = None
    scheme: ClubScheme = "unknown"
    pilot: bool | None = None
    project: Name | None = None
    members: HeadCount | None = None
    management_board: ManagementBoard | None = None

    def done_on(self) -> dict[str, When | None]:
        return {"occurred_on": self.occurred_on, "decision/issued_on": _issued_on(self.decision)}

    def where(self) -> Place | None:
        return self.place

    def heads(self) -> dict[str, HeadCount | None]:
        return {"members": self.members}

    def parts_of_whole(self) -> dict[str, tuple[Count | None, Count | None]]:
        board = self.management_board
        return {"management_board/women": (board.women, board.size)} if board else {}


class ClubLaunched(OfClub, Dated):
    """The launch ceremony (lễ ra mắt) was held: decision read, charter adopted, board presented.

    1 to 78 days after the decision in print. Source: docs/domain.md §1, "Founding, step by step".
    """

    type = "club.launched"

    attendance: HeadCount | None = None
    gifts_vnd: Dong | None = None
    goods: list[Name] = Field(default_factory=list)
    note: Note | None = None

    def heads(self) -> dict[str, HeadCount | None]:
        return {"attendance": self.attendance}


class MeetingRhythm(Part):
    """How often a club meets: `times` meetings every `months` months. The model: once a month."""

    times: Annotated[int, Field(ge=1, le=31)]
    months: Annotated[int, Field(ge=1, le=12)]


class CharterAdopted(OfClub, Dated):
    """The club adopted its own rules (quy chế), as data: when it meets, what it charges, what it lends.

    `meeting_day` is the day of the month; `meetings` only where the club does not meet once a month. Interest and
    term are each club's own: no source states a norm. Source: docs/domain.md §1, "Funds and loans", "Monthly meeting".
    """

    type = "charter.adopted"

    meeting_day: Annotated[int | None, Field(ge=1, le=31)] = None
    meetings: MeetingRhythm | None = None
    monthly_fee_vnd: Dong | None = None
    loan_interest_percent_per_month: Percent | None = None
    loan_term_months: Annotated[int | None, Field(ge=1, le=120)] = None
    first_loan_max_vnd: Dong | None = None
    youngest_age: Annotated[int | None, Field(ge=0, le=120)] = None
    oldest_age: Annotated[int | None, Field(ge=0, le=120)] = None
    note: Note | None = None


class BoardElected(OfClub, Dated):
    """The club management board (ban chủ nhiệm) was elected or reorganised (kiện toàn).

    Counts people by role, never names. Five in the model, 5 to 9 in print.
    Source: docs/domain.md §1, "Management board".
    """

    type = "board.elected"

    size: Count | None = None
    women: Count | None = None
    roles: dict[BoardRole, Count] = Field(default_factory=dict)
    term_years: Annotated[int | None, Field(ge=1, le=20)] = None
    note: Note | None = None

    def parts_of_whole(self) -> dict[str, tuple[Count | None, Count | None]]:
        return {"women": (self.women, self.size)}


class MembersCounted(OfClub, Dated):
    """The members were counted as of a day. Unit: people. The latest count by day is the club's membership."""

    type = "members.counted"

    members: HeadCount
    note: Note | None = None

    def heads(self) -> dict[str, HeadCount | None]:
        return {"members": self.members}


class ClubRenamed(OfClub, Dated):
    """The club has another name from this day on. Its history stays one history."""

    type = "club.renamed"

    name: Name
    note: Note | None = None


class ClubMoved(OfClub, Dated):
    """The club sits elsewhere from this day on, for example in another village."""

    type = "club.moved"

    place: Place
    reason: Note | None = None

    def where(self) -> Place | None:
        return self.place


class PlaceResolved(OfClub):
    """Somebody decided in which present commune a club lies whose old commune was split or is unknown.

    `how` says on what ground (`manual`, `survey` …), `by` at which level. Itself correctable.
    Source: docs/domain.md §5.
    """

    type = "place.resolved"
    needs_living_club = False

    place: Place
    how: How = "manual"
    by: Level | None = None
    note: Note | None = None

    def where(self) -> Place | None:
        return self.place


class ClubMerged(OfClub, Dated):
    """The club went into another (`merged`), or was the same club registered twice (`same_club`).

    Of a club registered twice the history follows: its meetings and counts become those of `into`. A club that
    merged keeps its own history and ends. Contract §1.
    """

    type = "club.merged"

    into: Id
    kind: Literal["merged", "same_club"]
    decision: Decision | None = None
    reason: Note | None = None

    def done_on(self) -> dict[str, When | None]:
        return {"occurred_on": self.occurred_on, "decision/issued_on": _issued_on(self.decision)}


class ClubDissolved(OfClub, Dated):
    """The club ended (giải thể). Money may still be settled afterwards; meetings may not be held."""

    type = "club.dissolved"

    decision: Decision | None = None
    reason: Note | None = None

    def done_on(self) -> dict[str, When | None]:
        return {"occurred_on": self.occurred_on, "decision/issued_on": _issued_on(self.decision)}


def _issued_on(decision: Decision | None) -> When | None:
    return decision.issued_on if decision else None


CLUB_EVENTS: tuple[type[Event], ...] = (
    ClubProposed,
    ClubFounded,
    ClubLaunched,
    CharterAdopted,
    BoardElected,
    MembersCounted,
    ClubRenamed,
    ClubMoved,
    PlaceResolved,
    ClubMerged,
    ClubDissolved,
)
