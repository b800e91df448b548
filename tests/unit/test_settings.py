"""Settings come from the environment, from files of secrets, and never tell a secret by themselves."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from redis.connection import SSLConnection

from shared.settings import Local
from shared.valkey_cluster import cluster_pool

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


def test_the_queues_cannot_live_on_a_cluster(monkeypatch: pytest.MonkeyPatch):
    nodes = f"redis+cluster://:{SECRET}@one:7001,two:7001/"
    monkeypatch.setenv("ISHC_LOG_URL", nodes)
    for queues in ("", nodes):
        monkeypatch.setenv("ISHC_JOBS_URL", queues)
        with pytest.raises(ValidationError) as refused:
            Local()
        assert "hãy trỏ đến một Valkey riêng / the RQ queues cannot live on a Valkey Cluster" in str(
            refused.value
        )
        assert SECRET not in str(refused.value)

    monkeypatch.setenv("ISHC_JOBS_URL", "redis://jobs:6379/0")
    assert Local().log == nodes


def test_the_address_of_a_cluster_is_read_as_that_of_one_valkey():
    pool = cluster_pool("rediss+cluster://ishc:p%40ss@one:7001,two,[::1]:7003/?socket_timeout=3")

    options = pool.connection_kwargs
    assert (options["username"], options["password"], options["socket_timeout"]) == ("ishc", "p@ss", 3.0)
    assert issubclass(pool.connection_class, SSLConnection)
    seen = [options["nodes"].next]
    for _ in range(3):
        options["nodes"].is_not_at(seen[-1])
        seen.append(options["nodes"].next)
    assert seen == [("one", 7001), ("two", 6379), ("::1", 7003), ("one", 7001)]


@pytest.mark.parametrize(
    ("setting", "url"),
    [
        ("reporting_database_url", ""),
        ("reporting_database_url", "sqlite:////srv/a folder/reporting.sqlite"),
        ("reporting_database_url", "postgresql://ishc:a%20b@db/reporting"),
        ("reporting_database_url", "postgresql+psycopg:///reporting"),
        ("log_url", "redis://:pw@valkey:6379/0"),
        ("log_url", "rediss://valkey"),
        ("log_url", "unix:///run/valkey.sock?db=1"),
        ("log_url", "rediss+cluster://a:1,b:2/"),
    ],
)
def test_a_store_may_be_named_as_its_client_names_it(monkeypatch: pytest.MonkeyPatch, setting: str, url: str):
    monkeypatch.setenv("ISHC_JOBS_URL", "redis://jobs:6379/0")
    monkeypatch.setenv(f"ISHC_{setting.upper()}", url)

    assert getattr(Local(), setting) == url
