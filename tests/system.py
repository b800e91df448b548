"""The system as an operator runs it: `ishc up` in a folder of its own, every process real."""

import imaplib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import httpx2
import psutil

# What a process is called in services/local.py, and the end of its command line.
COMMANDS = {
    "registry": "serve registry",
    "reporting": "serve reporting",
    "notifier": "serve notifier",
    "archive-worker": "work archive",
    "reporting-worker": "work reporting",
    "exports-worker": "work exports",
    "notifier-worker": "work notifier",
    "letters-worker": "work letters",
    "tick": "services.cli tick",
}
# A founding is news on whatever day the tests run, and no letter waits for a digest because many came before it.
TOLD_AT_ONCE = Path(__file__).parent / "told_at_once.toml"
START_SECONDS = 120


class System:
    """Everything on one machine; any process can be killed."""

    def __init__(self, folder: Path, sample: bool = False, **settings: str) -> None:
        self.folder, self.sample = folder, sample
        names = ("registry", "reporting", "notifier", "smtp", "mailbox", "mailbox_imap")
        self.ports = dict(zip(names, _free_ports(len(names)), strict=True))
        # Nothing of the developer's environment: what is not set here has its default.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ISHC_")}
        ports = {f"ISHC_{name.upper()}_PORT": str(port) for name, port in self.ports.items()}
        own = {"ISHC_DATA_DIR": str(folder), "ISHC_RULES": str(TOLD_AT_ONCE)}
        self.environment = inherited | ports | own | settings
        self.said: list[str] = []
        self.client = httpx2.Client(timeout=10, verify=False)
        self._tokens: dict[str, str] = {}

    def __enter__(self) -> "System":
        try:
            self.start()
        except BaseException:
            self.stop(signal.SIGTERM)  # What did not get ready in time would run on for ever.
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Run `ishc up` until it says that all is ready."""
        words = ["up", "--sample"] if self.sample else ["up"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "services.cli", *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.said.clear()
        threading.Thread(target=self._listen, daemon=True).start()
        self.wait_until(lambda: self.heard("Ctrl-C"), START_SECONDS)

    def stop(self, by: signal.Signals = signal.SIGINT) -> float:
        """Press Ctrl-C; returns how many seconds it took to end."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(by)
            self.process.wait(timeout=30)
        return time.monotonic() - began

    def heard(self, words: str) -> bool:
        return words in "".join(self.said)

    def ishc(self, *words: str) -> str:
        """Run a command of the operator's."""
        done = subprocess.run(
            [sys.executable, "-m", "services.cli", *words],
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def token(self, name: str = "operator", role: str = "operator", *more: str) -> str:
        if name not in self._tokens:
            self._tokens[name] = self.ishc("token", "make", "--name", name, "--role", role, *more)
        return self._tokens[name]

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    def post(self, sent: dict[str, Any]) -> httpx2.Response:
        bearer = {"Authorization": f"Bearer {self.token()}"}
        return self.client.post(f"{self.url('registry')}/v1/events", json=sent, headers=bearer)

    def post_until_answered(self, sent: dict[str, Any], seconds: float = 60) -> dict[str, Any]:
        """What a field app does: keep the report and try again until the registry has answered."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                answer = self.post(sent)
            except httpx2.TransportError:
                time.sleep(0.05)
                continue
            if answer.status_code in (200, 201, 202):
                return answer.json()
            assert answer.status_code in (500, 503), answer.text
            time.sleep(0.05)
        raise AssertionError("the registry never answered")

    def get(self, service: str, path: str) -> Any:
        bearer = {"Authorization": f"Bearer {self.token()}"}
        answer = self.client.get(f"{self.url(service)}{path}", headers=bearer)
        answer.raise_for_status()
        return answer.json()

    def letters_at(self, office: str) -> list[Any]:
        """What the development mailbox holds for an address."""
        with imaplib.IMAP4("127.0.0.1", self.ports["mailbox_imap"]) as mailbox:
            mailbox.login(f"{office}@ishc.test", "ishc")
            mailbox.select(readonly=True)
            numbers = mailbox.search(None, "ALL")[1][0].split()
            found = [mailbox.fetch(number, "(RFC822)")[1][0][1] for number in numbers]
        return [message_from_bytes(raw, policy=default) for raw in found]

    def processes(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def processes_left(self) -> list[psutil.Process]:
        """Processes of this system that outlived it: all of them know its folder or its settings."""
        left = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("ISHC_DATA_DIR") == str(self.folder) and process.pid != os.getpid():
                    left.append(process)
            except psutil.Error:
                continue
        return left

    def find(self, name: str) -> psutil.Process | None:
        for child in self.processes():
            try:
                command = " ".join(child.cmdline()).rstrip()  # A name given later is padded.
            except psutil.Error:
                continue
            wanted = COMMANDS.get(name)
            if (command.endswith(wanted) if wanted else name in command) and child.is_running():
                return child
        return None

    def kill(self, name: str) -> None:
        """`kill -9`, and wait until the supervisor has started another one."""
        old: psutil.Process | None = None

        def found() -> bool:
            nonlocal old
            old = self.find(name)
            return old is not None

        self.wait_until(found, 20)  # Looked for once: between two looks it may be starting anew.
        assert old is not None
        old.kill()
        self.wait_until(lambda: (new := self.find(name)) is not None and new.pid != old.pid, 30)

    def wait_until(self, true: Callable[[], bool], seconds: float = 20) -> None:
        """Other processes do the work: ask again and again, but not for ever."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if true():
                    return
            except (httpx2.HTTPError, OSError, imaplib.IMAP4.error):
                pass
            if self.process.poll() is not None and not self.heard("Ctrl-C"):
                break
            time.sleep(0.05)
        raise AssertionError("waited in vain; the operator saw:\n" + "".join(self.said) + self._logs())

    def _listen(self) -> None:
        for line in self.process.stderr:
            self.said.append(line)

    def _logs(self) -> str:
        tails = []
        for log in sorted((self.folder / "logs").glob("*.log")):
            lines = [
                line for line in log.read_text(errors="replace").splitlines() if not re.search("INFO", line)
            ]
            tails.append(f"== {log.name}\n" + "\n".join(lines[-15:]))
        return "\n".join(tails)


def _free_ports(number: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
