"""A command that a store or a setting fails says what to do, in two languages; a fault of ours keeps its traceback."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from services.cli import Commands, main
from tests.servers import PostgreSQL

SECRET = "planted-7c1d"


def test_a_log_that_does_not_answer_is_said(tmp_path: Path):
    failed(
        ishc(["log", "verify"], tmp_path), "Sổ ghi không trả lời", "The log does not answer", "ishc doctor"
    )


def test_a_database_without_tables_asks_to_be_migrated(tmp_path: Path):
    failed(ishc(["token", "list"], tmp_path), "no such table: tokens", "Máy mới: `ishc migrate`")


def test_postgresql_without_tables_asks_to_be_migrated(tmp_path: Path, postgresql: PostgreSQL):
    told = ishc(["token", "list"], tmp_path, ISHC_REGISTRY_DATABASE_URL=postgresql.database())

    failed(told, 'relation "tokens" does not exist', "On a new machine: `ishc migrate`")


def test_postgresql_that_does_not_answer_is_said_without_its_password(tmp_path: Path):
    url = f"postgresql+psycopg://ishc:{SECRET}@127.0.0.1:1/registry"

    failed(ishc(["token", "list"], tmp_path, ISHC_REGISTRY_DATABASE_URL=url), "Cơ sở dữ liệu không dùng được")


def test_databases_that_cannot_be_migrated_are_said(tmp_path: Path):
    url = f"postgresql+psycopg://ishc:{SECRET}@127.0.0.1:1/any"
    databases = {
        f"ISHC_{name}_DATABASE_URL": f"{url}{name}" for name in ("REGISTRY", "REPORTING", "NOTIFIER")
    }

    failed(ishc(["migrate"], tmp_path, **databases), "Cơ sở dữ liệu không dùng được", "ishc doctor")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("ISHC_SMALL_CELLS", SECRET),
        ("ISHC_LOG_URL", f"valkey.example:{SECRET}"),
        ("ISHC_REPORTING_DATABASE_URL", f"mysql://ishc:{SECRET}@db/reporting"),
    ],
)
def test_a_wrong_setting_is_named_and_never_shown(tmp_path: Path, setting: str, value: str):
    failed(ishc(["doctor"], tmp_path, **{setting: value}), f"Cài đặt sai / wrong setting: {setting}.")


def test_settings_that_do_not_fit_together_are_said(tmp_path: Path):
    nodes = f"redis+cluster://:{SECRET}@one:7001/"

    failed(
        ishc(["doctor"], tmp_path, ISHC_LOG_URL=nodes),
        "Error: ISHC_JOBS_URL: hàng đợi",
        "give a Valkey of their own",
    )


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path):
    (tmp_path / "file").touch()

    failed(ishc(["migrate"], tmp_path / "file"), str(tmp_path / "file"), "cannot be used")


def test_a_fault_of_ours_is_not_dressed_up():
    @click.group(cls=Commands)
    def commands() -> None: ...

    @commands.command("broken")
    def broken() -> None:
        raise KeyError("ours")

    assert isinstance(CliRunner().invoke(commands, ["broken"]).exception, KeyError)


def ishc(words: list[str], data: Path, **settings: str) -> Result:
    return CliRunner().invoke(main, words, env={"ISHC_DATA_DIR": str(data)} | settings)


def failed(told: Result, *words: str) -> None:
    assert isinstance(told.exception, SystemExit), told.exception
    assert told.exit_code == 1
    for word in words:
        assert word in told.output
    assert "Traceback" not in told.output
    assert SECRET not in told.output
