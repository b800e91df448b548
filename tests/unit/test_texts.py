"""Words: every key in both languages, numbers and days as each writes them."""

import re
from datetime import UTC, datetime
from typing import get_args

import pytest

from services.notifier.wording import LINES as LETTERS
from services.reference.events import all_parts
from services.reporting.amounts import Amounts
from services.reporting.club_norms import Because
from services.reporting.club_saying import BANDS
from services.reporting.figures import Sum
from services.reporting.indicators import INDICATORS, Unit
from services.reporting.saying import figure_words
from shared.codes import CODES
from shared.effective import Standing
from shared.events import CATALOGUE
from shared.faults import _FAULTS
from shared.ledger import Part
from shared.people import GROUPS, SEXES, alias
from shared.places.resolving import How
from shared.problems import every_problem
from shared.texts import LANGUAGES, brief, catalogue, count, day, moment, number, preferred, say, span, when
from shared.values import NOTHING, Range
from shared.values import count as read_count
from shared.values import when as read_when


def test_both_languages_have_the_same_keys_and_none_is_empty():
    for has, lacks in (LANGUAGES, LANGUAGES[::-1]):
        missing = catalogue(has).keys() - catalogue(lacks).keys()
        assert not missing, f"texts of {has}.po are missing in {lacks}.po: {', '.join(sorted(missing))}"
    assert not [key for lang in LANGUAGES for key, text in catalogue(lang).items() if not text.strip()]


def test_a_text_asks_for_the_same_facts_in_both_languages():
    def facts(text: str) -> set[str]:
        return set(re.findall(r"(?<!\{)\{(\w+)\}", text))

    different = [key for key, text in catalogue("vi").items() if facts(text) != facts(catalogue("en")[key])]

    assert [key for key in different if not key.startswith("when.month")] == []


@pytest.mark.parametrize(
    "key",
    [
        *(f"problem.{problem.code()}{part}" for problem in every_problem() for part in ("", ".title")),
        *(f"fault.{code}" for code in [*_FAULTS.values(), "wrong", "of-another-type", "in-the-future"]),
        *(f"{prefix}.{type}" for type, _ in CATALOGUE for prefix in ("type", "event", "meaning")),
        *(f"meaning.{part}" for part in all_parts()),
        *(f"codes.{kind}" for kind in CODES),
        *(f"indicator.{code}.{part}" for code in INDICATORS for part in ("name", "definition", "not")),
        *(f"unit.{unit}{one}" for unit in get_args(Unit) for one in ("", ".one")),
        *(f"letter.{rule}.{part}" for rule in LETTERS for part in ("subject", "opening", "why")),
        *(f"letter.line.{line}" for lines in LETTERS.values() for line in lines),
        *(f"ledger.beyond.{part}" for part in get_args(Part)),
        *(f"club.norms.because.{because}" for because in get_args(Because)),
        *(f"club.place.how.{how}" for how in get_args(How)),
        *(f"club.people.{alias(name)}" for name in (*SEXES, *BANDS, *GROUPS)),
        *(f"standing.{standing.value}" for standing in Standing),
    ],
)
def test_everything_that_is_said_has_words(key: str):
    lacking = [f"{language}.po" for language in LANGUAGES if key not in catalogue(language)]

    assert not lacking, f"text {key} is missing in {' and '.join(lacking)}"


@pytest.mark.parametrize(
    ("written", "vi", "en"),
    [
        ("../2020-10-05", "không muộn hơn 05/10/2020", "not later than 5 October 2020"),
        ("2024-05-28", "28/05/2024", "28 May 2024"),
        ("2024-05", "tháng 5/2024", "May 2024"),
        ("2024", "năm 2024", "2024"),
        ("../2024", "không muộn hơn năm 2024", "not later than 2024"),
        ("2024-05-28/2024-05-29", "28/05/2024 – 29/05/2024", "28 May 2024 – 29 May 2024"),
    ],
)
def test_a_day_reads_as_it_is_known(written: str, vi: str, en: str):
    assert (when("vi", read_when(written)), when("en", read_when(written))) == (vi, en)


