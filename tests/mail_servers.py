"""Real mail servers as child processes, each in a folder of its own."""

import os
import pwd
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
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


class Postfix:
    """Debian's Postfix: takes mail for its domains, delivers into Maildirs, and writes real bounces.

    It wants root, as any Postfix does; it knows nothing of the machine's own one, and is nobody's but the test's.
    """

    def __init__(self, domains: str, mailboxes: dict[str, str]) -> None:
        [self.port] = free_ports(1)
        # Its processes belong to other users, who could not enter pytest's own folder.
        self.folder = Path(tempfile.mkdtemp(prefix="ishc-postfix-"))
        owner = os.getuid() or pwd.getpwnam("nobody").pw_uid
        for part in ("conf", "queue", "mail"):
            (self.folder / part).mkdir()
        for folder in mailboxes.values():
            for part in ("new", "cur", "tmp"):
                (self.folder / "mail" / folder / part).mkdir(parents=True)
        for path in (self.folder, *self.folder.rglob("*")):
            path.chmod(0o755)
        if os.getuid() == 0:
            for path in (self.folder / "mail", *(self.folder / "mail").rglob("*")):
                os.chown(path, owner, -1)
        known = " ".join(f"{{ {address} = {folder}/ }}" for address, folder in mailboxes.items())
        (self.folder / "conf" / "main.cf").write_text(
            POSTFIX.format(folder=self.folder, domains=domains, known=known, owner=owner)
        )
        (self.folder / "conf" / "master.cf").write_text(POSTFIX_PROCESSES.format(port=self.port))
        self._postfix("start")
        until(lambda: answers(self.port))

    def mails(self, mailbox: str) -> list[bytes]:
        """What was delivered and nobody has read."""
        return [mail.read_bytes() for mail in sorted((self.folder / "mail" / mailbox / "new").iterdir())]

    def log(self) -> str:
        return (self.folder / "postfix.log").read_text(errors="replace")

    def stop(self) -> None:
        self._postfix("stop")
        subprocess.run([*as_root(), "rm", "-rf", str(self.folder)], check=True)

    def _postfix(self, word: str) -> None:
        command = [*as_root(), "/usr/sbin/postfix", "-c", str(self.folder / "conf"), word]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def as_root() -> list[str]:
    return [] if os.getuid() == 0 else ["sudo", "-n"]


def why_no_postfix() -> str | None:
    """Why Postfix cannot run here; None if it can."""
    if not Path("/usr/sbin/postfix").exists():
        return "Postfix is not installed (Debian: apt install postfix)"
    may = os.getuid() == 0 or (
        shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0
    )
    return None if may else "Postfix can only be started by root"


POSTFIX = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
meta_directory = /etc/postfix
default_database_type = texthash
myhostname = mx.ishc.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = {domains}
virtual_mailbox_maps = inline:{{ {known} }}
virtual_mailbox_base = {folder}/mail
virtual_uid_maps = static:{owner}
virtual_gid_maps = static:{owner}
recipient_delimiter = +
# Take every address, as mail servers do that pass mail on: the bounce comes afterwards.
smtpd_reject_unlisted_recipient = no
"""

POSTFIX_PROCESSES = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
