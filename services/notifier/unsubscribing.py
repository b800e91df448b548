"""An address that wants no more letters leaves its office, and the national office hears of it."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from services.notifier.outbox import Outbox
from services.notifier.rules import Notice
from services.notifier.tables import offices
from shared.clock import day_in_viet_nam
from shared.report import sha256

RULE = "unsubscribed"


def unsubscribe(transaction: Connection, outbox: Outbox, office: str, address: str, now: datetime) -> bool:
    """Take the address off the office's mail; False if it was not on it (any more)."""
    query = select(offices).where(offices.c.id == office).with_for_update()
    row = transaction.execute(query).first()
    if row is None or address not in row.addresses:
        return False
    left = [one for one in row.addresses if one != address]
    transaction.execute(update(offices).where(offices.c.id == office).values(addresses=left))
    day = day_in_viet_nam(now).isoformat()
    told = Notice(
        rule=RULE,
        key=f"{RULE}:{office}:{sha256(address.encode())[:12]}:{day}",
        subject=f"office:{office}",
        province_now=next((code for code in row.provinces if len(code) == 2), ""),
        province_63=None,
        causes=(),
        facts={"name": row.name, "day": day, "addresses_left": len(left)},
        historical=False,
    )
    outbox.notice(transaction, [told], now)
    return True
