"""The page of a sheet: what a province vouches for when it signs a month or a quarter off."""

import json
from typing import Any

from sqlalchemy import Connection

from services.reporting.asking import Clocks
from services.reporting.dashboard.province import province_of
from services.reporting.dashboard.view import View
from services.reporting.sign_off_sheet import sheet, to_sign
from shared.periods import period
from shared.problems import NotFound
from shared.texts import when


def sheet_facts(connection: Connection, clocks: Clocks, view: View, code: str, of: str) -> dict[str, Any]:
    """Everything the page shows. Raises `NotFound` for a province or a period that there is none of."""
    province = province_of(view, code)
    try:
        asked = period(of)
    except ValueError:
        raise NotFound from None
    seen = sheet(connection, clocks.position, f"province:{province.list}:{code}", asked)
    return {
        "province": province,
        "period": when(view.lang, asked.when),
        "ended": asked.last < clocks.valid_at,
        "lines": seen.figures,
        "sha256": seen.sha256,
        "to_sign": json.dumps(to_sign(seen), indent=2, ensure_ascii=False),
    }
