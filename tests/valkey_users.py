"""The two Valkeys as docker-compose.yml runs them: with the settings and users of deploy/valkey/."""

import re
import subprocess
import time
from pathlib import Path
from typing import Any

import redis

from services.local import valkey_command
from tests.servers import Valkey

DEPLOYED = Path("deploy/valkey")
WATCHER = "user watcher on nopass +@all ~* &*\n"  # The test's own, to see what was refused.


class Guarded(Valkey):
    """A Valkey that lets in who shows a password, for what its user may do."""

    def __init__(self, folder: Path, name: str, programme: str) -> None:
        self.name, self.programme = name, programme
        super().__init__(folder)
        self.watcher: Any = redis.Redis.from_url(
            f"unix://watcher@{folder}/valkey.sock", decode_responses=True
        )

    def start(self) -> None:
        text = (
            (DEPLOYED / f"{self.name}.conf")
            .read_text(encoding="utf-8")
            .replace("@PROGRAMME@", self.programme)
        )
        text = re.sub(r"@(\w+)_PASSWORD@", lambda user: user[1].lower(), text)
        here = f"\ndir {self.folder}\nport 0\nunixsocket {self.folder}/valkey.sock\nlogfile {self.folder}/valkey.log\n"
        (self.folder / "valkey.conf").write_text(text + here + WATCHER, encoding="utf-8")
        self.process = subprocess.Popen([valkey_command(self.folder)[0], str(self.folder / "valkey.conf")])
        deadline = time.monotonic() + 30
        while True:
            try:
                redis.Redis.from_url(self.url).ping()  # As the health check does: without a password.
                return
            except redis.RedisError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def of(self, user: str) -> str:
        """The address for a user."""
        return f"unix://{user}@{self.folder}/valkey.sock?password={user}"

    def refused(self) -> list[tuple[str, str]]:
        """Who was refused what since it was last asked."""
        entries = self.watcher.acl_log()
        self.watcher.acl_log_reset()
        asked = [(str(entry["username"]), str(entry["object"])) for entry in entries]
        return [one for one in asked if one[0] != "default"]  # Our own look whether it has started.
