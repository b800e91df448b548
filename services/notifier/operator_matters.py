"""Mail to whoever runs the system: the disk fills, a backup is missing, a follower is stuck (decision 0032).

Each matter is an alert like any other, but drawn from the machine, not from the log: it fires when it is seen and ends
when it is seen no more, in one transaction with what is to be told of it. So it is mailed once, whatever dies.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, func, select, update

from services.notifier.offices import Office, find_office, put_office
from services.notifier.outbox import Outbox
from services.notifier.tables import alerts
from services.notifier.telling import note, tell_the_end
from shared.clock import Clock, day_in_viet_nam
from shared.database import reads
from shared.doorbell import Doorbell
from shared.log import Log
from shared.matters import (
    MIB,
    Matter,
    Standing,
    free_space,
    of_backup,
    of_disk,
    of_followers,
)
from shared.settings import Notifier

RULE: Final = "needs_operator"
OFFICE: Final = "operator"
_BY: Final = "ISHC_OPERATOR_ADDRESS"


class OperatorMatters:
    """Sees what an operator must look after, and has it told."""

    def __init__(
        self,
        database: Engine,
        log: Log,
        doorbell: Doorbell,
        settings: Notifier,
        clock: Clock,
        outbox: Outbox,
    ) -> None:
        self._database, self._log, self._doorbell = database, log, doorbell
        self._settings, self._clock, self._outbox = settings, clock, outbox
        self._stood: dict[
            str, tuple[int, datetime]
        ] = {}  # Where a follower was, and since when it stands there.

    def introduce(self) -> None:
        """Make the operator's office if a setting names an address; whatever else it chose stays."""
        addresses = self._settings.operator_address.split()
        known = find_office(self._database, OFFICE)
        if not addresses or (known is not None and known["addresses"] == addresses):
            return
        told = {name: value for name, value in (known or {}).items() if name != "id"}
        office = {"name": "Vận hành hệ thống / operator", "kind": "operator"} | told
        languages = {one: lang for one, lang in office.get("languages", {}).items() if one in addresses}
        made = Office.model_validate(office | {"addresses": addresses, "languages": languages})
        put_office(self._database, OFFICE, made, _BY, self._clock())

    def look(self) -> None:
        """Tell of what is new, and of what is over. Raises `LogAway` while the log is."""
        now = self._clock()
        with reads(self._database).connect() as connection:
            open_ = _open(connection)
        found = {matter.key: matter for matter in self._seen(now, open_)}
        if found.keys() == open_.keys():
            return
        with self._database.begin() as transaction:
            settle_matters(transaction, self._outbox, found, now)

    def _seen(self, now: datetime, known: Mapping[str, Any]) -> Sequence[Matter]:
        settings, head = self._settings, self._log.head().position
        folder, limit = settings.data_dir, timedelta(hours=settings.backup_hours)
        first = self._log.read(0, 1)
        return [
            *of_disk(free_space(folder), settings.disk_free_mb * MIB, known),
            *(
                matter
                for matter in of_backup(
                    self._doorbell.last_backup(), first[0].recorded_at if first else None, now, limit
                )
                if matter.wrong
            ),
            *of_followers(self._standings(head, now)),
        ]

    def _standings(self, head: int, now: datetime) -> Iterator[Standing]:
        """A follower waits while it is behind and stands still: one that reads a long log anew is well."""
        said = self._doorbell.states()
        for name, at in self._doorbell.positions().items():
            if at >= head or self._stood.get(name, (None, now))[0] != at:
                self._stood[name] = (at, now)
            yield Standing(name, head - at, now - self._stood[name][1], *said[name])


def settle_matters(
    transaction: Connection, outbox: Outbox, found: Mapping[str, Matter], now: datetime
) -> None:
    """Fire what was not seen before, and end what is seen no more. May be repeated and interrupted."""
    day, open_ = day_in_viet_nam(now), _open(transaction)
    new = [matter for key, matter in found.items() if key not in open_]
    outbox.fire(transaction, [_alert(transaction, matter, now) for matter in new], now, day)
    over = [alert for key, alert in open_.items() if key not in found]
    if over:
        ended = {"state": "resolved", "resolved_at": now}
        keys = [alert["key"] for alert in over]
        transaction.execute(update(alerts).where(alerts.c.key.in_(keys)).values(ended))
        note(transaction, keys, "resolved", now)
        tell_the_end(transaction, [alert | ended for alert in over], now, day)
    outbox.compose(transaction, now)


def _open(connection: Connection) -> dict[str, dict[str, Any]]:
    """What was seen and is not over, by the key of its matter."""
    query = select(alerts).where(alerts.c.rule == RULE, alerts.c.state != "resolved")
    return {row.subject.removeprefix("system:"): row._asdict() for row in connection.execute(query)}


def _alert(transaction: Connection, matter: Matter, now: datetime) -> dict[str, Any]:
    """The same for every worker that sees it: two of them at once write one."""
    subject = f"system:{matter.key}"
    mine = (alerts.c.rule == RULE, alerts.c.subject == subject)
    before = transaction.scalar(select(func.count()).select_from(alerts).where(*mine))
    return {
        "key": f"{RULE}:{matter.key}:{(before or 0) + 1}",
        "rule": RULE,
        "subject": subject,
        "province_now": "",
        "province_63": None,
        "causes": [],
        "facts": {
            "matter": {"code": matter.code, "about": matter.about, "facts": dict(matter.facts)},
            "day": day_in_viet_nam(now).isoformat(),
        },
        "historical": False,
        "condition": True,
        "state": "firing",
        "fired_on": day_in_viet_nam(now).isoformat(),
        "fired_at": now,
        "resolved_at": None,
    }
