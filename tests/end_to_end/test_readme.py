"""The tour of the README, run as it is written."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system import System

ROOT = Path(__file__).parent.parent.parent
MOVING = ("recordedtime", "receipt", "known_at", "valid_at", "to")


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with System(tmp_path_factory.mktemp("readme"), sample=True) as running:
        yield running


def console(readme: str) -> list[tuple[str, str]]:
    """The commands a README shows, each with the output it shows."""
    found: list[tuple[str, str]] = []
    for block in re.findall(r"```console\n(.*?)```", (ROOT / readme).read_text(encoding="utf-8"), re.DOTALL):
        command, output = "", ""
        for line in block.splitlines():
            if line.startswith("$ "):
                found += [(command, output)] if command else []
                command, output = line[2:], ""
            elif not output and (command.endswith("\\") or command.count("'") % 2):
                command += "\n" + line
            else:
                output += line + "\n"
        found.append((command, output))
    return found


def run(system: System, commands: list[str]) -> str:
    script = "\n".join(commands).replace(".venv/bin/ishc", f"{sys.executable} -m services.cli")
    for service, port in (("registry", "8001"), ("reporting", "8002")):
        script = script.replace(f"127.0.0.1:{port}", f"127.0.0.1:{system.ports[service]}")
    done = subprocess.run(
        ["bash", "-e", "-c", script], env=system.environment, capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def lasting(answer: str) -> dict[str, Any]:
    """An answer without what depends on the day it was given."""
    return {name: value for name, value in json.loads(answer).items() if name not in MOVING}


def test_both_readmes_show_the_same_commands():
    assert console("README.md") == console("README.vi.md")


def test_the_tour_gives_what_it_shows(system: System):
    shown = {command.split()[0]: (command, output) for command, output in console("README.md")}
    token = next(command for command in shown if command.startswith("TOKEN="))
    posts = [(command, output) for command, output in console("README.md") if command.startswith("curl")]
    (founding, accepted), (question, figure), (download, file) = posts

    first = run(system, [shown[token][0], founding])
    system.wait_until(lambda: '"position":240' in run(system, [question]))

    assert lasting(first) == lasting(accepted)
    assert lasting(run(system, [question])) == lasting(figure)
    assert run(system, [download]).lstrip("\ufeff") == file
    assert lasting(run(system, [question.replace("08'", "08&known_at=239'")]))["total"]["value"] == 0


def test_it_prints_what_the_readme_shows(system: System):
    [(_, printed)] = [(command, output) for command, output in console("README.md") if command == "make run"]
    words = [" ".join(line.split()) for line in "".join(system.said).splitlines() if line.strip()]

    for line in printed.splitlines()[2:]:
        shown = re.sub(r"127\.0\.0\.1:\d+", "", " ".join(line.split())).replace(".venv/bin/", "")
        assert any(shown in re.sub(r"127\.0\.0\.1:\d+|\S*/bin/", "", word) for word in words), line
