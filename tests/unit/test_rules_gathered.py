"""Rules that look at many subjects at once: what is surely wrong is told, what may be right is not."""

from datetime import date
from typing import Any

import pytest

from services.notifier.province_facts import NATION, Province, province_of
from services.notifier.rules import Condition
from services.notifier.rules.catalogue import limits
from services.notifier.rules.gathered import Standing, of_all
from services.notifier.training_facts import Training, training_of
from services.notifier.wording import Item
from shared.places import communes
from shared.texts import LANGUAGES
from shared.values import when
from tests.builders import envelope, figure_published, training_held
from tests.given import recorded

PROVINCE = "province:2025-07:08"
A_COMMUNE = {
    "list": "2025-07",
    "province": "08",
    "commune": next(code for code, one in communes("2025-07").items() if one.province == "08"),
}


def club(founded: str, number: int = 1, **more: Any) -> Standing:
    seat = {"province_now": "08", "province_63": None, "commune_now": None, "founded_at": 1, "live": True}
    return Standing(f"cb-{number}", "Cổ Điển", founded=when(founded), **(seat | more))


def clubs(number: int, founded: str = "2024-05") -> list[Standing]:
    return [club(founded, one) for one in range(number)]


def province(*reports: dict[str, Any], subject: str = PROVINCE) -> Province:
    found = province_of(subject, recorded(*reports))
    assert found is not None
    return found


def training(**more: Any) -> Training:
    found = training_of("lop-1", recorded(training_held("lop-1", **more)))
    assert found is not None
    return found


def printed(value: Any, as_of: str = "2025-06-30", subject: str = PROVINCE, **more: Any) -> dict[str, Any]:
    return figure_published(subject, indicator="clubs", value=value, as_of=as_of, **more)


def target(value: int, indicator: str = "new_clubs", **more: Any) -> dict[str, Any]:
    days = {"occurred_on": "2025-01-10", "since": "2025-01-01", "by": "2025-12-31"}
    return envelope("target.set", PROVINCE, {"indicator": indicator, "value": value} | days | more)


def scale_up(period: str = "2025/2030") -> dict[str, Any]:
    told = {"occurred_on": "2025-01-10", "kind": "club_scale_up", "period": period}
    return envelope("plan.adopted", PROVINCE, told)


def found(rule: str, there: list[Standing], others: list[Any], day: str) -> list[Condition]:
    on = date.fromisoformat(day)
    return [one for one in of_all(there, others, on, limits()) if one.rule == rule]


# --- print against the count -------------------------------------------------------------------------------------


def test_a_printed_total_below_the_clubs_that_surely_stood_is_told_with_both_numbers():
    [told] = found("published_contradicted", clubs(12), [province(printed(10))], "2025-08-01")

    assert (told.facts["printed"], told.facts["counted"], told.subject) == (10, 12, PROVINCE)


@pytest.mark.parametrize(
    "there, told",
    [
        (clubs(9), printed(10)),  # Nobody reports all clubs.
        (clubs(12, "2025"), printed(10)),  # Some may have been founded after that day.
        (clubs(12), printed({"more_than": 10})),
        (clubs(12), printed(10, as_of="2023-06-30")),  # They came later.
        (clubs(12), printed(10, place=A_COMMUNE)),  # Of a commune only.
    ],
)
def test_a_printed_total_that_may_be_right_is_not_contradicted(there: list[Standing], told: dict[str, Any]):
    territory = province_of(PROVINCE, recorded(told))

    assert found("published_contradicted", there, [territory] if territory else [], "2025-08-01") == []


def test_only_the_newest_print_counts_and_no_older_than_a_year():
    both = [province(printed(10), printed(12, as_of="2025-07-31"))]

    assert found("published_contradicted", clubs(12), both, "2025-08-01") == []
    assert found("published_contradicted", clubs(12), [province(printed(10))], "2026-07-01") == []


def test_a_total_of_the_nation_is_held_against_all_clubs():
    there = [*clubs(6), *(club("2024-05", 100 + one, province_now="12") for one in range(6))]

    [told] = found(
        "published_contradicted", there, [province(printed(10, subject=NATION), subject=NATION)], "2025-08-01"
    )

    assert told.facts["scope"] == NATION


# --- targets -----------------------------------------------------------------------------------------------------


def test_a_province_with_less_than_its_share_of_the_target_is_behind_when_late_reports_are_in():
    there = clubs(4, "2025-02")

    assert (
        found("target_behind", there, [province(target(20))], "2025-07-14") == []
    )  # Five by 31 March: 4 of 4.
    [told] = found("target_behind", there, [province(target(20))], "2025-07-15")
    assert (told.facts["counted"], told.facts["due"], told.facts["needed"]) == (4, 9, 20)


