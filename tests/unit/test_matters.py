"""What an operator must look after, judged from what was read."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from services.doctor.guarding import secret_files
from services.doctor.kept import of_rewriting, of_tokens
from services.doctor.stores import of_clocks, of_settings, of_version
from shared.access import Role, Token
from shared.matters import (
    MIB,
    PATIENCE,
    Backup,
    Matter,
    Standing,
    of_backup,
    of_disk,
    of_followers,
)
from shared.texts import LANGUAGES, catalogue

NOW = datetime(2026, 6, 30, 3, tzinfo=UTC)
A_DAY = timedelta(days=1)
SOURCES = [Path("shared/matters.py"), *Path("services/doctor").glob("*.py")]


def codes(matters) -> list[str]:
    return [matter.code for matter in matters]


def test_a_disk_with_room_is_no_matter_and_one_that_wavers_is_one():
    floor = 1000 * MIB

    [low] = of_disk(999 * MIB, floor)

    assert low == Matter("disk-low", facts={"free": 999, "floor": 1000})
    assert codes(of_disk(1001 * MIB, floor)) == []
    assert codes(of_disk(1001 * MIB, floor, known={low.key})) == ["disk-low"]
    assert codes(of_disk(1300 * MIB, floor, known={low.key})) == []


def test_a_follower_may_be_behind_for_a_while():
    late, minute = PATIENCE + timedelta(minutes=1), timedelta(minutes=1)

    assert codes(of_followers([Standing("reporting", 5, minute)])) == []
    assert list(of_followers([Standing("reporting", 5, late)])) == [
        Matter("follower-behind", "reporting", {"n": 5, "minutes": 16})
    ]
    assert codes(of_followers([Standing("archive", 5, late, stopped="halted")])) == ["follower-halted"]
    assert codes(of_followers([Standing("notifier", 0, minute, parked=2)])) == ["follower-parked"]


@pytest.mark.parametrize(
    ("backup", "first", "found"),
    [
        (None, None, []),
        (None, NOW - timedelta(hours=1), [("backup-never", False)]),
        (None, NOW - 2 * A_DAY, [("backup-never", True)]),
        (Backup(NOW - timedelta(hours=3)), NOW - 9 * A_DAY, []),
        (Backup(NOW - 2 * A_DAY), NOW - 9 * A_DAY, [("backup-old", True)]),
        (Backup(NOW - timedelta(hours=3), NOW), NOW - 9 * A_DAY, [("backup-failed", True)]),
    ],
)
def test_there_is_a_good_backup_of_today(backup: Backup | None, first: datetime | None, found: list):
    matters = of_backup(backup, first, NOW, A_DAY)

    assert [(matter.code, matter.wrong) for matter in matters] == found


def test_a_token_that_ends_soon_is_worth_a_look():
    def ends(day: date | None) -> list[str]:
        return codes(of_tokens([Token("phone", Role.DEVICE, "/", ("08",), expires_on=day)], NOW.date()))

    assert ends(None) == ends(NOW.date() - A_DAY) == ends(NOW.date() + 15 * A_DAY) == []
    assert ends(NOW.date()) == ends(NOW.date() + 14 * A_DAY) == ["token-ends"]


def test_valkey_must_keep_what_it_takes():
    good = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}

    assert codes(of_settings(good)) == []
    assert [matter.about for matter in of_settings(good | {"appendfsync": "everysec"})] == ["appendfsync"]
    assert codes(of_settings(None)) == ["valkey-settings-hidden"]
    assert codes(of_version("6.2.1")) == ["valkey-old"]
    assert codes(of_version("7.2.4")) == codes(of_version("10.0.0")) == []


def test_clocks_and_room_are_compared():
    assert codes(of_clocks(1000.0, 1001.5)) == []
    assert list(of_clocks(1000.0, 1060.4)) == [Matter("clock-skew", facts={"seconds": 60})]
    assert codes(of_rewriting(free=5 * MIB, needed=6 * MIB)) == ["disk-aof"]
    assert codes(of_rewriting(free=6 * MIB, needed=6 * MIB)) == []


def test_files_with_secrets_are_known(tmp_path: Path):
    key, env = tmp_path / "key", tmp_path / ".env"
    key.write_text("x")

    env.write_text("ISHC_HOST=0.0.0.0\n#ISHC_LINK_KEY=abc\nISHC_LOG_URL=redis://valkey:6379\n")
    assert secret_files({"ISHC_LINK_KEY_FILE": str(key)}, env) == [key]

    env.write_text("ISHC_LOG_URL=redis://:secret@valkey:6379\n")
    assert secret_files({}, env) == [env]


def test_every_matter_has_words():
    """In both languages: what is the matter, and what to do about it."""
    text = "\n".join(source.read_text(encoding="utf-8") for source in SOURCES)
    told = set(re.findall(r'Matter\(\s*"([a-z-]+)"', text))
    told |= {"follower-forked", "follower-halted", "letters-unknown", "letters-set-aside", "letters-held"}

    for code in told:
        for language in LANGUAGES:
            assert catalogue(language)[f"matter.{code}"]
            assert catalogue(language)[f"matter.{code}.do"]
