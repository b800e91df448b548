"""Every rule that makes letters has all its words, and its facts fit them."""

import pytest

from services.notifier.facts import club_of
from services.notifier.rules import of
from services.notifier.rules.catalogue import RULES, limits
from services.notifier.training_facts import training_of
from services.notifier.wording import Item
from shared.texts import LANGUAGES, Language, knows
from tests.builders import club_founded, members_counted, of_club, training_planned
from tests.given import recorded
from tests.unit.test_rules_clubs import DECIDED, lent, money

MONEY = of_club("fund.received", fund="income", source="project", amount_vnd=9, occurred_on="2026-02-01")
TOLD = (
    of(
        club_of(
            "co-dien",
            [
                recorded(
                    club_founded(),
                    members_counted(women=90, men=6),
                    of_club("care.reported", period="2026-05", volunteers=3),
                    of_club("club.launched", occurred_on="2026-02-01"),
                    MONEY,
                    lent("2026-05-01"),
                    money("fund.received", "2026-02-01", source="members", amount_vnd=5),
                    money("fund.counted", "2026-03-01", cash_vnd=4),
                )
            ],
        ),
        limits(),
    )
    + of(club_of("co-dien", [recorded(club_founded(**DECIDED))]), limits())[1:2]
    + of(training_of("tq-2026-05", recorded(training_planned())), limits())
)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("condition", TOLD, ids=lambda one: one.rule)
def test_a_letter_about_it_can_be_written(lang: Language, condition):
    item = Item(
        lang,
        condition.key,
        condition.rule,
        "fired",
        condition.subject,
        "08",
        condition.facts,
        [1],
        "2026-07-01",
    )

    words = [item.subject_line, item.opening, item.advice, item.line, item.why("Hội"), *sum(item.lines, ())]

    assert all(words)
    assert not any("{" in word or "None" in word for word in words if word)


@pytest.mark.parametrize("rule", sorted(set(RULES) - {"monthly_report", "province_silent"}))
def test_a_rule_has_the_words_of_its_letters(rule: str):
    assert [part for part in ("subject", "opening", "why") if not knows(f"letter.{rule}.{part}")] == []
