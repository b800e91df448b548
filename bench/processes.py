"""Parts of our system, and rivals, as processes of their own."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

_ROOT: Final = Path(__file__).parent.parent
_READY_SECONDS: Final = 300  # As long as a busy machine may need to import everything ten times.


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    numbers = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return numbers


def environment(**settings: str) -> dict[str, str]:
    """The environment of a child: nothing of the caller's `ISHC_…` but what is set here."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ISHC_")}
    return inherited | {"PYTHONPATH": str(_ROOT)} | settings


@contextmanager
def child(
    words: Sequence[str], folder: Path, settings: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A Python module as a process of its own, in `folder`, so that no `.env` is read."""
    with (folder / "output.log").open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *words], cwd=folder, env=dict(settings), stdout=output, stderr=output
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                for one in (*psutil.Process(process.pid).children(recursive=True), process):
                    one.kill()
                process.wait()


def ishc(words: Sequence[str], folder: Path, settings: Mapping[str, str]) -> str:
    """Run the command `ishc` to its end and return what it printed."""
    command = [sys.executable, "-m", "services.cli", *words]
    done = subprocess.run(
        command, cwd=folder, env=dict(settings), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout.strip()


def wait_until_ready(url: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Return when the address answers 200."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{url} is not ready: {(folder / 'output.log').read_text()[-2000:]}")
