"""From a request to a question: parameters read, the two clocks set."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, get_args

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, func, select

from services.reporting.figures import RULES
from services.reporting.indicators import INDICATORS, by_periods
from services.reporting.periods import periods_between
from services.reporting.question import MOST_PERIODS, PARTS, STEPS, By, Question
from services.reporting.tables import heard, reading
from shared.access import PublicRead
from shared.clock import as_utc_text, day_in_viet_nam
from shared.log import Log
from shared.places import LIST_OF, PROVINCES, Scheme, communes, districts
from shared.problems import BadQuestion, Fault, NotCaughtUp, RulesRetired
from shared.values import whole

_BY: Final[tuple[By, ...]] = get_args(By)


KnownAt = Annotated[
    str | None, Field(description="What was known: a log position, or a moment with time zone.")
]
ValidAt = Annotated[
    date | None, Field(description="When it was so: a day. Left out: the local day of known_at.")
]


Province = Annotated[str | None, Field(pattern=r"^\d{2}$", description="Code on today's map.")]


@dataclass(frozen=True, slots=True)
class Clocks:
    """What we knew (`position`, and the moment it was recorded), the day it is asked for, and who asks: fewer people
    than `least` are not told apart."""

    position: int
    known_at: datetime | None
    valid_at: date
    least: int = 0

    def as_json(self) -> dict[str, Any]:
        known_at = as_utc_text(self.known_at) if self.known_at else None
        return {"position": self.position, "known_at": known_at, "valid_at": self.valid_at.isoformat()}


class Asked(BaseModel):
    """The parameters every question has. An unknown one is refused: ignored, it would give a wrong answer."""

    model_config = ConfigDict(extra="forbid")

    known_at: KnownAt = None
    rules: Annotated[
        str | None, Field(description="Of a permalink: the version of the rules of counting.")
    ] = None
    lang: Annotated[str | None, Field(description="vi or en")] = None

    @property
    def day(self) -> date | None:
        """The day asked for, where the question has one."""
        day: date | None = getattr(self, "valid_at", None)
        return day

    def check(self) -> None:
        """Raises `BadQuestion` for what the form alone does not tell."""

    def check_rules(self) -> None:
        """Raises `RulesRetired` if the answer was counted by rules of the past, `BadQuestion` if by none we know."""
        if self.rules in (None, RULES):
            return
        if 0 < (whole(self.rules) or 0) < int(RULES):
            raise RulesRetired("/query/rules", rules=RULES)
        raise _wrong("rules", "not-in-the-list")


class OfProvince(Asked):
    """A question that may be about one province."""

    province: Province = None

    def check(self) -> None:
        """Raises `BadQuestion` for a province that today's map does not have."""
        if self.province is not None and ("2025-07", self.province) not in PROVINCES:
            raise _wrong("province", "not-in-the-list")


class ClubsAsked(OfProvince):
    """The parameters of `GET /v1/clubs`, but for its pages."""

    q: Annotated[str, Field(description="Words of the name.", max_length=200)] = ""
    valid_at: ValidAt = None


class TrainingsAsked(OfProvince):
    """The parameters of `GET /v1/trainings`, but for its pages."""

    q: Annotated[str, Field(description="Words of the title.", max_length=200)] = ""
    valid_at: ValidAt = None


class FiguresAsked(Asked):
    """The parameters of `GET /v1/figures`."""

    indicator: str
    by: Annotated[list[str], Field(description="|".join(_BY))] = ["nation"]
    start: Annotated[date | None, Field(alias="from")] = None
    end: Annotated[date | None, Field(alias="to")] = None
    scope: Annotated[
        str,
        Field(
            description="nation, province:08 or province:pre-2025:08, district:070, commune:02494, club:tq-coc-1"
        ),
    ] = "nation"
    scheme: Scheme = "34"
    valid_at: ValidAt = None
    completeness: Annotated[
        bool,
        Field(
            description="Also how many meetings were expected, received and late where and when it is asked."
        ),
    ] = False

    @property
    def dimensions(self) -> list[str]:
        return [one for some in self.by for one in some.replace("|", ",").split(",")]

    @property
    def needs(self) -> PublicRead:
        """What a reader must be allowed to see."""
        single = "club" in self.dimensions or self.scope.startswith("club:")
        return "clubs" if single else "aggregates"

    def question(self, clocks: Clocks) -> Question:
        """Raises `BadQuestion`."""
        return read_question(
            self.indicator, self.dimensions, self.start, self.end, self.scope, self.scheme, clocks
        )


