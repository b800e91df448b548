"""The generated pages of docs/ are what the code says."""

import re
from pathlib import Path

import pytest

from services.reference import ROOT, pages
from services.reporting.indicators import INDICATORS
from shared.codes import CODES
from shared.problems import every_problem
from shared.texts import catalogue


@pytest.mark.parametrize(
    "path",
    ["docs/events.md", "docs/codes.md", "docs/indicators.md", "docs/problems.md", "docs/asyncapi.yaml"],
)
def test_a_generated_page_is_what_the_code_says(path: str):
    assert (ROOT / path).read_text(encoding="utf-8") == pages()[Path(path)], f"{path} is stale: run ishc docs"


def test_every_refusal_and_fault_is_on_its_page():
    told = set(re.findall(r"^\| `([a-z0-9-]+)` \|", pages()[Path("docs/problems.md")], re.MULTILINE))

    faults = {key.removeprefix("fault.") for key in catalogue("vi") if key.startswith("fault.")}
    assert told == {problem.code() for problem in every_problem()} | faults


def test_every_code_has_both_its_names_on_the_page():
    page = pages()[Path("docs/codes.md")]

    missing = [
        code
        for codes in CODES.values()
        for code, names in codes.items()
        if f"| `{code}` | {names['vi']} | {names['en']} |" not in page
    ]
    assert missing == []


def test_every_figure_that_can_be_asked_for_is_on_its_page():
    page = pages()[Path("docs/indicators.md")]

    assert re.findall(r"^## (\w+)$", page, re.MULTILINE) == list(INDICATORS)


@pytest.mark.parametrize("page", ["docs/events.md", "docs/codes.md", "docs/indicators.md"])
def test_every_link_of_a_page_leads_somewhere(page: str):
    for target, anchor in re.findall(r"\]\(([\w.-]*)#([\w-]+)\)", pages()[Path(page)]):
        there = (ROOT / "docs" / (target or Path(page).name)).read_text(encoding="utf-8")
        headings = {
            line.lstrip("# ").lower().replace(".", "") for line in there.splitlines() if line[:1] == "#"
        }
        assert anchor in headings, f"{page} links to {target}#{anchor}"


def test_what_the_code_cites_stands_in_docs_domain():
    said = (ROOT / "docs/domain.md").read_text(encoding="utf-8").casefold()
    cited = [
        (path, number, title)
        for path in [*(ROOT / "shared").rglob("*.py"), *(ROOT / "services").rglob("*.py")]
        for number, title in re.findall(
            r"docs/domain\.md §(\d)(?:, \"([^\"]+)\")?", path.read_text(encoding="utf-8")
        )
    ]

    assert cited
    for path, number, title in cited:
        assert f"\n## {number}. " in said, f"{path} cites §{number}, which docs/domain.md does not have"
        assert not title or f" {title.casefold()}\n" in said, (
            f"{path} cites “{title}”, which it does not have"
        )
