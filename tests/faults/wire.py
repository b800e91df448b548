"""A TCP line that can be cut, reset, half closed, slowed or held up at any moment, in either direction."""

import random
import socket
import struct
import threading
from collections.abc import Callable
from typing import Final

Dial = Callable[[], socket.socket]

HOW: Final = ("cut", "cut in the middle", "reset", "half closed", "slow", "held up")


class Wire:
    """Listens on a port of its own and passes everything on. One fault at a time, once."""

    def __init__(self, dial: Dial) -> None:
        self._dial, self._lock = dial, threading.Lock()
        self._left, self._how, self._back = 0, "", False
        self.struck = 0  # How often something happened.
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def fail(self, chance: random.Random, within: int) -> None:
        """Something happens with one of the next pieces that pass; the dice say what, when and on which way."""
        with self._lock:
            self._left, self._how = chance.randrange(1, within), chance.choice(HOW)
            self._back = chance.random() < 0.5

    def heal(self) -> None:
        with self._lock:
            self._left = 0

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
                far = self._dial()
            except OSError:
                return
            for way in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._pass_on, args=way, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, back: bool) -> None:
        try:
            while piece := source.recv(65536):
                match self._now(back):
                    case "cut":
                        break
                    case "cut in the middle":
                        target.sendall(piece[: len(piece) // 2])
                        break
                    case "reset":
                        for end in (source, target):  # Closed with nothing said: the other side gets RST.
                            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        break
                    case "half closed":
                        target.sendall(piece)
                        target.shutdown(socket.SHUT_WR)
                        return
                    case "slow":
                        for at in range(0, len(piece), 100):
                            target.sendall(piece[at : at + 100])
                            threading.Event().wait(0.002)
                    case "held up":
                        threading.Event().wait(0.2)
                        target.sendall(piece)
                    case _:
                        target.sendall(piece)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()

    def _now(self, back: bool) -> str:
        with self._lock:
            if self._left and back == self._back:
                self._left -= 1
                if self._left == 0:
                    self.struck += 1
                    return self._how
        return ""


def to_port(port: int) -> Dial:
    return lambda: socket.create_connection(("127.0.0.1", port))


def to_socket(path: str) -> Dial:
    """Dial a Unix socket."""

    def dial() -> socket.socket:
        far = socket.socket(socket.AF_UNIX)
        far.connect(path)
        return far

    return dial
