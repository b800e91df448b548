"""Compose, settings and the local process list tell the same story."""

import re
import tomllib
from configparser import RawConfigParser
from pathlib import Path

import pytest
import yaml

from services.env_example import env_example
from services.local import PROCESSES, ports, supervisor_configuration, valkey_command
from shared.settings import Local, Notifier, Registry, Reporting
from tests.servers import cluster_options

COMPOSE = Path("docker-compose.yml").read_text(encoding="utf-8")
SERVICES = yaml.safe_load(COMPOSE)["services"]
SETTINGS = {f"ISHC_{name.upper()}" for name in Local.model_fields}
PASSWORDS = {
    f"ISHC_{user}_PASSWORD" for user in ("POSTGRES", "WRITER", "READER", "NOTIFIER", "OPERATOR", "JOBS")
}
COMPOSE_ONLY = PASSWORDS | {"ISHC_PUBLISH"}
# Of one machine only, or the path of a file that has to be mounted: whoever needs one adds both.
NOT_IN_COMPOSE = {f"ISHC_{name}_PORT" for name in ("REGISTRY", "REPORTING", "NOTIFIER", "MAILBOX_IMAP")} | {
    f"ISHC_{name}" for name in ("CODES", "RULES", "TERRAIN", "DKIM_KEY_FILE", "DKIM_SELECTOR", "DKIM_DOMAIN")
}


def test_env_example_is_what_the_settings_say():
    assert Path(".env.example").read_text(encoding="utf-8") == env_example(), (
        "run: ishc env-example > .env.example"
    )


@pytest.mark.parametrize("process", PROCESSES)
def test_every_local_process_runs_in_compose_with_the_same_words(process: str):
    assert SERVICES[process]["command"] == list(PROCESSES[process])


def test_compose_runs_nothing_else_of_ours():
    ours = {name for name, service in SERVICES.items() if service.get("image", "").startswith("ishc-records")}

    assert ours == {*PROCESSES, "migrate", "mailbox"}
    assert SERVICES["mailbox"]["profiles"] == ["dev"]


def test_every_variable_in_compose_is_a_setting():
    assert set(re.findall(r"ISHC_[A-Z_]+", COMPOSE)) <= SETTINGS | COMPOSE_ONLY


def test_every_setting_reaches_a_container():
    assert set(re.findall(r"ISHC_[A-Z_]+", COMPOSE)) >= SETTINGS - NOT_IN_COMPOSE


@pytest.mark.parametrize("process", PROCESSES)
def test_each_container_knows_its_own_settings_only(process: str):
    kinds = {"archive-worker": Registry, "tick": Reporting}
    service = process.removesuffix("-worker").replace("exports", "reporting").replace("letters", "notifier")
    own = kinds.get(process) or {"registry": Registry, "reporting": Reporting, "notifier": Notifier}[service]

    assert set(SERVICES[process]["environment"]) <= {f"ISHC_{name.upper()}" for name in own.model_fields}


def test_who_writes_to_the_log_is_the_registry():
    writers = {
        name for name, service in SERVICES.items() if "redis://writer:" in str(service.get("environment"))
    }

    assert writers == {"registry", "archive-worker"}


def test_no_password_has_a_default():
    for variable in re.findall(r"\$\{(ISHC_\w*PASSWORD[^}]*)\}", COMPOSE):
        assert ":?" in variable or variable == "ISHC_SMTP_PASSWORD:-"
    assert SERVICES["registry"]["environment"]["ISHC_PUBLIC_READ"] == "${ISHC_PUBLIC_READ:-none}"


def test_published_ports_are_those_of_the_settings():
    for service in ("registry", "reporting", "notifier"):
        port = str(Local.model_fields[f"{service}_port"].default)
        assert SERVICES[service]["ports"] == [f"${{ISHC_PUBLISH:-127.0.0.1}}:{port}:{port}"]


