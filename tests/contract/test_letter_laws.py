"""Laws of letters, whatever happens in whatever order: nothing lost, nothing twice, nothing in the quiet."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, select, update

from services.notifier.composing import Letterhead
from services.notifier.conditions import write_conditions
from services.notifier.hours import Hours
from services.notifier.life import acknowledge, settle
from services.notifier.outbox import Outbox
from services.notifier.rules import Condition, Notice
from services.notifier.tables import alerts, entries, letters, metadata, offices, reading, silences
from shared.clock import day_in_viet_nam
from shared.database import engine

BEGIN = datetime(2026, 12, 20, 1, 30, tzinfo=UTC)  # The weeks before Tết 2027.
CLUBS = ("club-a", "club-b", "club-c")
HOURS = (
    Hours(),
    Hours(digest_hour=14, quiet_from=21, quiet_until=6, quiet_days=["tet"]),
    Hours(digest="weekly", quiet_days=["weekend", "holidays"], urgency={"no_meeting": "urgent"}),
    Hours(digest="monthly", urgency={"club_founded": "never"}),
)


class Notifier:
    """The notifier without log and mail server; its clock goes as it is told."""

    def __init__(self, database: Engine) -> None:
        metadata.create_all(database)
        self.database, self.now, self.noticed = database, BEGIN, 0
        self.outbox = Outbox(Letterhead("ishc.test", timedelta(minutes=15)))
        self.hours: dict[str, Hours] = {}
        with database.begin() as transaction:
            row = {"follower": "notifier", "epoch": 1, "position": 1, "hash": ""}
            transaction.execute(insert(reading.checkpoint).values(row))
        self.chooses("tinh", HOURS[0])
        self.chooses("trung-uong", HOURS[0])

    def chooses(self, id: str, hours: Hours) -> None:
        office = {
            "id": id,
            "name": id,
            "kind": "national_office" if id == "trung-uong" else "provincial_association",
            "provinces": [] if id == "trung-uong" else ["08"],
            "addresses": [f"{id}@ishc.test"],
            "language": "vi",
            "languages": {},
            "hours": hours.model_dump(mode="json"),
        }
        self.hours[id] = hours
        self.now += timedelta(minutes=1)
        with self.database.begin() as transaction:
            transaction.execute(delete(offices).where(offices.c.id == id))
            transaction.execute(insert(offices).values(office))

    def founds(self, club: str) -> None:
        self.noticed += 1
        notice = Notice("club_founded", f"club_founded:{self.noticed}", club, "08", "08", (1,), {}, False)
        with self.database.begin() as transaction:
            self.outbox.notice(transaction, [notice], self.now)

    def falls_silent(self, club: str) -> None:
        day = day_in_viet_nam(self.now)
        silent = Condition("no_meeting", f"no_meeting:{club}", club, "08", "08", (1,), {}, False, day)
        with self.database.begin() as transaction:
            write_conditions(transaction, {club: [silent]})

    def meets(self, club: str) -> None:
        with self.database.begin() as transaction:
            write_conditions(transaction, {club: []})
            settle(transaction, self.outbox, self.now)

    def is_acknowledged(self, club: str) -> None:
        with self.database.begin() as transaction:
            acknowledge(transaction, [f"no_meeting:{club}"], "board", None, self.now)

    def is_silenced(self, club: str) -> None:
        row = {
            "club": club,
            "author": "board",
            "reason": "mưa lũ",
            "starts_at": self.now,
            "ends_at": self.now + timedelta(days=20),
        }
        with self.database.begin() as transaction:
            transaction.execute(insert(silences).values(row))

    def is_heard_again(self, club: str) -> None:
        with self.database.begin() as transaction:
            transaction.execute(update(silences).where(silences.c.club == club).values(lifted_at=self.now))

    def hours_pass(self, hours: int) -> None:
        step = 1 if hours < 24 else 7 if hours <= 240 else 23  # Hours; so that every hour of the day is met.
        for _ in range(hours // step):
            self.now += timedelta(hours=step)
            with self.database.begin() as transaction:
                settle(transaction, self.outbox, self.now)
            self.check_quiet()

    def check_quiet(self) -> None:
        for letter in self.rows(letters, letters.c.made_at == self.now):
            assert not self.hours[letter.office].is_quiet(letter.made_at)

    def rows(self, table: Any, *where: Any) -> list[Any]:
        with self.database.connect() as connection:
            return list(connection.execute(select(table).where(*where).order_by(table.c.id)))


clubs = st.sampled_from(CLUBS)
steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["founds", "falls_silent", "meets", "is_acknowledged", "is_silenced", "is_heard_again"]
        ),
        clubs,
    )
    | st.tuples(st.just("hours_pass"), st.sampled_from([1, 9, 24, 48, 200]))
    | st.tuples(st.just("chooses"), st.sampled_from(HOURS)),
    min_size=3,
    max_size=20,
)


@settings(max_examples=25)
@given(steps)
def test_what_is_to_be_told_is_told_once_in_its_time_or_says_why_not(happens: list[tuple[str, Any]]):
    notifier = Notifier(engine("sqlite://"))
    for what, about in happens:
        if what == "chooses":
            notifier.chooses("tinh", about)
        else:
            getattr(notifier, what)(about)
        notifier.check_quiet()
    for club in CLUBS:
        notifier.is_heard_again(club)
    notifier.hours_pass(24 * 45)

    check_each_entry_has_its_letter_or_a_reason(notifier)
    check_at_most_one_digest_a_day(notifier)
    check_each_office_hears_a_story_that_makes_sense(notifier)
    notifier.database.dispose()


def check_each_entry_has_its_letter_or_a_reason(notifier: Notifier) -> None:
    told = Counter(
        (letter.told, item["alert_key"], item["occasion"])
        for letter in notifier.rows(letters)
        for item in letter.facts["items"]
    )
    recent = {
        alert.key: notifier.now - alert.fired_at < timedelta(days=40) for alert in notifier.rows(alerts)
    }
    for entry in notifier.rows(entries):
        assert (entry.letter is None) or (entry.held is None)
        if entry.letter is None and entry.held is None:
            waits = notifier.now - entry.made_at < timedelta(days=40) or recent[entry.alert_key]
            assert waits, "an entry that waits for ever"
        if entry.letter is not None:
            told[entry.letter, entry.alert_key, entry.occasion] -= 1
    assert set(told.values()) <= {0}


def check_at_most_one_digest_a_day(notifier: Notifier) -> None:
    digests = Counter[tuple[str, date]](
        (letter.office, day_in_viet_nam(letter.made_at))
        for letter in notifier.rows(letters)
        if letter.kind != "urgent"
    )
    assert set(digests.values()) <= {1}


def check_each_office_hears_a_story_that_makes_sense(notifier: Notifier) -> None:
    """Nothing begins twice without an end between, and nothing ends that was not told of."""
    stories: dict[tuple[str, str], list[str]] = {}
    for letter in notifier.rows(letters):
        for item in letter.facts["items"]:
            stories.setdefault((letter.office, item["alert_key"]), []).append(item["occasion"])
    for story in stories.values():
        for before, after in zip(["resolved", *story], story, strict=False):
            assert (after == "fired") == (before == "resolved") or after in ("reminded", "escalated"), story


def test_the_same_story_is_told_on_both_databases(database: Engine):
    notifier = Notifier(database)
    notifier.founds("club-a")
    notifier.founds("club-b")
    notifier.falls_silent("club-a")
    notifier.is_silenced("club-b")
    notifier.falls_silent("club-b")
    notifier.hours_pass(24 * 25)
    notifier.is_acknowledged("club-a")
    notifier.meets("club-b")
    notifier.hours_pass(48)

    told = [
        (letter.kind, letter.office, [(item["rule"], item["occasion"]) for item in letter.facts["items"]])
        for letter in notifier.rows(letters)
    ]
    assert told == [
        (
            "urgent",
            "tinh",
            [("club_founded", "fired")],
        ),  # The second one was silenced within its quarter of an hour.
        ("digest", "tinh", [("no_meeting", "fired")]),
        ("digest", "tinh", [("no_meeting", "fired")]),
        ("digest", "tinh", [("no_meeting", "resolved")]),
    ]
