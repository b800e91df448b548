"""The monthly letter: a province's figures and its report as PDF, for offices that chose it.

Both are asked of the reporting service as of one log position and kept, so that a letter tried again carries the same
bytes. While reporting is away the letter waits; after a day it goes without, and says so.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

import httpx2
from sqlalchemy import Connection, Engine, delete, insert, select

from services.notifier.hours import Hours
from services.notifier.inserting import insert_new
from services.notifier.offices import OLD_MAP, hours_of, offices_on
from services.notifier.tables import alerts, entries, marks, reading, reports
from services.notifier.telling import note, tell
from services.notifier.wording import MONTHLY
from shared.clock import VIET_NAM, Clock, day_in_viet_nam
from shared.database import reads
from shared.places import PROVINCES
from shared.receipt import receipt
from shared.settings import Notifier
from shared.texts import LANGUAGES

logger = logging.getLogger(__name__)

INDICATORS: Final = ("clubs", "new_clubs", "members", "meetings", "trainings", "delegates")
_SECONDS: Final = 20  # A report of a large province takes some seconds to typeset.
_LATE_DAYS: Final = (
    7  # Who was switched off at the beginning of the month still hears of it so many days later.
)
_WITHOUT: Final = timedelta(days=1)
_KEPT: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The report of a province about a month, for an office that has none yet."""

    office: str
    province: str
    month: str
    since: datetime

    @property
    def key(self) -> str:
        return f"{MONTHLY}:{self.province}:{self.month}"


class MonthlyReports:
    """Makes the monthly reports that are due, once each."""

    def __init__(self, database: Engine, settings: Notifier, clock: Clock) -> None:
        self._database, self._settings, self._clock = database, settings, clock

    def make(self) -> None:
        """Fetch what is wanted and tell the offices; what cannot be fetched waits for the next time."""
        now = self._clock()
        today = day_in_viet_nam(now)
        with reads(self._database).connect() as connection:
            wanted = list(_wanted(connection, today))
            here = select(reading.checkpoint.c.position, reading.checkpoint.c.hash)
            head = connection.execute(here.where(reading.checkpoint.c.follower == "notifier")).first()
            mark = connection.scalar(select(marks.c.position)) or 0
        if not wanted or head is None or head.position < mark:
            return
        for one in wanted:
            with reads(self._database).connect() as connection:
                known = connection.scalar(select(alerts.c.key).where(alerts.c.key == one.key))
            fetched = None if known else self._fetched(one, head.position)
            if known or fetched or now - one.since > _WITHOUT:
                with self._database.begin() as transaction:
                    _write(transaction, one, fetched, Proof(*head), now, today)

    def _fetched(self, one: Wanted, position: int) -> "Fetched | None":
        """Figures and PDFs as of a position; None if reporting is away or not there yet."""
        token = self._settings.reporting_token.get_secret_value()
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        first = date.fromisoformat(f"{one.month}-01")
        last = _next_month(first) - timedelta(days=1)
        asked = {"scope": f"province:{one.province}", "from": str(first), "to": str(last)}
        frozen = {"known_at": str(position), "valid_at": str(last)}
        try:
            with httpx2.Client(
                base_url=self._settings.reporting, headers=bearer, timeout=_SECONDS
            ) as reporting:

                def figure(indicator: str) -> list[int | None]:
                    answer = reporting.get("/v1/figures", params={"indicator": indicator} | asked | frozen)
                    total = answer.raise_for_status().json()["total"]
                    return [total["value"], total["low"], total["high"]]

                def pdf(language: str) -> bytes:
                    address = f"/reports/provinces/{one.province}.pdf"
                    query = {"period": one.month, "lang": language} | frozen
                    return reporting.get(address, params=query).raise_for_status().content

                figures = {indicator: figure(indicator) for indicator in INDICATORS}
                return Fetched(figures, {language: pdf(language) for language in LANGUAGES})
        except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
            logger.warning("monthly report of %s waits: %s", one.province, type(error).__name__)
            return None


@dataclass(frozen=True, slots=True)
class Fetched:
    """What reporting answered: figures as value, low and high; the PDF in each language."""

    figures: dict[str, list[int | None]]
    pdfs: dict[str, bytes]


class Proof(NamedTuple):
    """How far the log went that the letter speaks of, and its hash there."""

    position: int
    hash: str


def attachments(database: Engine, letter: Mapping[str, Any], language: str) -> list[tuple[str, bytes]]:
    """The names and bytes of the PDFs that go with a letter."""
    keys = [item["alert_key"] for item in letter["facts"]["items"] if item["rule"] == MONTHLY]
    if not keys:
        return []
    mine = (reports.c.alert_key.in_(keys), reports.c.language == language)
    with reads(database).connect() as connection:
        rows = connection.execute(select(reports).where(*mine).order_by(reports.c.alert_key))
        return [(row.name, row.content) for row in rows]


def wants_report(hours: Hours) -> bool:
    """Whether an office chose the monthly report: by a monthly digest, or by the urgency of its rule."""
    chosen = hours.urgency.get(MONTHLY, "monthly" if hours.digest == "monthly" else "never")
    return chosen != "never"


def _wanted(connection: Connection, today: date) -> Iterator[Wanted]:
    for office in offices_on(connection, today):
        hours = hours_of(office)
        day = hours.report_day(today)
        if not wants_report(hours) or not 0 <= (today - day).days < _LATE_DAYS:
            continue
        month = (day.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
        for province in sorted({_now(code) for code in office["provinces"]}):
            one = Wanted(office["id"], province, month, datetime.combine(day, time(), VIET_NAM))
            told = (entries.c.alert_key == one.key, entries.c.office == one.office)
            if connection.scalar(select(entries.c.id).where(*told).limit(1)) is None:
                yield one


def _write(
    transaction: Connection, one: Wanted, fetched: Fetched | None, proof: Proof, now: datetime, today: date
) -> None:
    facts = {
        "province": one.province,
        "month": one.month,
        "position": proof.position,
        "receipt": receipt(*proof),
        "figures": fetched.figures if fetched else {},
        "attached": fetched is not None,
    }
    alert: dict[str, Any] = {
        "key": one.key,
        "rule": MONTHLY,
        "subject": f"province:2025-07:{one.province}",
        "province_now": one.province,
        "province_63": None,
        "state": "resolved",
        "condition": False,
        "causes": [],
        "facts": facts,
        "historical": False,
        "fired_on": today.isoformat(),
        "fired_at": now,
        "resolved_at": now,
    }
    if transaction.scalar(select(alerts.c.key).where(alerts.c.key == one.key)) is None:
        insert_new(transaction, alerts, [alert])
        note(transaction, [one.key], "fired", now)
        _keep(transaction, one, fetched, now)
    tell(transaction, [alert], "fired", now, today, {one.key: {one.office}}, since=one.since)


def _keep(transaction: Connection, one: Wanted, fetched: Fetched | None, now: datetime) -> None:
    transaction.execute(delete(reports).where(reports.c.fetched_at < now - _KEPT))
    for language, pdf in (fetched.pdfs if fetched else {}).items():
        name = f"{one.province}-{one.month}.pdf"
        row = {"alert_key": one.key, "language": language, "name": name, "content": pdf, "fetched_at": now}
        transaction.execute(insert(reports).values(row))


def _now(code: str) -> str:
    return PROVINCES["pre-2025", code.removeprefix(OLD_MAP)].now if code.startswith(OLD_MAP) else code


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
