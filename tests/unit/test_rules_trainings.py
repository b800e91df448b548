"""Trainings and visits: what was announced and not confirmed, and what a visit found."""

from typing import Any

from services.notifier.rules import Condition, of, serious_findings
from services.notifier.rules.catalogue import limits
from services.notifier.training_facts import training_of
from tests.builders import (
    TUYEN_QUANG,
    envelope,
    training_cancelled,
    training_held,
    training_planned,
    withdrawn,
)
from tests.given import recorded


def found(*reports: dict[str, Any]) -> list[Condition]:
    return of(training_of("tq-2026-05", recorded(*reports)), limits())


def test_a_training_is_waited_for_until_a_week_after_its_planned_end():
    [condition] = found(training_planned(on="2026-05-28/2026-05-29"))

    assert (condition.rule, condition.from_day.isoformat()) == ("training_unconfirmed", "2026-06-05")


def test_a_training_that_was_held_or_cancelled_is_not_waited_for():
    assert found(training_planned(), training_held()) == []
    assert found(training_planned(), training_cancelled()) == []


def test_a_withdrawn_report_lets_the_waiting_go_on():
    held = training_held()

    assert len(found(training_planned(), held, withdrawn(held))) == 1


def test_a_new_plan_is_waited_for_from_its_own_days():
    [condition] = found(training_planned(on="2026-05-28"), training_planned(on="2026-07-10"))

    assert condition.from_day.isoformat() == "2026-07-17"


def visit(*severities: str) -> dict[str, Any]:
    findings = [{"code": "cash_mismatch", "severity": severity} for severity in severities]
    data = {"occurred_on": "2026-05-01", "kind": "supervision", "place": TUYEN_QUANG, "findings": findings}
    return envelope("visit.made", "tham-1", data)


def test_a_serious_finding_is_told():
    [event] = recorded(visit("minor", "serious", "critical"))

    notice = serious_findings(event, event.event)

    assert notice is not None
    assert (notice.facts["found"], notice.facts["findings"]) == (2, ["cash_mismatch"])


def test_a_visit_without_a_serious_finding_is_not_told():
    [event] = recorded(visit("minor", "major"))

    assert serious_findings(event, event.event) is None
