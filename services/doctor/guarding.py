"""Settings that let in, or show, more than one may think."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from services.doctor.opened import Opened
from services.local import is_loopback
from shared.matters import Matter
from shared.valkey_cluster import each_node

# What is nobody else's business: a URL counts only if there is a password in it.
SECRETS: Final = ("link_key", "smtp_password", "reporting_token", "bounces")
URLS: Final = (
    "log_url",
    "jobs_url",
    "registry_database_url",
    "reporting_database_url",
    "notifier_database_url",
)


def open_to_all(opened: Opened) -> Iterator[Matter]:
    settings = opened.settings
    if is_loopback(settings.host):
        return
    if settings.public_read != "none":
        yield Matter("open-to-all", settings.public_read, wrong=False)
    if not settings.cookies_secure:
        yield Matter("cookies-in-clear", wrong=False)
    if not settings.link_key.get_secret_value():
        yield Matter("link-key-in-database", wrong=False)


def passwords_are_set(opened: Opened) -> Iterator[Matter]:
    settings = opened.settings
    for name in ("log_url", "jobs_url"):
        nodes = map(urlsplit, each_node(getattr(settings, name)))
        if any(one.hostname and not is_loopback(one.hostname) and not one.password for one in nodes):
            yield Matter("valkey-without-password", f"ISHC_{name.upper()}")
    if settings.smtp_security == "none" and not is_loopback(settings.smtp_host):
        yield Matter("smtp-in-clear", facts={"server": settings.smtp_host}, wrong=False)


def secrets_are_hidden(_opened: Opened) -> Iterator[Matter]:
    """Files that hold secrets can be read by their owner, or its group, only."""
    for path in secret_files(os.environ, Path(".env")):
        if path.stat().st_mode & stat.S_IROTH:
            yield Matter("secret-readable", str(path))


def operator_is_known(opened: Opened) -> Iterator[Matter]:
    if not opened.settings.operator_address.strip():
        yield Matter("operator-unknown", wrong=False)


def secret_files(environment: Mapping[str, str], env_file: Path) -> list[Path]:
    """The files that settings with secrets are read from: `.env` only if it says one."""
    named = [environment.get(f"ISHC_{name.upper()}_FILE") for name in (*SECRETS, *URLS)]
    found = [*named, environment.get("ISHC_DKIM_KEY_FILE")]
    files = [Path(one) for one in found if one and Path(one).is_file()]
    if env_file.is_file() and _tells_a_secret(env_file):
        files.append(env_file)
    return files


def _tells_a_secret(env_file: Path) -> bool:
    for line in env_file.read_text(encoding="utf-8", errors="replace").splitlines():
        name, _, value = line.strip().partition("=")
        setting, value = name.removeprefix("ISHC_").lower(), value.strip().strip("'\"")
        if not value or name.startswith("#"):
            continue
        if (
            setting in SECRETS
            or setting.endswith("_password")
            or (setting in URLS and urlsplit(each_node(value)[0]).password)
        ):
            return True
    return False


CHECKS: Final = (open_to_all, passwords_are_set, secrets_are_hidden, operator_is_known)
