"""The reporting service without HTTP: it hears reports and is asked for figures."""

from datetime import date
from typing import Any

from sqlalchemy import Engine

from services.reporting import lists
from services.reporting.asking import Clocks, read_clocks, read_question
from services.reporting.figures import figures
from services.reporting.projections import ReportingFollower
from services.reporting.tables import metadata
from shared.catch_up import catch_up, parked_count
from shared.database import snapshot
from tests.builders import NOW
from tests.given import Given


class Reporter:
    """Follows a log of its own."""

    def __init__(self, database: Engine) -> None:
        metadata.create_all(database)
        self.database = database
        self.given = Given(())
        self.follower = ReportingFollower(database, self.given.log)

    def hears(self, *sent: dict[str, Any]) -> "Reporter":
        """The registry lets the reports in, and reporting catches up after each."""
        for one in sent:
            outcome = self.given.judge_one(one, store=True)
            assert outcome.problem is None, outcome.problem.code()
            catch_up(self.given.log, self.follower)
        assert parked_count(self.follower) == 0
        return self

    def tries(self, *sent: dict[str, Any]) -> "Reporter":
        """Like `hears`, but the registry may refuse some."""
        for one in sent:
            self.given.judge_one(one, store=True)
            catch_up(self.given.log, self.follower)
        assert parked_count(self.follower) == 0
        return self

    def ask(
        self,
        indicator: str,
        by: str = "nation",
        scheme: str = "34",
        scope: str = "nation",
        start: str | None = None,
        end: str | None = None,
        known_at: str | None = None,
        valid_at: str | None = None,
    ) -> list[dict[str, Any]]:
        """The rows of a figure."""
        with snapshot(self.database).connect() as connection:
            clocks = self.clocks(connection, known_at, valid_at)
            question = read_question(indicator, by.split(","), _day(start), _day(end), scope, scheme, clocks)
            rows, total = figures(connection, question)
        if (
            question.step is None or question.indicator.kind == "flow"
        ):  # Else the total is that of the last period.
            assert sum(row.sum.range.value for row in rows) == total.range.value
            assert sum(row.sum.range.low for row in rows) == total.range.low
        return [row.as_json() for row in rows]

    def figure(self, indicator: str, **question: Any) -> tuple[int, int, int | None]:
        """The national figure: value, low, high."""
        [row] = self.ask(indicator, **question)
        return row["value"], row["low"], row["high"]

    def clubs(self, words: str = "", known_at: int | None = None) -> list[dict[str, Any]]:
        with snapshot(self.database).connect() as connection:
            position = known_at or self.clocks(connection).position
            return lists.clubs_like(connection, position, words, None, "", 1000)[0]

    def club(self, id: str) -> dict[str, Any] | None:
        with snapshot(self.database).connect() as connection:
            return lists.club(connection, self.clocks(connection).position, id)

    def trainings(self) -> list[dict[str, Any]]:
        with snapshot(self.database).connect() as connection:
            return lists.trainings_like(connection, self.clocks(connection).position, "", None, 1000, 0)[0]

    def published(self) -> list[dict[str, Any]]:
        with snapshot(self.database).connect() as connection:
            return lists.published_figures(connection, self.clocks(connection).position, None, None, 1000)

    def clocks(self, connection: Any, known_at: str | None = None, valid_at: str | None = None) -> Clocks:
        return read_clocks(connection, self.given.log, known_at, _day(valid_at), NOW)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
