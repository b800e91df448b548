"""A made-up event type takes the steps written in CONTRIBUTING.md and no others; a test names a forgotten one."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from services.reference import ROOT

CHECKS = [f"tests/unit/test_{name}.py" for name in ("catalogue", "texts", "reference")]
CLASS = '''
class GardenPlanted(OfClub, Dated):
    """The club planted a garden: `beds` counts them."""

    type = "garden.planted"

    beds: Count | None = None

'''
TEXTS = {
    "type": ("Trồng vườn", "Garden planted"),
    "event": ("Trồng một khu vườn.", "A garden was planted."),
    "meaning": ("Câu lạc bộ trồng một khu vườn.", "The club planted a garden."),
}


def write_the_class(copy: Path) -> None:
    change(copy / "shared/events/activities.py", "\nACTIVITY_EVENTS", CLASS + "\nACTIVITY_EVENTS")


def put_it_into_its_tuple(copy: Path) -> None:
    change(
        copy / "shared/events/activities.py",
        "    HealthChecked,\n)",
        "    HealthChecked,\n    GardenPlanted,\n)",
    )


def write_text(copy: Path, kind: str) -> None:
    for language, text in zip(("vi", "en"), TEXTS[kind], strict=True):
        with (copy / f"shared/texts/{language}.po").open("a", encoding="utf-8") as file:
            file.write(f'\nmsgid "{kind}.garden.planted"\nmsgstr "{text}"\n')


def write_the_example(copy: Path) -> None:
    example = json.loads((ROOT / "tests/golden/activity.held.1.ndjson").read_text(encoding="utf-8"))
    example |= {"type": "garden.planted", "data": {"occurred_on": "2026-03-21", "beds": 4}}
    del example["dataschema"]
    (copy / "tests/golden/garden.planted.1.ndjson").write_text(json.dumps(example) + "\n", encoding="utf-8")


def write_the_pages(copy: Path) -> None:
    run(copy, "services.cli", "docs")


STEPS: dict[str, Callable[[Path], None]] = {
    "class": write_the_class,
    "tuple": put_it_into_its_tuple,
    "type": partial(write_text, kind="type"),
    "event": partial(write_text, kind="event"),
    "meaning": partial(write_text, kind="meaning"),
    "example": write_the_example,
    "pages": write_the_pages,
}


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def run(copy: Path, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A module of the copy, not of this checkout."""
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": ""}
    return subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=copy, env=environment, capture_output=True, text=True
    )


def failures(copy: Path, *tests: str) -> str:
    """What the tests of the copy say; empty if all of them pass."""
    done = run(copy, "pytest", "-q", "-n", "0", "--tb=short", *tests)
    assert re.search(r"\d+ passed", done.stdout), done.stdout + done.stderr
    return "" if done.returncode == 0 else done.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the project, to add a type to."""
    for folder in ("docs", "services", "shared", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for path in (path for path in ROOT.iterdir() if path.is_file()):
        shutil.copy(path, tmp_path)
    return tmp_path


def test_the_steps_are_enough(copy: Path):
    for step in STEPS.values():
        step(copy)

    asking = [
        path for path in (copy / "tests/unit").glob("*.py") if "CATALOGUE" in path.read_text(encoding="utf-8")
    ]
    others = {f"tests/unit/{path.name}" for path in asking} - {*CHECKS, "tests/unit/test_adding_a_type.py"}
    assert failures(copy, *CHECKS, *sorted(others)) == ""


@pytest.mark.parametrize(
    ("forgotten", "said"),
    [
        # Without its class or its place in the catalogue the pages stay as they are.
        (["class", "tuple", "pages"], ["tests/golden/garden.planted.1.ndjson is of no type in CATALOGUE"]),
        (
            ["tuple"],
            ["GardenPlanted is missing in CATALOGUE: put it into the tuple at the end of shared.events."],
        ),
        (
            ["type", "event", "meaning", "example"],
            [
                "text type.garden.planted is missing in vi.po and en.po",
                "text event.garden.planted is missing in vi.po and en.po",
                "text meaning.garden.planted is missing in vi.po and en.po",
                "tests/golden/garden.planted.1.ndjson is missing",
            ],
        ),
        (["pages"], ["docs/events.md is stale: run ishc docs"]),
    ],
)
def test_a_forgotten_step_is_named(copy: Path, forgotten: list[str], said: list[str]):
    for name, step in STEPS.items():
        if name not in forgotten:
            step(copy)

    told = failures(copy, *CHECKS)

    assert [text for text in said if text not in told] == []
