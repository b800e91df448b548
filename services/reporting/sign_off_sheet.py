"""The sheet of a province and a period: the figures a board vouches for, and their hash (decision 0016).

Its hash goes into `period.signed_off`. At the same position the same rules give the same sheet for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from sqlalchemy import Connection

from services.reporting.figures import RULES, Sum, figures
from services.reporting.indicators import INDICATORS
from services.reporting.question import Question
from shared.events import PeriodSignedOff
from shared.periods import Period
from shared.places import LIST_OF, Scheme
from shared.report import canonical, sha256

# What a board vouches for. Any change of this list raises `RULES`.
ON_THE_SHEET: Final = (
    *("clubs", "new_clubs", "communes_with_club", "members", "meetings", "activities"),
    *("home_care_visits", "health_check_turns", "trainings", "delegates"),
    *("fund_received_vnd", "fund_spent_vnd", "fund_vnd", "loans", "loans_vnd", "loans_outstanding_vnd"),
)
SCHEME_OF: Final[dict[str, Scheme]] = {place_list: scheme for scheme, place_list in LIST_OF.items()}


class Match(StrEnum):
    """What a signed hash says about the sheet, counted again at the signed position."""

    MATCHING = "matching"
    OTHER_RULES = "other_rules"  # The same figures, signed while earlier rules were in force.
    NOT_MATCHING = "not_matching"  # Other figures were seen, or rules since then count them otherwise.


@dataclass(frozen=True)
class Sheet:
    """Flows within a period and stocks at its last day, of one province on the map of its list."""

    province: str
    period: Period
    position: int
    rules: str
    figures: Mapping[str, Sum]

    def as_json(self) -> dict[str, Any]:
        """What the hash is made of, and nothing else. A quarter is the same as its three months."""
        return {
            "province": self.province,
            "from": self.period.first.isoformat(),
            "to": self.period.last.isoformat(),
            "scheme": SCHEME_OF[self.province.split(":")[1]],
            "position": self.position,
            "rules": self.rules,
            "figures": {code: sum.as_json() for code, sum in self.figures.items()},
        }

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the canonical JSON (RFC 8785), in hexadecimal."""
        return sha256(canonical(self.as_json()))

    def matches(self, signed: str) -> Match:
        """Hold a signed hash against this sheet. Which rules were in force then is not recorded."""
        if signed == self.sha256:
            return Match.MATCHING
        earlier = (replace(self, rules=str(number)) for number in range(1, int(self.rules)))
        return Match.OTHER_RULES if any(signed == one.sha256 for one in earlier) else Match.NOT_MATCHING


def sheet(connection: Connection, position: int, province: str, period: Period) -> Sheet:
    """Count the sheet of a province, for instance `province:2025-07:08`."""
    counted = {code: figures(connection, line(position, province, period, code))[1] for code in ON_THE_SHEET}
    return Sheet(province, period, position, RULES, counted)


def to_sign(seen: Sheet) -> dict[str, Any]:
    """The report that vouches for a sheet, but for who sends it."""
    data = {"period": str(seen.period), "position": seen.position, "figures_sha256": seen.sha256}
    return {"type": PeriodSignedOff.type, "subject": seen.province, "data": data}


def line(position: int, province: str, period: Period, indicator: str) -> Question:
    """The question behind one line of a sheet."""
    _, place_list, code = province.split(":")
    scope, scheme = f"province:{code}", SCHEME_OF[place_list]
    return Question(INDICATORS[indicator], ("nation",), period.first, period.last, scope, scheme, position)
