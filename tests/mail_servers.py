"""Real mail servers as child processes, each in a folder of its own."""

import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path


class ImapServer:
    """A mailbox for one address that is read by IMAP; `deliver` puts mail into it."""

    user, password = "bounces@ishc.test", "p@ss:word"

    def __init__(self) -> None:
        self._smtp_port, self.port = free_ports(2)
        self._process = subprocess.Popen(
            [
                str(Path(sys.executable).parent / "mail_devel"),
                *("--host", "127.0.0.1", "--no-http"),
                *("--smtp-port", str(self._smtp_port), "--imap-port", str(self.port)),
                *("--user", self.user, "--password", self.password),
            ]
        )
        for port in (self._smtp_port, self.port):
            until(lambda port=port: answers(port))

    def deliver(self, mail: bytes) -> None:
        with smtplib.SMTP("127.0.0.1", self._smtp_port) as smtp:
            smtp.sendmail("", self.user, mail)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def until(true: Callable[[], object], seconds: float = 30) -> None:
    """Another program does the work: ask again and again, but not for ever."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError("waited in vain")
        time.sleep(0.02)


def free_ports(number: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
