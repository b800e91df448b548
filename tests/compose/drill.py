"""What a user does with the system in containers, what happens to it there, and what was seen."""

import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from engine import Engine

ADDRESS = "127.0.79.1"  # On the loopback interface, and nobody else's.
STORES = ("valkey", "jobs", "postgres")
SERVICES = {"registry": 8001, "reporting": 8002, "notifier": 8003}
WORKERS = (
    "archive-worker",
    "reporting-worker",
    "exports-worker",
    "notifier-worker",
    "letters-worker",
    "tick",
)
RUNNING = (*STORES, *SERVICES, *WORKERS, "mailbox")
CHECKED = (*STORES, *SERVICES)
CLUB, BOARD = "CLB Liên thế hệ Bản Bó", "hoi-nct-tuyen-quang"
STOP_SECONDS = 10
PATIENCE = 120

LETTERS = """
import imaplib, sys
box = imaplib.IMAP4("127.0.0.1", 4143)
box.login(sys.argv[1], sys.argv[2])
box.select(readonly=True)
print(len(box.search(None, "ALL")[1][0].split()))
"""


class Drill:
    """The system of docker-compose.yml, as its users meet it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.reports = 0  # Acknowledged so far.
        self.tokens: dict[str, str] = {}

    # The system starts, and is what it says.

    def start(self) -> str:
        """Step by step: podman 4.3 can neither wait for health nor start what requires a container that ended well."""
        self._up(*STORES)
        self.engine.ask_healths(list(CHECKED))
        self._until_healthy(*STORES)
        self._up("migrate")
        self._until(lambda: self.engine.inspect("migrate")["State"]["Status"] == "exited", "migrate")
        assert self.engine.inspect("migrate")["State"]["ExitCode"] == 0, self.engine.logs("migrate")
        self._up(*SERVICES, *WORKERS, "mailbox")
        self._until_healthy(*SERVICES)
        return f"{len(RUNNING)} containers run; healthy: {', '.join(CHECKED)}"

    def hardened(self) -> str:
        """Nobody is root, has a capability or can write to the image."""
        for service in RUNNING:
            status = self.engine.exec(service, "cat", "/proc/1/status")
            told = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
            assert told["Uid"].split("\t")[0] != "0", service
            assert int(told["CapEff"], 16) == int(told["CapBnd"], 16) == 0, (service, told["CapBnd"])
            assert told["NoNewPrivs"] == "1", service
            refused = self.engine.exec(service, "sh", "-c", "touch /etc/x /usr/x /opt/x /x 2>&1 || true")
            assert refused.count("Read-only file system") == 4, (service, refused)
        return "no root, no capability, no new privileges, read-only root in all of them"

    def secrets(self, passwords: dict[str, str]) -> str:
        """A password is in the environment of those that use it only (podman also keeps the command that made it)."""
        holders: dict[str, list[str]] = {name: [] for name in passwords}
        for service in RUNNING:
            found = self.engine.inspect(service)
            environment = " ".join(found["Config"].pop("Env") or [])
            found["Config"].pop("CreateCommand", None)
            for name, password in passwords.items():
                assert password not in json.dumps(found), (service, name)
                if password in environment:
                    holders[name].append(service)
        assert "reporting" not in holders["ISHC_WRITER_PASSWORD"] + holders["ISHC_NOTIFIER_PASSWORD"]
        assert "notifier" not in holders["ISHC_WRITER_PASSWORD"]
        return "; ".join(f"`{name}`: {', '.join(some)}" for name, some in holders.items())

    # A report becomes a figure and a letter.

    def prepare(self) -> str:
        """Tokens are made in the registry's container; the board's address is entered over HTTP."""
        for name, role, *more in (
            ("operator", "operator"),
            ("nation", "nation"),
            ("phone", "device", "--province", "08"),
        ):
            self.tokens[name] = self.engine.exec(
                "registry", "ishc", "token", "make", "--name", name, "--role", role, *more
            )
        office = {
            "name": "Hội Người cao tuổi Tuyên Quang",
            "kind": "provincial_association",
            "provinces": ["08"],
            "addresses": [f"{BOARD}@ishc.test"],
            "language": "vi",
        }
        status, _ = self._ask("notifier", f"/v1/offices/{BOARD}", "operator", office, "PUT")
        assert status == 200, status
        return "operator, nation and phone have tokens; the board has an address"

    def found_a_club(self) -> str:
        """A phone founds a club: 201, and a receipt."""
        place = {"list": "2025-07", "province": "08"}
        data = {"occurred_on": "2026-01-15", "name": CLUB, "scheme": "1648", "place": place}
        answer = self._post("club.founded", "thanh-lap-1", data)
        return f"accepted at position {answer['position']}, receipt {answer['receipt']}"

    def on_the_dashboard(self) -> str:
        """The province's page names the club; a stranger sees nothing."""
        self._until(lambda: CLUB in self._page("/provinces/08"), "dashboard")
        stranger, _ = self._ask("reporting", "/", None)
        assert stranger == 401, stranger
        return "the province's page names the club; without a token 401"

    def in_the_mailbox(self) -> str:
        """The board's mailbox holds one letter."""
        self._until(lambda: self._letters() >= 1, "letter")
        return f"{self._letters()} letter for {BOARD}@ishc.test"

    # Containers die, and everything is still there.

    def kill(self, service: str) -> str:
        """`kill -9`; podman starts it again. A report posted meanwhile is kept by the phone until it is answered."""
        before = self.engine.inspect(service)
        began = time.monotonic()
        os.kill(before["State"]["Pid"], signal.SIGKILL)
        answer = self._post("meeting.held", f"meeting-{self.reports}", {"occurred_on": "2026-03-21"})
        accepted = time.monotonic() - began
        self._until(lambda: self._came_back(service, before), f"{service} again")
        if service in SERVICES:
            self._until(lambda: self._answers(service), f"{service} answers")
        self._until(lambda: self._figure() == (self.reports, self.reports - 1), "figure")
        assert answer["position"] == self.reports, answer
        return f"report accepted after {accepted:.1f} s, counted after {time.monotonic() - began:.1f} s"

    def nothing_is_lost(self) -> str:
        """Every acknowledged report is in the log, once and in order; the chain verifies; one letter was sent."""
        _, feed = self._ask("registry", "/v1/events?limit=1000", "operator")
        positions = [event["position"] for event in json.loads(feed)["items"]]
        assert positions == list(range(1, self.reports + 1)), positions
        verified = self.engine.exec("registry", "ishc", "log", "verify", "--quiet")
        assert f"{self.reports} /" in verified, verified
        return f"positions 1 to {self.reports}; `ishc log verify`: {verified.splitlines()[0]}; {self._letters()} letter"

    def doctor(self) -> str:
        """What `ishc doctor` says; of a system this young only that nobody made a backup yet."""
        words = ("run", "--rm", "-T", "--no-deps", "migrate", "doctor", "--json")
        told = json.loads(self.engine.compose(*words, fine=(0, 1)))
        return (
            ", ".join(matter["code"] for matter in told["matters"] if matter["wrong"]) or "nothing is wrong"
        )

    # It stops, and goes on where it stopped.

    def stop(self) -> str:
        """Every container ends by itself when it is told to, within its ten seconds."""
        self.engine.stop_asking()
        took: dict[str, float] = {}
        for service in reversed(RUNNING):
            began = time.monotonic()
            self.engine.podman("stop", "--time", str(STOP_SECONDS), self.engine.container(service))
            took[service] = time.monotonic() - began
            code = self.engine.inspect(service)["State"]["ExitCode"]
            assert code != 137, f"{service} had to be killed after {took[service]:.1f} s"
        slowest = max(took, key=lambda service: took[service])
        return f"none had to be killed; the slowest was {slowest} with {took[slowest]:.1f} s"

    def again(self) -> str:
        """New containers on the old volumes: the same log and figures, and the next position."""
        self.engine.compose("down")
        self.start()
        self._until(lambda: self._figure() == (self.reports, self.reports - 1), "figure after a new start")
        answer = self._post("meeting.held", "meeting-after", {"occurred_on": "2026-04-21"})
        assert answer["position"] == self.reports, answer
        self._until(lambda: CLUB in self._page("/provinces/08"), "dashboard")
        return f"{self.reports - 1} reports were there, the next one has position {answer['position']}"

    # How it is asked.

    def _up(self, *services: str) -> None:
        self.engine.compose("up", "--detach", "--no-deps", *services)

    def _until_healthy(self, *services: str) -> None:
        for service in services:
            self._until(
                lambda service=service: self.engine.health(service) == "healthy", f"{service} healthy"
            )

    def _post(self, type: str, id: str, data: dict[str, Any]) -> dict[str, Any]:
        """As a phone does: keep the report, and try again until there is an answer."""
        report = {
            "specversion": "1.0",
            "id": id,
            "source": "/devices/phone",
            "type": type,
            "subject": "ban-bo",
            "data": data,
        }
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            status, said = self._ask("registry", "/v1/events", "phone", report, "POST")
            if status in (200, 201):
                self.reports += 1
                answer: dict[str, Any] = json.loads(said)
                return answer
            assert status in (0, 500, 503), (status, said)
            time.sleep(0.2)
        raise AssertionError("the registry never answered")

    def _ask(
        self, service: str, path: str, token: str | None, body: Any = None, method: str = "GET"
    ) -> tuple[int, str]:
        """Status and text of an answer; 0 where nobody answers."""
        url = f"http://{ADDRESS}:{SERVICES[service]}{path}"
        request = urllib.request.Request(url, method=method, data=json.dumps(body).encode() if body else None)
        request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", f"Bearer {self.tokens[token]}")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()
        except OSError:
            return 0, ""

    def _page(self, path: str) -> str:
        return self._ask("reporting", path, "nation")[1]

    def _answers(self, service: str) -> bool:
        return self._ask(service, "/health/ready", None)[0] == 200

    def _figure(self) -> tuple[int, int] | None:
        """Position and number of meetings."""
        status, said = self._ask("reporting", "/v1/figures?indicator=meetings", "nation")
        if status != 200:
            return None
        figure = json.loads(said)
        return figure["position"], figure["total"]["value"]

    def _letters(self) -> int:
        said = self.engine.logs("mailbox")
        password = said.partition("Password: ")[2].split()[0]
        return int(self.engine.exec("mailbox", "python3", "-c", LETTERS, f"{BOARD}@ishc.test", password))

    def _came_back(self, service: str, before: dict[str, Any]) -> bool:
        state = self.engine.inspect(service)["State"]
        return state["Running"] and state["Pid"] not in (0, before["State"]["Pid"])

    def _until(self, true: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {PATIENCE} s in vain: {what}")
            time.sleep(0.5)
