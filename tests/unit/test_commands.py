"""The command `ishc` speaks Vietnamese first, English second."""

from collections.abc import Iterator

import click
import pytest

from services.cli import main
from shared.folding import folded


def all_commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    if not command.hidden:
        yield name, command
    for part, below in getattr(command, "commands", {}).items():
        yield from all_commands(below, f"{name} {part}")


COMMANDS = dict(all_commands(main, "ishc"))


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_in_vietnamese_then_in_english(name: str):
    vietnamese, english = (COMMANDS[name].help or "").split("\n\n", 1)

    assert not vietnamese.isascii()
    assert english.isascii() or folded(english) == english.lower()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained_in_both_languages(name: str):
    for option in COMMANDS[name].params:
        told = getattr(option, "help", None)
        if told is not None:
            vietnamese, english = told.split(" / ", 1)
            assert not vietnamese.isascii(), told
            assert english.replace("…", "").isascii(), told
