"""Debian's podman in a folder of its own: images, volumes and names of this run never meet those of the machine."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Container
from pathlib import Path
from typing import Any

PODMAN_COMPOSE = "podman-compose==1.6.0"
NEEDED = ("podman", "runc", "debootstrap", "iptables")
PACKAGES = "podman runc debootstrap netavark aardvark-dns iptables"
PROJECT = "ishc-run"


def ran(*words: str | Path, fine: Container[int] = (0,), **more: Any) -> str:
    """Run a command and return what it said; what it complained about is in the error."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
    done = subprocess.run([str(word) for word in words], text=True, check=False, **pipes)
    if done.returncode not in fine:
        said = f"{done.stdout[-3000:]}{(done.stderr or '')[-3000:]}"
        raise RuntimeError(f"{' '.join(map(str, words))}: exit {done.returncode}\n{said}")
    return done.stdout.strip()


class Engine:
    """podman and podman-compose, with their settings and storage in `folder`."""

    def __init__(self, folder: Path, repository: Path) -> None:
        if missing := [name for name in NEEDED if shutil.which(name) is None]:
            raise SystemExit(
                f"missing {', '.join(missing)}: apt-get install --no-install-recommends {PACKAGES}"
            )
        if os.geteuid() != 0:
            raise SystemExit("run as root: debootstrap and the containers' network need it")
        self.folder, self.repository = folder, repository
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "storage.conf", _STORAGE.format(folder=folder))
        _write(folder / "containers.conf", _CONTAINERS)
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        settings = {name: str(folder / f"{name.lower()}.conf") for name in ("STORAGE", "CONTAINERS")}
        self.environment = kept | {
            "CONTAINERS_STORAGE_CONF": settings["STORAGE"],
            "CONTAINERS_CONF": settings["CONTAINERS"],
            "PODMAN_IGNORE_CGROUPSV1_WARNING": "1",
        }
        self._timers: threading.Event | None = None

    def podman(self, *words: str | Path, **more: Any) -> str:
        return ran("podman", *words, env=self.environment, **more)

    def compose(self, *words: str | Path, fine: Container[int] = (0,)) -> str:
        """podman-compose on the repository's docker-compose.yml, with the run's own `.env`."""
        program = self.folder / "podman-compose/bin/podman-compose"
        if not program.exists():
            ran(sys.executable, "-m", "venv", self.folder / "podman-compose")
            ran(program.with_name("pip"), "install", "--quiet", PODMAN_COMPOSE)
        file = self.repository / "docker-compose.yml"
        first = ["--project-name", PROJECT, "--profile", "dev"]
        with_settings = ["--env-file", self.folder / "env", "--file", file]
        return ran(
            program, *first, *with_settings, *words, fine=fine, env=self.environment, cwd=self.repository
        )

    def container(self, service: str) -> str:
        return f"{PROJECT}_{service}_1"

    def logs(self, service: str, *words: str) -> str:
        return self.podman("logs", *words, self.container(service), stderr=subprocess.STDOUT)

    def exec(self, service: str, *words: str) -> str:
        return self.podman("exec", self.container(service), *words)

    def inspect(self, service: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.podman("inspect", self.container(service)))[0]
        return found

    def health(self, service: str) -> str:
        """`healthy`, `starting`, `unhealthy`; empty where nothing is asked."""
        state = self.inspect(service)["State"]
        return str((state.get("Health") or state.get("Healthcheck") or {}).get("Status", ""))

    def ask_healths(self, services: list[str]) -> None:
        """Where podman runs without systemd nobody asks for health: do it, until `stop_asking`."""
        self._timers = stop = threading.Event()

        def ask() -> None:
            while not stop.wait(2):
                for service in services:
                    words = ["podman", "healthcheck", "run", self.container(service)]
                    subprocess.run(words, env=self.environment, capture_output=True, check=False)

        threading.Thread(target=ask, daemon=True).start()

    def stop_asking(self) -> None:
        if self._timers is not None:
            self._timers.set()

    def clean(self, images: bool) -> None:
        """Remove what the run made; with `images` the stand-ins as well."""
        self.stop_asking()
        for container in self.podman("ps", "--all", "--quiet").splitlines():
            self.podman("rm", "--force", "--depend", "--ignore", "--time", "5", container)
        self.podman("volume", "prune", "--force")
        self.podman("network", "prune", "--force")
        if images:
            self.podman("system", "reset", "--force")
            shutil.rmtree(self.folder)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


_STORAGE = """[storage]
driver = "overlay"
graphroot = "{folder}/storage"
runroot = "{folder}/running"
"""
_CONTAINERS = """[containers]
default_ulimits = ["nofile=10240:10240", "nproc=10240:10240"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
"""
