"""Targets and printed figures beside what is counted, from the read models at a position."""

from collections.abc import Collection
from functools import partial
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field
from sqlalchemy import Connection

from services.reporting import beside, lists
from services.reporting.asking import Clocks, OfProvince, ValidAt
from services.reporting.reconciling import Reconciled, reconcile
from services.reporting.targets import as_set, progress, shipped
from shared.norms import TARGETS

MOST_TOLD: Final = 5000  # Of one question: more figures than any province ever printed.


class Paged(BaseModel):
    """Which part of a list is answered."""

    skip: Annotated[int, Field(ge=0, le=MOST_TOLD)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 100

    @property
    def part(self) -> slice:
        return slice(self.skip, self.skip + self.limit)


class ToldAsked(OfProvince):
    """The parameters of a list of what was said, but for its pages."""


class SaidAsked(ToldAsked):
    """The parameters of a list of what was said of a day: sign-offs are of their own period."""

    valid_at: ValidAt = None


class TargetsAsked(SaidAsked):
    """The parameters of `GET /v1/targets`."""

    scheme: str | None = None


class PrintedAsked(SaidAsked):
    """The parameters of `GET /v1/reconciliation`."""

    indicator: str | None = None
    subject: Annotated[str | None, Field(description="programme, or province:2025-07:08.")] = None


def targets_beside_ours(
    connection: Connection, clocks: Clocks, asked: TargetsAsked, part: slice = slice(None)
) -> list[dict[str, Any]]:
    """The targets of decisions and provinces with what is counted towards each, the earliest due day first."""
    rows = lists.said(connection, clocks.position, ["target.set"], asked.province, MOST_TOLD, 0)
    aims = [shipped(target) for target in TARGETS if asked.province is None] + [
        as_set({**row["data"], "subject": row["subject"], "position": row["position"]}) for row in rows
    ]
    count = partial(beside.towards, connection, clocks)
    return progress(aims, count, asked.scheme)[part]


def printed_beside_ours(
    connection: Connection, clocks: Clocks, asked: PrintedAsked, part: slice = slice(None)
) -> tuple[list[Reconciled], int]:
    """Printed figures beside what we count, the newest report first, and how many there are in all."""
    rows = lists.published_figures(
        connection, clocks.position, None, asked.subject, MOST_TOLD, asked.province, clocks.valid_at
    )
    wanted = [row for row in rows if asked.indicator in (None, row["indicator"])]
    page: Collection[int] = {row["position"] for row in wanted[part]}
    counted = {
        row["position"]: count
        for row in rows
        if row["position"] in page and (count := beside.printed(connection, clocks, row)) is not None
    }
    # Defects show between figures, so all are held against each other, also those that are not on the page.
    return [one for one in reconcile(rows, counted) if one.row["position"] in page], len(wanted)
