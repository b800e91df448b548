"""What waits in the registry now, beside the figures of a page: held, in quarantine, and devices that are silent.

Asked live with the reader's own token. It is no figure: nothing of it can be asked for again later.
"""

from datetime import datetime
from typing import Any, NamedTuple

from services.reporting.dashboard.view import View
from services.reporting.how_complete import last_month
from services.reporting.intake import waiting
from shared.access import Role, Token
from shared.clock import day_in_viet_nam


class Reader(NamedTuple):
    """Who looks at a page: a stranger, or the holder of a token. `clubs`: may see any club."""

    token: Token | None
    bare: str | None
    clubs: bool


def waiting_facts(
    registry: str, reader: Reader, view: View, province: str | None, now: datetime
) -> dict[str, Any]:
    """What waits about a province of today's map, or about all. Only offices are told, only about their own, and only
    where both clocks stand at now."""
    if not _may_be_told(reader.token, province) or not view.of_today:
        return {"waits": None}
    since, _ = last_month(day_in_viet_nam(now))
    return {"waits": {"since": since, "told": waiting(registry, f"Bearer {reader.bare}", province, since)}}


def _may_be_told(token: Token | None, province: str | None) -> bool:
    if token is None or not token.reads_every_club:
        return False
    return token.role is not Role.PROVINCE or province in token.provinces
