"""The whole system in one process, over real stores: HTTP in front, followers woken by the test."""

import json
import shutil
import socket
import tempfile
import threading
from datetime import timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

from services.notifier.api import create_app as notifier_app
from services.notifier.parts import assemble as assemble_notifier
from services.registry.api import create_app as registry_app
from services.registry.work import ArchiveDesk
from services.reporting.api import create_app as reporting_app
from services.reporting.work import ReportingDesk
from services.serving import OneWriteProtocol
from shared.access import Role, Token, Tokens
from shared.catch_up import catch_up, parked_count
from shared.database import engine, migrate
from shared.settings import Local
from tests.builders import NOW


class Station:
    """Registry, reporting and notifier on their own ports; `wake` lets all followers catch up."""

    def __init__(self, folder: Path, valkey_url: str, programme: str, **settings: Any) -> None:
        self.now = NOW
        self.settings = Local(
            data_dir=folder,
            log_url=valkey_url,
            programme=programme,
            public_read=settings.pop("public_read", "none"),
            hot_window=1000,
            urgent_gap_minutes=settings.pop("urgent_gap_minutes", 0),
            **settings,
        )
        for made in Path(migrated_databases().name).glob("*.sqlite"):
            shutil.copy(made, folder / made.name)
        self._database = engine(self.settings.registry_database)
        self.tokens = Tokens(self._database, self.clock)
        self.operator = self.tokens.make(Token("operator", Role.OPERATOR, "/"))
        self.archive = ArchiveDesk(self.settings)
        self.reporting_desk = ReportingDesk(self.settings)
        self.notifier_parts = assemble_notifier(self.settings, self.clock)
        self._served: list[Served] = []
        self._client = httpx2.Client(timeout=30, verify=False)  # Made once: making one is slow.

    @cached_property
    def registry(self) -> str:
        return self._serve(registry_app)

    @cached_property
    def reporting(self) -> str:
        return self._serve(reporting_app, registry_url=self.registry)

    @cached_property
    def notifier(self) -> str:
        return self._serve(notifier_app)

    def restart_registry(self) -> None:
        """Stop the registry as its supervisor would; the next request starts it anew, at another address."""
        [running] = [server for server in self._served if server.url == self.registry]
        running.stop()
        self._served.remove(running)
        del self.registry

    def clock(self) -> Any:
        return self.now

    def days_later(self, days: int) -> None:
        """Let time pass."""
        self.now += timedelta(days=days)

    def client(self, base_url: str, token: str | None = None) -> httpx2.Client:
        """A client with a token, the operator's if none is given; an empty one for nobody's."""
        bearer = self.operator if token is None else token
        auth = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return httpx2.Client(base_url=base_url, headers=auth, timeout=30, verify=False)

    def token(self, role: Role = Role.DEVICE, name: str = "phone", **scope: Any) -> str:
        return self.tokens.make(Token(name, role, scope.pop("source", f"/devices/{name}"), **scope))

    def post(self, sent: Any, token: str | None = None, query: str = "", **headers: str) -> httpx2.Response:
        """Post one event, or a list of them as NDJSON."""
        lines = isinstance(sent, list)
        kind = "application/x-ndjson" if lines else "application/cloudevents+json"
        body = "\n".join(map(json.dumps, sent)) if lines else json.dumps(sent)
        bearer = {"Authorization": f"Bearer {token or self.operator}"}
        address = f"{self.registry}/v1/events{query}"
        return self._client.post(address, content=body, headers={**bearer, "Content-Type": kind, **headers})

    def get(self, url: str, **headers: str) -> Any:
        """The JSON a service answers; `url` begins with the service's name."""
        service, _, path = url.partition("/")
        bearer = {"Authorization": f"Bearer {self.operator}"}
        answer = self._client.get(f"{getattr(self, service)}/{path}", headers={**bearer, **headers})
        answer.raise_for_status()
        return answer.json()

    def wake(self) -> None:
        """All followers catch up, the days pass, and letters are delivered."""
        catch_up(self.archive.log, self.archive.archiver, self.archive.let_go)
        for log, follower in (
            (self.reporting_desk.log, self.reporting_desk.follower),
            (self.notifier_parts.log, self.notifier_parts.follower),
        ):
            catch_up(log, follower)
            assert parked_count(follower) == 0
        self.notifier_parts.monthly.make()
        self.notifier_parts.follower.settle()
        delivery = self.notifier_parts.delivery
        delivery.sweep()
        self.notifier_parts.returned.read()
        for id in delivery.due():
            delivery.send(id)

    def stop(self) -> None:
        for server in self._served:
            server.stop()
        for desk in (self.archive, self.reporting_desk):
            desk.doorbell.close()
            desk.log.close()
        self.reporting_desk.follower.engine.dispose()
        self.archive.archiver.engine.dispose()
        self.notifier_parts.close()
        self._database.dispose()
        self._client.close()

    def _serve(self, create_app: Any, **settings: Any) -> str:
        served = Served(create_app(self.settings.model_copy(update=settings), self.clock))
        self._served.append(served)
        return served.url


def tally(station: Station) -> dict[str, int]:
    found = station.get("registry/v1/tally")
    assert found["received"] == found["accepted"] + found["duplicate"] + found["held"] + found["quarantined"]
    return found


def problem(answer: httpx2.Response) -> tuple[int, str, str]:
    """Status, code and first pointer of a problem; all that a problem promises is checked."""
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["status"] == answer.status_code
    assert body["detail"] and body["title"] and body["type"].endswith(body["code"])
    assert all(error["detail"] for error in body["errors"])
    return answer.status_code, body["code"], body["errors"][0]["pointer"]


def metrics(url: str) -> str:
    """What a service tells Prometheus."""
    return httpx2.get(f"{url}/metrics", verify=False).raise_for_status().text


@cache
def migrated_databases() -> tempfile.TemporaryDirectory[str]:
    """Databases as the migrations make them, made once and copied for every station."""
    folder = tempfile.TemporaryDirectory(prefix="ishc-migrated-")
    for service in ("registry", "reporting", "notifier"):
        migrate(f"sqlite:///{folder.name}/{service}.sqlite", service)
    return folder


class Served:
    """An application on a free port, served by a thread."""

    def __init__(self, app: Any) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(
            app,
            http=OneWriteProtocol,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listening]}, daemon=True)
        self._thread.start()
        while not self._server.started:
            pass

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)


class Mailbox:
    """A real SMTP server that keeps what it took, and can be told to fail."""

    def __init__(self, **secured: Any) -> None:
        """`secured`: what aiosmtpd needs for TLS and passwords."""
        from aiosmtpd.controller import Controller

        self.taken: list[Any] = []
        self.raw: list[bytes] = []  # The same, byte by byte.
        self.answer: str | None = None  # What to answer to DATA instead of taking the letter.
        self.refuse: str | None = None  # What to answer to RCPT.
        self.hang_up = False  # Take the letter, then drop the line before the answer.
        self._controller = Controller(self, hostname="127.0.0.1", port=_free_port(), **secured)
        self._controller.start()
        self.port = self._controller.port

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuse is not None:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        from email import message_from_bytes
        from email.policy import default

        if self.answer is not None:
            return self.answer
        self.raw.append(envelope.content)
        self.taken.append(message_from_bytes(envelope.content, policy=default))
        if self.hang_up:
            server.transport.close()
        return "250 taken"

    def stop(self) -> None:
        self._controller.stop()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]
