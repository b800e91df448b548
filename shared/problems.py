"""Every refusal: one class per reason. The class name is the stable code, the docstring the meaning.

The words stand in `shared/texts` under `problem.<code>`. A problem carries where it is (a JSON pointer) and
facts of ours such as hashes, never a value that was sent: problems are logged and shown.
"""

import re
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong at one place of a report: `code` is a key under `fault.` in the catalogues."""

    pointer: str
    code: str


class Problem(Exception):
    """Something was not accepted."""

    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False  # The same request may succeed later, unchanged.

    def __init__(self, pointer: str = "", faults: tuple[Fault, ...] = (), **facts: Any) -> None:
        super().__init__(self.code())
        self.pointer, self.faults, self.facts = pointer, faults, facts

    @classmethod
    def code(cls) -> str:
        """The stable word for this problem, for example `before-founding`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


# --- The report cannot be read ------------------------------------------------------------------------------


class Unreadable(Problem):
    """What was sent cannot be read as a report."""

    status = 400


class NotUtf8(Unreadable):
    """The bytes are not UTF-8."""


class NotJson(Unreadable):
    """The text is not JSON, or breaks off."""


class TooDeep(Unreadable):
    """The JSON is nested deeper than any report."""


class NotGzip(Unreadable):
    """The body says it is gzip and is not, or breaks off."""


class NotAnEvent(Unreadable):
    """The JSON is not a CloudEvents 1.0 event, or one of its attributes is missing, unknown or malformed."""


class UnknownType(Unreadable):
    """No event of this type and version is in the catalogue."""


class NotTheType(Unreadable):
    """The data is not what its event type says: a field is missing, unknown or of the wrong kind."""


# --- The report cannot be true ------------------------------------------------------------------------------


class Untrue(Problem):
    """What was reported cannot be true."""

    status = 422


class InTheFuture(Untrue):
    """Something done is dated later than tomorrow in Viet Nam."""


class BeforeFounding(Untrue):
    """The report is dated before the club was founded."""


class AlreadyFounded(Untrue):
    """The club has a founding already; a second one is a correction of the first."""


class AfterClubEnded(Untrue):
    """The report is dated after the club was dissolved or merged into another."""


class AlreadyEnded(Untrue):
    """The club was dissolved or merged into another before; a second end is a correction of the first."""


class AlreadyMerged(Untrue):
    """The club is known already to be the same as another; another merger is a correction of the first."""


class MergedInACircle(Untrue):
    """The club it is merged into is this club itself, or was merged into it."""


class PositionAhead(Untrue):
    """The figures signed for are of a log position that does not exist yet."""


class PartsBeyondWhole(Untrue):
    """Women and men, an age band or a group are more than the people they belong to."""


class NoSuchPlace(Untrue):
    """The list has no such province or no districts at all, or the commune or district lies in another province."""


class PlaceOutsideSubject(Untrue):
    """The place lies outside the province the report is about."""


class WrongSubject(Untrue):
    """This type of event cannot be about such a subject."""


class AnotherKindOfSubject(Untrue):
    """The subject is known as something else: a training is no club."""


class TargetOfAnotherSubject(Untrue):
    """The report to be corrected or withdrawn is about another subject."""


class NotCorrectable(Untrue):
    """A withdrawal cannot be corrected, only withdrawn."""


class TargetUnknown(Untrue):
    """Nothing was recorded under the identity that is to be corrected or withdrawn."""


class NotApplied(Untrue):
    """Another report of the same atomic batch was refused, so none was stored."""


class AtomicBatchRefused(Untrue):
    """At least one report of the atomic batch cannot be accepted, so none was stored."""


# --- The report cannot be judged yet ------------------------------------------------------------------------


class Waits(Problem):
    """The report is kept and enters by itself when its ground arrives: what it stands on."""

    status = 202

    def __init__(self, ground: str = "", pointer: str = "") -> None:
        super().__init__(pointer)
        self.ground = ground


class WaitsForFounding(Waits):
    """No founding of this club has been received yet, or it was withdrawn."""


