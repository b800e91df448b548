"""The registry without HTTP: the real recorder, at whose door lines of reports arrive."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from services.registry.hearing import Hearing
from services.registry.recording import Recorder
from services.registry.verdicts import Pending, Sent
from shared.access import Tokens
from shared.database import engine, registry_metadata
from shared.intake import read_structured
from shared.log import Log
from tests.builders import NOW
from tests.given import OPERATOR

AT_ONCE = 200


class NoBells:
    def ring(self, followers: Iterable[str]) -> None: ...


class Door:
    """Records what an operator sends into a log, `now` by the test's clock."""

    def __init__(self, log: Log, folder: Path) -> None:
        self.log, self.now, self.verdicts = log, NOW, Counter[str]()
        self._database = engine(f"sqlite:///{folder}/door.sqlite", durable=False)
        registry_metadata.create_all(self._database)
        tokens, hearing = Tokens(self._database, self._clock), Hearing(self._database, self._clock, days=400)
        tokens.make(OPERATOR)
        self._recorder = Recorder(
            log,
            self._database,
            tokens,
            NoBells(),
            hearing,
            self._clock,
            quarantine_cap=1000,
            quarantine_days=30,
        )

    def record(self, lines: Iterable[bytes]) -> None:
        """Judge and record the lines in order."""
        waiting = iter(lines)
        while batch := list(islice(waiting, AT_ONCE)):
            pending = [Pending(Sent(raw, read_structured(raw)), OPERATOR, self.now) for raw in batch]
            self.verdicts.update(outcome.verdict.value for outcome in self._recorder.record(pending))

    def close(self) -> None:
        """Nothing may wait for ever, and nothing was refused."""
        left = self._recorder.tally()
        self._database.dispose()
        assert (left.held, left.quarantined) == (0, 0)

    def _clock(self) -> datetime:
        return self.now.astimezone(UTC)
