"""Addresses that mail comes back from: after three refusals for good one gets no more, and the national office hears.

Who writes the address down anew, or allows it, lets letters go there again.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select, update

from services.notifier.conditions import to_settle
from services.notifier.offices import OLD_MAP, offices_on
from services.notifier.outbox import Outbox
from services.notifier.rules import Notice
from services.notifier.tables import addresses, letters, offices
from shared.clock import as_utc_text, day_in_viet_nam
from shared.places import PROVINCES
from shared.report import sha256

REFUSALS: Final = 3
STOPPED: Final = "address_stopped"


def refused_for_good(
    transaction: Connection, outbox: Outbox, address: str, status: str, now: datetime
) -> None:
    """One more letter can never reach the address; the third one stops it."""
    mine = addresses.c.address == address
    known = transaction.execute(select(addresses).where(mine).with_for_update()).first()
    told = {"last_bounce_at": now, "last_answer": status}
    if known is None:
        transaction.execute(insert(addresses).values(address=address, hard_bounces=1, **told))
        return
    count = known.hard_bounces + 1
    transaction.execute(update(addresses).where(mine).values(hard_bounces=count, **told))
    if count >= REFUSALS and known.stopped_at is None:
        transaction.execute(update(addresses).where(mine).values(stopped_at=now))
        _stop(transaction, outbox, address, now)


def allow(transaction: Connection, address: str) -> bool:
    """Letters go there again; False if none came back from it."""
    if not transaction.execute(delete(addresses).where(addresses.c.address == address)).rowcount:
        return False
    of_it = [row.id for row in transaction.execute(select(offices)) if address in row.addresses]
    to_settle(transaction, [f"office:{id}" for id in of_it])
    return True


def returned_addresses(transaction: Connection) -> list[dict[str, Any]]:
    """Every address that mail came back from, with the offices it belongs to; stopped ones first."""
    of_offices = transaction.execute(select(offices.c.id, offices.c.addresses).order_by(offices.c.id)).all()
    query = select(addresses).order_by(addresses.c.stopped_at.is_(None), addresses.c.address)
    return [
        row._asdict()
        | {
            "last_bounce_at": as_utc_text(row.last_bounce_at),
            "stopped_at": as_utc_text(row.stopped_at) if row.stopped_at else None,
            "offices": [office.id for office in of_offices if row.address in office.addresses],
        }
        for row in transaction.execute(query)
    ]


def tell_who_left(
    transaction: Connection,
    outbox: Outbox,
    rule: str,
    office: Mapping[str, Any],
    address: str,
    left: int,
    now: datetime,
) -> None:
    """The national office hears that an office lost a reader, and how many are left; once a day."""
    day = day_in_viet_nam(now).isoformat()
    told = Notice(
        rule=rule,
        key=f"{rule}:{office['id']}:{sha256(address.encode())[:12]}:{day}",
        subject=f"office:{office['id']}",
        province_now=next((_now(code) for code in office["provinces"]), ""),
        province_63=None,
        causes=(),
        facts={"name": office["name"], "day": day, "addresses_left": left},
        historical=False,
    )
    outbox.notice(transaction, [told], now)


def _stop(transaction: Connection, outbox: Outbox, address: str, now: datetime) -> None:
    waiting = update(letters).where(letters.c.address == address, letters.c.state == "due")
    transaction.execute(waiting.values(state="set_aside", reason="address-stopped"))
    stopped = set(transaction.scalars(select(addresses.c.address).where(addresses.c.stopped_at.is_not(None))))
    for office in offices_on(transaction, day_in_viet_nam(now)):
        if address in office["addresses"]:
            left = len(set(office["addresses"]) - stopped)
            tell_who_left(transaction, outbox, STOPPED, office, address, left, now)


def _now(code: str) -> str:
    old = code.removeprefix(OLD_MAP)
    return PROVINCES["pre-2025", old].now if code.startswith(OLD_MAP) else code
