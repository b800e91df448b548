"""An address that wants no more letters leaves its office, and the national office hears of it."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select, update

from services.notifier.addresses import tell_who_left
from services.notifier.outbox import Outbox
from services.notifier.tables import office_history, offices

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
    tell_who_left(transaction, outbox, RULE, row._asdict(), address, len(left), now)
    return True
