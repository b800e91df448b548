"""The catalogue of rules: how soon which offices hear of one, its thresholds, and where they come from.

Data: `rules.toml`. An installation may change urgency and thresholds: `ISHC_RULES` names a file of the same form.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal, get_args

from services.notifier.hours import Urgency

Audience = Literal["board", "national", "technician", "operator"]
Limits = Mapping[str, Mapping[str, int]]  # Thresholds by rule and name.


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number a rule compares with, its unit, and where it comes from. `value` is the default unless overridden."""

    default: int
    unit: str
    source: str
    norm: str | None = None
    value: int | None = None

    @property
    def in_use(self) -> int:
        return self.default if self.value is None else self.value


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, and where its alerts go.

    While an alert fires and nobody has acknowledged it, its offices are reminded every `repeat_days`, and the
    national office hears of it after `escalate_days`. None: never. `gathered`: drawn from many subjects at once, or
    from what is no subject. `rehearsed`: drawn from the log, so that its past can be walked through again.
    `urgent_a_week`: good news that waits for the digest where an office got so many urgent letters in seven days.
    """

    code: str
    urgency: Urgency = "daily"
    audience: Audience = "board"
    repeat_days: int | None = None
    escalate_days: int | None = None
    source: str = ""
    gathered: bool = False
    rehearsed: bool = True
    urgent_a_week: int | None = None
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)


def _rule(code: str, row: dict[str, Any]) -> Rule:
    thresholds = {name: Threshold(**told) for name, told in row.pop("thresholds", {}).items()}
    return Rule(code, thresholds=thresholds, **row)


def _shipped() -> dict[str, Rule]:
    text = files(__package__).joinpath("rules.toml").read_text(encoding="utf-8")
    return {code: _rule(code, row) for code, row in tomllib.loads(text).items()}


RULES: Final = _shipped()


def rule_of(code: str) -> Rule:
    """The rule; one of another version goes to the boards with the daily digest."""
    return RULES.get(code, Rule(code))


def order_of(code: str) -> int:
    """The place of a rule in a letter: the most urgent first."""
    return list(RULES).index(code) if code in RULES else len(RULES)


def gathered() -> list[str]:
    """The rules that are drawn when a day begins, not with the facts of one subject."""
    return [code for code, rule in RULES.items() if rule.gathered]


def limits() -> dict[str, dict[str, int]]:
    """The thresholds in use."""
    return {
        code: {name: one.in_use for name, one in rule.thresholds.items()}
        for code, rule in RULES.items()
        if rule.thresholds
    }


def change_rules(path: Path | None) -> None:
    """Take urgency and thresholds of a file, such as `[no_meeting]`, `urgency = "weekly"`, `meetings = 3`; and
    `urgent_a_week` of a rule that has one.

    Raises `OSError` or `tomllib.TOMLDecodeError` for a file that cannot be read, `ValueError` for an unknown name.
    """
    for code, said in tomllib.loads(path.read_text(encoding="utf-8")).items() if path else ():
        if code not in RULES or not isinstance(said, dict):
            raise ValueError(f"{path}: [{code}]: no such rule; there are {', '.join(RULES)}")
        for name, value in said.items():
            try:
                RULES[code] = changed(RULES[code], name, value)
            except ValueError as error:
                raise ValueError(f"{path}: [{code}] {error}") from None


def changed(rule: Rule, name: str, value: Any) -> Rule:
    """The rule with another urgency or threshold. Raises `ValueError` for a name or a value it cannot have."""
    if name == "urgency":
        if value not in get_args(Urgency):
            raise ValueError(f"urgency: one of {', '.join(get_args(Urgency))}")
        return replace(rule, urgency=value)
    limited = name == "urgent_a_week" and rule.urgent_a_week is not None
    if name not in rule.thresholds and not limited:
        raise ValueError(f"{name}: no such threshold; there are urgency, {', '.join(rule.thresholds)}")
    if type(value) is not int or value < limited:
        raise ValueError(f"{name}: a whole number from {int(limited)} on is needed")
    if limited:
        return replace(rule, urgent_a_week=value)
    threshold = replace(rule.thresholds[name], value=value)
    return replace(rule, thresholds={**rule.thresholds, name: threshold})