def test_each_service_sees_its_own_settings_only():
    assert "smtp_host" in Notifier.model_fields
    assert "smtp_host" not in Registry.model_fields | Reporting.model_fields
    assert set(ports(Local())) <= SETTINGS


def test_every_process_runs_alone_or_in_the_family(tmp_path: Path):
    config = RawConfigParser()
    config.read(supervisor_configuration(Local(data_dir=tmp_path), sample=False))
    started = [
        config[one]["command"].replace('"', "").split() for one in config.sections() if "program:" in one
    ]
    families = [words[words.index("together") + 1 :] for words in started if "together" in words]
    alone = [
        words[words.index("services.cli") + 1 :] for words in started if "serve" in words or "work" in words
    ]

    of_families = [[*PROCESSES[name]] for names in families for name in names]
    assert sorted(alone + of_families) == sorted(map(list, PROCESSES.values()))


def test_no_mailbox_runs_where_a_mail_server_elsewhere_takes_the_letters(tmp_path: Path):
    def programs(**settings: str) -> set[str]:
        config = RawConfigParser()
        config.read(supervisor_configuration(Local(data_dir=tmp_path, **settings), sample=False))
        return {section.partition(":")[2] for section in config.sections() if section.startswith("program:")}

    assert programs() - programs(smtp_host="mail.example.org") == {"mailbox"}
    assert "ISHC_MAILBOX_PORT" in ports(Local()).keys() - ports(Local(smtp_host="mail.example.org")).keys()


def test_the_log_is_durable_wherever_it_runs():
    deployed = Path("deploy/valkey/log.conf").read_text(encoding="utf-8").splitlines()
    embedded = " ".join(valkey_command(Path("/d")))

    for option in (
        "appendonly yes",
        "appendfsync always",
        "no-appendfsync-on-rewrite no",
        "maxmemory-policy noeviction",
    ):
        assert option in deployed
        assert f"--{option}" in embedded


def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ISHC_SMTP_PASSWORD", "very-secret")

    assert "very-secret" not in repr(Notifier())


def test_a_long_path_does_not_break_the_socket(tmp_path: Path):
    deep = tmp_path / ("x" * 120)

    assert len(str(Local(data_dir=deep).valkey_socket)) < 104
    assert Local(data_dir=Path("/d")).valkey_socket == Path("/d/valkey/valkey.sock")


@pytest.mark.parametrize(
    ("lock", "extras"), [("requirements.lock", ["local"]), ("requirements-dev.lock", ["dev"])]
)
def test_the_lock_holds_everything_that_is_asked_for(lock: str, extras: list[str]):
    pyproject = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    project, groups = pyproject["project"], pyproject["dependency-groups"]
    asked = [
        *project["dependencies"],
        *(one for some in project["optional-dependencies"].values() for one in some),
    ]
    asked += [one for one in groups["dev"] if isinstance(one, str)] if extras == ["dev"] else groups["build"]
    pinned = set(re.findall(r"^([a-z0-9-]+)==", Path(lock).read_text(encoding="utf-8"), re.MULTILINE))

    names = {re.split(r"[\[<>=;]", one)[0].lower() for one in asked} - {"ishc-records"}
    assert names <= pinned


def test_a_cluster_is_tried_out_as_it_is_described():
    text = Path("docs/high-availability.md").read_text(encoding="utf-8")
    nodes, services = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    described = dict(line.split() for line in nodes.splitlines())
    words = [*valkey_command(Path("/d")), *cluster_options(7001, 17001)]
    tried = {name.removeprefix("--"): value for name, value in zip(words[1::2], words[2::2], strict=True)}

    assert described.items() <= tried.items()
    assert set(re.findall(r"ISHC_[A-Z_]+", text)) <= SETTINGS | {"ISHC_FAULT_ROUNDS"}
    assert {line.partition("=")[0] for line in services.splitlines()} <= SETTINGS
