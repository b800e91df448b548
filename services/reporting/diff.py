"""Why a figure changed between two moments of knowledge: causes that add up exactly (decision 0017)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from services.reporting.amounts import NONE, Amounts, total
from services.reporting.asking import Clocks, ValidAt, read_clocks, read_question
from services.reporting.causes import Cause, Kind, causes
from services.reporting.changes import changes
from services.reporting.figures import Sum
from services.reporting.indicators import INDICATORS, MEASURES, Indicator, ShareOf, counts_people
from services.reporting.parts import Parts
from services.reporting.question import Question
from shared.access import PublicRead
from shared.log import Histories
from shared.places import Scheme
from shared.problems import BadQuestion, Fault

Total = tuple[int, Amounts]
Page = tuple[Sequence[Cause], Total]  # Some causes, and all the others together.


class DiffAsked(BaseModel):
    """The parameters of `GET /v1/figures/diff` and of its page. An unknown one is refused."""

    model_config = ConfigDict(extra="forbid")

    indicator: str
    from_known: Annotated[str, Field(description="What was known first: a log position, or a moment.")]
    to_known: Annotated[
        str | None, Field(description="What was known then; left out, what is known now.")
    ] = None
    scope: Annotated[
        str, Field(description="nation, province:08 or province:pre-2025:08, commune:02494, club:tq-coc-1")
    ] = "nation"
    scheme: Scheme = "34"
    start: Annotated[date | None, Field(alias="from")] = None
    end: Annotated[date | None, Field(alias="to", description="The same last day on both sides.")] = None
    valid_at: ValidAt = None
    from_valid: Annotated[date | None, Field(description="The last day before, if it is another one.")] = None
    to_valid: Annotated[date | None, Field(description="The last day after.")] = None
    skip: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=1000, description="How many causes, the largest first.")] = 50
    lang: Annotated[str | None, Field(description="vi or en")] = None

    def check(self) -> None:
        """Raises `BadQuestion` where the last day is given in two ways."""
        twice = [name for name in ("valid_at", "from_valid", "to_valid") if getattr(self, name) is not None]
        if self.end is not None and twice:
            raise _wrong(twice[0], "given-twice")
        if self.valid_at is not None and len(twice) > 1:
            raise _wrong("valid_at", "given-twice")


def needs(scope: str, indicator: str, least: int) -> PublicRead:
    """What a reader must be allowed to see. The reasons for one club's figures are that club's reports; and where few
    people are not told apart, neither are the few that one report adds."""
    of_people = indicator in INDICATORS and counts_people(INDICATORS[indicator])
    return "clubs" if scope.startswith("club:") or (least and of_people) else "aggregates"


@dataclass(frozen=True, slots=True)
class Account:
    """A sum before and after, and every report in between that changed it, the largest change first."""

    indicator: Indicator
    before: Amounts
    days_passed: Amounts | None
    causes: Sequence[Cause]

    @property
    def after(self) -> Amounts:
        """`before` and all causes: the figure now."""
        return self.before + (self.days_passed or NONE) + total(cause.amounts for cause in self.causes)

    def kinds(self) -> dict[Kind, Total]:
        """How many causes there are of each kind, and what they changed together."""
        totals: dict[Kind, Total] = {}
        if self.days_passed is not None:
            totals[Kind.DAYS_PASSED] = 0, self.days_passed
        for cause in self.causes:
            number, amounts = totals.get(cause.kind, (0, NONE))
            totals[cause.kind] = number + 1, amounts + cause.amounts
        return {kind: totals[kind] for kind in Kind if kind in totals}

    def page(self, skip: int, limit: int) -> Page:
        """Some of the causes, and the number and sum of the others: so the parts always add up."""
        shown = self.causes[skip : skip + limit]
        rest = [*self.causes[:skip], *self.causes[skip + limit :]]
        return shown, (len(rest), total(cause.amounts for cause in rest))


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of a figure. A share has two accounts, of its part and of its whole; it does not add up itself."""

    question: Question
    known: tuple[Clocks, Clocks]
    account: Account
    of: Account | None = None

    @property
    def accounts(self) -> Sequence[Account]:
        return (self.account,) if self.of is None else (self.account, self.of)

    @property
    def before(self) -> Sum:
        return _figure(self.account.before, self.of.before if self.of else None)

    @property
    def after(self) -> Sum:
        return _figure(self.account.after, self.of.after if self.of else None)


def difference(parts: Parts, connection: Connection, asked: DiffAsked, then: Clocks) -> Difference:
    """Answer the question; `then` are the clocks of the later side.

    Raises `BadQuestion` for a question that cannot be understood, `NotCaughtUp` for knowledge not reached yet.
    """
    asked.check()
    first = _clocks(connection, parts, asked.from_known)
    if first.position > then.position:
        raise _wrong("from_known", "too-large")
    end = asked.end or asked.to_valid or then.valid_at
    question = read_question(asked.indicator, ["nation"], asked.start, end, asked.scope, asked.scheme, then)
    if asked.from_valid is not None and asked.from_valid < question.start:
        raise _wrong("from_valid", "too-small")
    return between(connection, parts.log, question, (first, then), asked.from_valid)


def between(
    connection: Connection,
    log: Histories,
    question: Question,
    known: tuple[Clocks, Clocks],
    from_valid: date | None = None,
) -> Difference:
    """What changed from the first clocks' position to the question's. With `from_valid`, the figure before is of
    that last day, and what was known already of the days in between is told apart."""

    def account(indicator: Indicator) -> Account:
        return _account(connection, log, replace(question, indicator=indicator), known[0], from_valid)

    match question.indicator.counted:
        case ShareOf(part=part, of=of):
            return Difference(question, known, account(MEASURES[part]), account(MEASURES[of]))
    return Difference(question, known, account(question.indicator))


def _account(
    connection: Connection, log: Histories, question: Question, first: Clocks, from_valid: date | None
) -> Account:
    since = first.position
    found = changes(connection, question, since)
    before, passed = found.before, None
    if from_valid is not None and from_valid != question.end:
        before = changes(connection, replace(question, end=from_valid, position=since), since).before
        passed = found.before - before
    told = causes(connection, log, question.indicator, first.valid_at, found.by_position)
    return Account(question.indicator, before, passed, told)


def _figure(amounts: Amounts, of: Amounts | None) -> Sum:
    return Sum(amounts, None if of is None else Sum(of))


def _clocks(connection: Connection, parts: Parts, known_at: str) -> Clocks:
    try:
        return read_clocks(connection, parts.log, known_at, None, parts.clock())
    except BadQuestion as problem:
        faults = tuple(Fault("/query/from_known", fault.code) for fault in problem.faults)
        raise BadQuestion(faults=faults) from None


def _wrong(parameter: str, code: str) -> BadQuestion:
    return BadQuestion(faults=(Fault(f"/query/{parameter}", code),))
