"""A club's money. Two funds in every club (Decision 1336): the income fund and the activity fund."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from shared.codes import FundSource, Purpose
from shared.events.base import Dated, Dong, Event, Name, OfClub
from shared.places import Note
from shared.values import Count, When

Fund = Literal["income", "activity"]


class _Money(OfClub, Dated):
    """Money of one of the club's two funds. A club that ended may still settle."""

    needs_living_club = False

    fund: Fund
    note: Note | None = None


class FundReceived(_Money):
    """A fund received money or goods, from a named kind of source (state budget, society, members, project …).

    `amount_vnd` may have an edge (*hơn 60 triệu*); goods are listed and have no value in the ledger. A loan to the
    club is `loan_to_club`. Source: docs/domain.md §1, "Funds and loans".
    """

    type = "fund.received"

    source: FundSource
    amount_vnd: Annotated[
        Count | None, Field(description="Whole Vietnamese đồng, possibly with an edge.")
    ] = None
    goods: list[Name] = Field(default_factory=list)
    giver: Annotated[Name | None, Field(description="An organisation or project, never a person's name.")] = (
        None
    )
    project: Name | None = None

    @model_validator(mode="after")
    def _something_came(self) -> Self:
        if self.amount_vnd is None and not self.goods:
            raise PydanticCustomError("amount-or-goods", "neither an amount nor goods")
        return self


class FundSpent(_Money):
    """A fund paid for something: visits to the sick, an activity, equipment, a repaid loan to the club."""

    type = "fund.spent"

    purpose: Purpose
    amount_vnd: Dong


class FundCounted(_Money):
    """The cash box of a fund was counted at the end of the day. Shown beside what the reports add up to."""

    type = "fund.counted"

    cash_vnd: Dong


class LoanDisbursed(_Money):
    """Members borrowed from a fund: `loans` counts loans, `women` those to women, `principal_vnd` their sum.

    First loans are about 5 million, 7 to 10 million are common. Source: docs/domain.md §1, "Funds and loans".
    """

    type = "loan.disbursed"

    loans: Count | None = None
    women: Count | None = None
    principal_vnd: Dong
    due_on: When | None = None

    def parts_of_whole(self) -> dict[str, tuple[Count | None, Count | None]]:
        return {"women": (self.women, self.loans)}


class LoanRepaid(_Money):
    """Borrowers paid back: `loans` counts the loans paid on, `closed` those now paid in full."""

    type = "loan.repaid"

    loans: Count | None = None
    closed: Count | None = None
    principal_vnd: Dong = 0
    interest_vnd: Dong = 0

    def parts_of_whole(self) -> dict[str, tuple[Count | None, Count | None]]:
        return {"closed": (self.closed, self.loans)}


FUND_EVENTS: tuple[type[Event], ...] = (FundReceived, FundSpent, FundCounted, LoanDisbursed, LoanRepaid)
