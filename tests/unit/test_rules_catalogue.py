"""The catalogue of rules: every rule has its words, and a file may change urgency and thresholds by their names."""

from pathlib import Path

import pytest

from services.notifier.rules.catalogue import RULES, change_rules, limits
from shared.texts import knows


@pytest.fixture(autouse=True)
def as_shipped():
    shipped = dict(RULES)
    yield
    RULES.clear()
    RULES.update(shipped)


def said(folder: Path, text: str) -> Path:
    path = folder / "rules.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("code", RULES)
def test_every_rule_has_a_name_a_meaning_and_a_source(code: str):
    assert knows(f"rule.{code}") and knows(f"rule.{code}.means")
    assert RULES[code].source


def test_a_file_changes_thresholds_and_urgency(tmp_path: Path):
    change_rules(said(tmp_path, '[no_meeting]\nurgency = "weekly"\nmeetings = 3\n'))

    assert RULES["no_meeting"].urgency == "weekly"
    assert limits()["no_meeting"] == {"meetings": 3}
    assert RULES["no_meeting"].thresholds["meetings"].default == 2


def test_a_file_changes_after_how_many_urgent_letters_good_news_waits(tmp_path: Path):
    change_rules(said(tmp_path, "[club_founded]\nurgent_a_week = 10\n"))

    assert RULES["club_founded"].urgent_a_week == 10


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[no_meetings]\ndays = 90\n", "no such rule"),
        ("[no_meeting]\nweeks = 9\n", "no such threshold"),
        ("[no_meeting]\nmeetings = -1\n", "a whole number"),
        ("[club_founded]\nurgent_a_week = 0\n", "a whole number from 1"),
        ("[no_meeting]\nurgent_a_week = 3\n", "no such threshold"),
        ('[no_meeting]\nurgency = "soon"\n', "urgency: one of urgent"),
    ],
)
def test_an_unknown_name_stops_the_start_and_says_which(tmp_path: Path, text: str, says: str):
    with pytest.raises(ValueError, match=says):
        change_rules(said(tmp_path, text))
