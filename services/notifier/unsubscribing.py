"""An address that wants no more letters leaves its office, and the national office hears of it."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select, update

from services.notifier.offices import OLD_MAP
from services.notifier.outbox import Outbox
from services.notifier.rules import Notice
from services.notifier.tables import office_history, offices
from shared.clock import day_in_viet_nam
from shared.places import PROVINCES
from shared.report import sha256

RULE: Final = "unsubscribed"


def unsubscribe(transaction: Connection, outbox: Outbox, office: str, address: str, now: datetime) -> bool:
    """Take the address off the office's mail; False if it was not on it (any more)."""
    row = transaction.execute(select(offices).where(offices.c.id == office).with_for_update()).first()
    if row is None or address not in row.addresses:
        return False
    left = [one for one in row.addresses if one != address]
    without = {
        "addresses": left,
        "languages": {one: lang for one, lang in row.languages.items() if one in left},
    }
    transaction.execute(update(offices).where(offices.c.id == office).values(without))
    became = {name: told for name, told in row._asdict().items() if name not in ("id", "hours")}
    kept = {"office": office, "at": now, "by": f"office:{office}"}
    transaction.execute(insert(office_history).values(**kept, became=became | row.hours | without))
    day = day_in_viet_nam(now).isoformat()
    told = Notice(
        rule=RULE,
        key=f"{RULE}:{office}:{sha256(address.encode())[:12]}:{day}",
        subject=f"office:{office}",
        province_now=next((_now(code) for code in row.provinces), ""),
        province_63=None,
        causes=(),
        facts={"name": row.name, "day": day, "addresses_left": len(left)},
        historical=False,
    )
    outbox.notice(transaction, [told], now)
    return True


def _now(code: str) -> str:
    old = code.removeprefix(OLD_MAP)
    return PROVINCES["pre-2025", old].now if code.startswith(OLD_MAP) else code
