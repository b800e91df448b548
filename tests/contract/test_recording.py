"""Two registries may write to one log: what one of them remembers is never trusted against the other."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from services.registry.hearing import Hearing
from services.registry.recording import Recorder
from services.registry.verdicts import Pending, Sent
from shared.access import Tokens
from shared.database import engine, registry_metadata
from shared.log import Log
from shared.memory_log import MemoryLog
from tests.builders import NOW, club_founded, corrected, meeting_held, report, withdrawn
from tests.given import OPERATOR

FOUNDING, LATER_FOUNDING = club_founded(id="f"), club_founded("bach-ma", id="f2", on="2026-03-01")
MEETING, EARLY_MEETING = meeting_held(id="m"), meeting_held("bach-ma", id="m2", on="2026-02-11")
CORRECTION = corrected(FOUNDING, occurred_on="2026-04-01") | {"id": "c"}
WITHDRAWAL = withdrawn(FOUNDING) | {"id": "w"}
MENDED = withdrawn(WITHDRAWAL) | {"id": "ww"}
OTHER_CONTENT = meeting_held(id="m", on="2026-05-21")
SENT = [FOUNDING, LATER_FOUNDING, MEETING, EARLY_MEETING, CORRECTION, WITHDRAWAL, MENDED, OTHER_CONTENT]


class NoBells:
    def ring(self, followers: Any) -> None: ...


def recorder(log: Log, database: Engine) -> Recorder:
    tokens, hearing = Tokens(database, lambda: NOW), Hearing(database, lambda: NOW, days=30)
    limits = {"quarantine_cap": 1000, "quarantine_days": 30}
    return Recorder(log, database, tokens, NoBells(), hearing, lambda: NOW, **limits)


def verdicts(turns: list[tuple[int, list[dict[str, Any]]]], registries: int) -> list[str]:
    """The verdicts, if each turn's reports are posted together to one of some registries on the same log."""
    with TemporaryDirectory() as folder:
        database = engine(f"sqlite:///{Path(folder)}/registry.sqlite", durable=False)
        registry_metadata.create_all(database)
        Tokens(database, lambda: NOW).make(OPERATOR)
        log = MemoryLog()
        recorders = [recorder(log, database) for _ in range(registries)]
        found = []
        for number, sent in turns:
            pending = [Pending(Sent(b"{}", report(one)), OPERATOR, NOW) for one in sent]
            found += [outcome.verdict.value for outcome in recorders[number % registries].record(pending)]
            for each in recorders:
                each.let_in_waiting()
        database.dispose()
        return [*found, *(f"{event.identity.id} {event.subject_version}" for event in log.read(0, 1000))]


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.lists(st.sampled_from(SENT), min_size=1, max_size=3)), max_size=12
    )
)
def test_two_registries_in_turn_give_the_verdicts_of_one(turns: list[tuple[int, list[dict[str, Any]]]]):
    assert verdicts(turns, registries=2) == verdicts(turns, registries=1)


def test_what_another_registry_withdrew_is_not_remembered_as_standing():
    before = [(0, [FOUNDING]), (0, [meeting_held()])]

    found = verdicts([*before, (1, [WITHDRAWAL]), (0, [MEETING])], registries=2)

    assert found[:4] == ["accepted", "accepted", "accepted", "held"]