def test_a_club_that_may_have_been_founded_in_time_counts():
    assert found("target_behind", clubs(9, "2025"), [province(target(20))], "2025-07-15") == []


def test_a_target_of_all_clubs_begins_with_those_that_stood():
    there = clubs(30, "2023-05")

    [told] = found("target_behind", there, [province(target(40, "clubs"))], "2025-10-15")

    assert (told.facts["counted"], told.facts["due"]) == (30, 37)


@pytest.mark.parametrize("more", [{"by": None}, {"place": A_COMMUNE}, {"indicator": "members"}])
def test_of_a_target_without_a_day_of_a_part_or_of_something_else_nothing_is_told(more: dict[str, Any]):
    reports = recorded({**target(20), "data": {k: v for k, v in (target(20)["data"] | more).items() if v}})

    assert province_of(PROVINCE, reports) is None


# --- trainings and communes --------------------------------------------------------------------------------------


def test_a_new_club_without_a_founding_training_in_its_province_is_told_after_ninety_days():
    assert found("no_founding_training", [club("2025-03-01")], [], "2025-05-29") == []
    assert len(found("no_founding_training", [club("2025-03-01")], [], "2025-05-30")) == 1
    assert found("no_founding_training", [club("2025-03-01")], [], "2026-03-02") == []


def test_all_new_clubs_of_a_province_without_a_training_are_one_alert():
    there = [club("2025-02-20"), club("2025-03-01", 2), club("2025-03-01", 3, province_now="12")]

    told = found("no_founding_training", there, [], "2025-06-10")

    assert [(one.subject, one.facts["clubs"], one.facts["since"]) for one in told] == [
        ("province:2025-07:08", 2, "2025-02-20"),
        ("province:2025-07:12", 1, "2025-03-01"),
    ]


@pytest.mark.parametrize("kind, told", [("founding", 0), (None, 0), ("association_work", 1)])
def test_a_training_for_new_clubs_or_one_of_unknown_kind_is_enough(kind: str | None, told: int):
    held = training(on="2025-04-10", kind=kind)

    assert len(found("no_founding_training", [club("2025-03-01")], [held], "2025-06-10")) == told


def test_communes_without_a_club_are_counted_as_a_year_begins_where_a_plan_is_in_force():
    some = [one.code for one in communes("2025-07").values() if one.province == "08"]
    there = [
        club("2024-05", 1, commune_now=some[0]),
        club("2024-05", 2, commune_now=some[0]),
        club("2024-05", 3),
    ]

    [told] = found("communes_without_club", there, [province(scale_up())], "2026-01-02")

    assert told.facts == {
        "province": "08",
        "without": len(some) - 1,
        "communes": len(some),
        "unplaced": 1,
    }
    assert (str(told.from_day), str(told.until_day)) == ("2026-01-01", "2026-03-31")
    assert found("communes_without_club", there, [province(scale_up("2020/2024"))], "2026-01-02") == []


# --- October -----------------------------------------------------------------------------------------------------


def test_october_is_ahead_in_september_where_there_are_clubs_and_no_plan_of_its_own():
    own = envelope(
        "plan.adopted", PROVINCE, {"occurred_on": "2026-05-02", "kind": "action_month", "period": "2026-09"}
    )
    there = [
        club("2024-05"),
        club("2024-05", 2, province_now="12"),
        club("2024-05", 3, province_now="15", live=False),
    ]

    told = found("national_action_month", there, [province(own)], "2026-09-01")

    assert [(one.province_now, str(one.from_day), str(one.until_day)) for one in told] == [
        ("12", "2026-09-01", "2026-09-30")
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_letter_about_each_can_be_written(lang: str):
    others = [province(printed(10), target(40), scale_up())]
    told = list(of_all(clubs(12, "2025-01-02"), others, date(2026, 1, 20), limits()))
    told += list(of_all(clubs(12, "2024-12-01"), others, date(2025, 8, 1), limits()))
    rules = {one.rule for one in told}

    assert rules == {
        *("published_contradicted", "target_behind", "communes_without_club", "no_founding_training"),
        "national_action_month",
    }
    for one in told:
        item = Item(lang, one.key, one.rule, "fired", one.subject, "08", one.facts, [1], "2026-01-20")
        words = [
            item.subject_line,
            item.opening,
            item.advice,
            item.line,
            item.why("Hội"),
            *sum(item.lines, ()),
        ]
        assert all(words)
        assert not any("{" in word or "None" in word for word in words if word)