class WaitsForReport(Waits):
    """The report to be corrected or withdrawn has not been received yet."""


# --- Identity and version -----------------------------------------------------------------------------------


class Conflict(Problem):
    """The report contradicts what is recorded about its identity or version."""

    status = 409


class OtherContent(Conflict):
    """The same source and id were received before with other content."""


class SubjectMovedOn(Conflict):
    """The subject is not at the version the report expected."""


# --- Who asks, and how --------------------------------------------------------------------------------------


class TurnedAway(Problem):
    """The request was not let in; nothing of it was kept."""


class TokenMissing(TurnedAway):
    """The request carries no bearer token."""

    status = 401


class TokenUnknown(TurnedAway):
    """The token is unknown, revoked or past its end date."""

    status = 401


class SourceNotYours(TurnedAway):
    """The token may not send under this source."""

    status = 403


class OutsideYourScope(TurnedAway):
    """The token is not for this province, club or the whole programme."""

    status = 403


class RoleNotEnough(TurnedAway):
    """The token's role does not allow this."""

    status = 403


class OnlyOfficesSign(TurnedAway):
    """A period is signed off, reopened, or its signature changed by a provincial or the national office only."""

    status = 403


class OnlyByCommand(TurnedAway):
    """What a command on the machine itself writes (a redaction) is not taken from anybody else."""

    status = 403


class FromAnotherSite(TurnedAway):
    """A form was sent by a page that is not ours, or by a browser that does not say where it comes from."""

    status = 403


class LinkNotOurs(TurnedAway):
    """The link is not one that we signed, or a part of it is missing."""

    status = 403


class LinkExpired(TurnedAway):
    """The link in the letter has ended; what it did can be done on the page."""

    status = 410


class SignInLinkOver(TurnedAway):
    """A link to sign in was used before, is older than 15 minutes, or its address is no office's any more."""

    status = 410


class TooLarge(TurnedAway):
    """The event or the body is larger than the limit."""

    status = 413


class UnknownMediaType(TurnedAway):
    """The content type or content encoding is none the service reads."""

    status = 415


class NotFound(TurnedAway):
    """There is nothing at this address."""

    status = 404


class MethodNotAllowed(TurnedAway):
    """The address does not answer this method."""

    status = 405


class BadQuestion(TurnedAway):
    """A parameter of the question is unknown, missing or malformed."""

    status = 400


class NotOffered(TurnedAway):
    """The feed does not offer this way of asking; what it offers stands in its documentation."""

    status = 501


class RulesRetired(TurnedAway):
    """The answer was counted by rules of the past, by which nothing is counted any more."""

    status = 410


class SheetTooLong(TurnedAway):
    """The answer has more rows than an Excel sheet can hold."""

    status = 422


class TooManyExports(TurnedAway):
    """As many exports as the disk is meant for are kept already."""

    status = 429
    retryable = True


class TooManyRequests(TurnedAway):
    """This token, or this address without one, asked more often than is allowed in a minute."""

    status = 429
    retryable = True


class TooSlow(TurnedAway):
    """The body of the request did not come in time."""

    status = 408
    retryable = True


class CannotDo(TurnedAway):
    """The thing is not in a state in which this can be done."""

    status = 409


class Away(Problem):
    """Something the service depends on does not answer. Try again later."""

    status = 503
    retryable = True


class LogAway(Away):
    """The log does not answer, or is being refilled from the archive."""


class DatabaseAway(Away):
    """The database does not answer."""


class NotCaughtUp(Away):
    """The read model has not reached the position asked for yet."""


class InternalFault(Problem):
    """A fault of ours. It has been logged."""

    status = 500
    retryable = True


def every_problem() -> list[type[Problem]]:
    """All problems that can be answered, in the order they stand here."""
    found: list[type[Problem]] = []
    families = [Problem]
    while families:
        family = families.pop(0)
        children = family.__subclasses__()
        families.extend(children)
        found.extend(child for child in children if not child.__subclasses__())
    return found
