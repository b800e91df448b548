"""Servers with a certificate of their own, and programs that trust it."""

import asyncio
import ssl
import threading
from pathlib import Path

import trustme


class Authority:
    """Issues certificates; `file` is what a program must trust to believe them."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.file = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.file))

    def server(self, name: str = "localhost") -> ssl.SSLContext:
        """A server whose certificate is for `name`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(name).configure_cert(context)
        return context


class TlsFront:
    """TLS in front of a server that has none."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self._behind, self._loop = port, asyncio.new_event_loop()
        started = asyncio.start_server(self._joined, "127.0.0.1", 0, ssl=context)
        self._server = self._loop.run_until_complete(started)
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, to_behind = await asyncio.open_connection("127.0.0.1", self._behind)
        await asyncio.gather(_pass_on(reader, to_behind), _pass_on(behind, writer))

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)


async def _pass_on(from_: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    try:
        while data := await from_.read(65536):
            to.write(data)
            await to.drain()
    except OSError:
        pass
    finally:
        to.close()