def read_clocks(
    connection: Connection, log: Log, known_at: str | None, valid_at: date | None, now: datetime
) -> Clocks:
    """The two clocks of a question. `known_at` is a position or a moment; left out, it is now.

    Raises `BadQuestion` for a moment in the future, `NotCaughtUp` for one the read models have not reached.
    """
    reached = _reached(connection)
    if known_at is None:
        position, asked = reached, now
    elif (written := whole(known_at)) is not None:
        position, asked = written, None
        if position > reached:
            raise NotCaughtUp if position <= log.head().position else _wrong("known_at", "in-the-future")
    else:
        asked = _moment(known_at, now)
        position = _position_at(connection, asked)
        if position == reached and log.head().position > reached:
            raise NotCaughtUp  # Events recorded before that moment may still be on their way.
    recorded = connection.scalar(select(heard.c.recorded_at).where(heard.c.position == position))
    day = valid_at or day_in_viet_nam(asked or recorded or now)
    return Clocks(position, recorded, day)


def read_question(
    indicator: str,
    by: Sequence[str],
    start: date | None,
    end: date | None,
    scope: str,
    scheme: Scheme,
    clocks: Clocks,
) -> Question:
    """The question. Raises `BadQuestion` with every parameter that cannot be understood."""
    faults = []
    if indicator not in INDICATORS:
        faults.append(Fault("/query/indicator", "not-in-the-list"))
    dimensions = tuple(one for one in _BY if one in by)
    known = INDICATORS.get(indicator)
    parts = {part for part in PARTS if part in by} - {known.parts if known else None}
    districts_asked = "district" in by and scheme == "34"
    steps = sum(step in by for step in STEPS)
    too_fine = steps > (1 if known is None or by_periods(known) else 0)
    if len(dimensions) != len(set(by)) or too_fine or parts or districts_asked:
        faults.append(Fault("/query/by", "not-in-the-list"))
    if not _is_scope(scope, scheme):
        faults.append(Fault("/query/scope", "not-in-the-list"))
    if faults:
        raise BadQuestion(faults=tuple(faults))
    end = end or clocks.valid_at
    step = next((step for step in STEPS if step in dimensions), None)
    if start is None and step is not None and INDICATORS[indicator].kind == "stock":
        start = date(end.year - 1, end.month, 1)
    start = start or date.min
    if start > end:
        raise _wrong("from", "too-large")
    if step is not None and start > date.min and len(periods_between(start, end, step)) > MOST_PERIODS:
        raise _wrong("from", "too-small")
    known, at = INDICATORS[indicator], clocks.position
    return Question(known, dimensions, start, end, scope, scheme, at, clocks.least)


def _reached(connection: Connection) -> int:
    checkpoint = reading.checkpoint
    return int(connection.scalar(select(func.max(checkpoint.c.position))) or 0)


def _position_at(connection: Connection, moment: datetime) -> int:
    """The last position recorded before `moment`."""
    return int(connection.scalar(select(func.max(heard.c.position)).where(heard.c.recorded_at < moment)) or 0)


def _moment(text: str, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(
            text.replace(" ", "+")
        )  # An unescaped + in a query arrives as a space.
    except ValueError:
        raise _wrong("known_at", "wrong-form") from None
    if moment.tzinfo is None or not 1 < moment.year < 9999:  # At the ends no calendar can shift a time zone.
        raise _wrong("known_at", "wrong-form")
    if moment > now:
        raise _wrong("known_at", "in-the-future")
    return moment


def _is_scope(scope: str, scheme: Scheme) -> bool:
    kind, _, rest = scope.partition(":")
    place_list, _, code = rest.rpartition(":")
    match kind:
        case "nation":
            return not rest
        case "province" if scheme == "as-recorded":
            return (place_list, code) in PROVINCES
        case "province":
            return place_list in ("", LIST_OF[scheme]) and (LIST_OF[scheme], code) in PROVINCES
        case "district":
            return scheme != "34" and rest in districts()
        case "commune":
            lists = list(LIST_OF.values()) if scheme == "as-recorded" else [LIST_OF[scheme]]
            return any(rest in communes(one) for one in lists)
        case "club":
            return bool(rest)
    return False


def _wrong(parameter: str, code: str) -> BadQuestion:
    return BadQuestion(faults=(Fault(f"/query/{parameter}", code),))