@pytest.mark.parametrize(
    ("written", "vi", "en"),
    [
        (1234567, "1.234.567", "1,234,567"),
        ({"more_than": 90}, "hơn 90", "more than 90"),
        ({"less_than": 50}, "gần 50", "just under 50"),
        ({"about": 80}, "khoảng 80", "about 80"),
        ({"at_least": 1000}, "từ 1.000 trở lên", "1,000 or more"),
    ],
)
def test_a_count_reads_with_its_edge(written: object, vi: str, en: str):
    assert (count("vi", read_count(written)), count("en", read_count(written))) == (vi, en)


@pytest.mark.parametrize(
    ("parts", "vi"),
    [
        ([54], "54"),
        ([{"about": 50}], "khoảng 50"),
        ([{"less_than": 80}], "gần 80"),
        ([31, {"more_than": 10}], "hơn 41"),
        ([31, {"about": 50}], "từ 31 trở lên"),
        ([1, {"at_most": 5}], "1 – 6"),
    ],
)
def test_a_sum_reads_as_one_count_where_one_count_says_it(parts: list[object], vi: str):
    assert span("vi", sum((read_count(part).range for part in parts), start=NOTHING)) == vi


@pytest.mark.parametrize(
    ("indicator", "figure", "vi", "en"),
    [
        ("clubs", Sum(Amounts.of(Range(1, 1, 1))), "1 câu lạc bộ", "1 club"),
        ("members", Sum(Amounts.of(Range(6836, 6836, 6836))), "6.836 người", "6,836 people"),
        ("members", Sum(Amounts.of(Range(90, 91, None))), "hơn 90 người", "more than 90 people"),
        ("members", Sum(Amounts.of(Range(90, 90, None))), "từ 90 người trở lên", "90 people or more"),
        (
            "delegates",
            Sum(Amounts.of(Range(620, 589, None))),
            "620 người (từ 589 trở lên)",
            "620 people (589 or more)",
        ),
        ("new_clubs", Sum(Amounts.of(Range(5, 1, 6))), "5 câu lạc bộ (từ 1 đến 6)", "5 clubs (1 to 6)"),
        ("fund_vnd", Sum(Amounts.of(Range(10**9, 10**9, 10**9))), "1.000.000.000 đồng", "1,000,000,000 đồng"),
        ("active_share", Sum(Amounts(2, 2, 2), Sum(Amounts(3, 3, 3))), "66,7 %", "66.7%"),
        (
            "active_share",
            Sum(Amounts(19, 19, 20), Sum(Amounts(27, 27, 27))),
            "70,4 % (từ 70,4 đến 74,1 %)",
            "70.4% (70.4 to 74.1%)",
        ),
        ("active_share", Sum(of=Sum()), "chưa tính được", "cannot be told yet"),
    ],
)
def test_a_figure_reads_with_its_unit_and_its_edges(indicator: str, figure: Sum, vi: str, en: str):
    words = tuple(
        figure_words(lang, INDICATORS[indicator], figure).replace("\u00a0", " ") for lang in LANGUAGES
    )

    assert words == (vi, en)


def test_moments_are_told_by_the_clock_in_viet_nam():
    evening = datetime(2026, 6, 30, 18, 30, tzinfo=UTC)

    assert moment("vi", evening) == "01:30 ngày 01/07/2026"
    assert day("en", evening.date()) == "30 June 2026"
    assert number("vi", -1500) == "-1.500"


def test_large_numbers_are_said_in_millions_and_billions():
    said = [brief("vi", n) for n in (0, 999_999, 1_500_000, 35_962_719_000, 150_400_000_000, -2_000_000)]

    assert said == ["0", "999.999", "1,5 triệu", "36 tỷ", "150 tỷ", "-2 triệu"]
    assert brief("en", 8_400_000) == "8.4 m"


@pytest.mark.parametrize(
    ("accept", "asked", "language"),
    [
        (None, None, "vi"),
        ("en-GB,en;q=0.9", None, "en"),
        ("fr-FR,vi;q=0.8,en;q=0.5", None, "vi"),
        ("fr", None, "vi"),
        ("en", "vi", "vi"),
        ("vi", "en", "en"),
        ("en", "xx", "en"),
    ],
)
def test_vietnamese_unless_english_is_asked_for(accept: str | None, asked: str | None, language: str):
    assert preferred(accept, asked) == language


def test_a_text_that_shows_braces_keeps_them():
    assert '{"more_than": 90}' in say("vi", "fault.not-a-count")
