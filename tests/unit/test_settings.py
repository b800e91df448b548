"""Settings come from the environment, from files of secrets, and never tell a secret by themselves."""

from pathlib import Path

import pytest

from shared.settings import Local

SECRET = "planted-9f3b"


def test_a_secret_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    kept = tmp_path / "key"
    kept.write_text(f"{SECRET}\n")
    monkeypatch.setenv("ISHC_LINK_KEY_FILE", str(kept))

    assert Local().link_key.get_secret_value() == SECRET


def test_what_the_environment_says_itself_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    kept = tmp_path / "key"
    kept.write_text("of the file")
    monkeypatch.setenv("ISHC_LINK_KEY_FILE", str(kept))
    monkeypatch.setenv("ISHC_LINK_KEY", SECRET)

    assert Local().link_key.get_secret_value() == SECRET


def test_a_file_that_is_missing_is_no_empty_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ISHC_LINK_KEY_FILE", str(tmp_path / "nowhere"))

    with pytest.raises(FileNotFoundError):
        Local()


def test_settings_in_a_message_tell_no_secret(monkeypatch: pytest.MonkeyPatch):
    for name in ("LINK_KEY", "SMTP_PASSWORD", "REPORTING_TOKEN"):
        monkeypatch.setenv(f"ISHC_{name}", SECRET)
    monkeypatch.setenv("ISHC_LOG_URL", f"redis://:{SECRET}@valkey:6379/0")
    monkeypatch.setenv("ISHC_REGISTRY_DATABASE_URL", f"postgresql+psycopg://ishc:{SECRET}@postgres/registry")

    assert SECRET not in repr(Local()) + str(Local())
