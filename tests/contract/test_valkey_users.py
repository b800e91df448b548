"""Each user of the two Valkeys can do its work, and nothing else."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import redis
from rq.job import Callback
from rq.serializers import JSONSerializer

from services.doctor import examine
from services.doctor.opened import Opened
from services.notifier.api import create_app as notifier_app
from services.notifier.parts import assemble as assemble_notifier
from services.notifier.remembered import Remembered
from services.registry.redacting import begin, finish
from services.reporting.api import create_app as reporting_app
from services.reporting.work import ReportingDesk
from shared.doorbell import SEND_LETTER, Doorbell, State, queue
from shared.problems import LogAway
from shared.refill import open_log
from shared.tick import Tick
from shared.valkey import Keys, connect
from shared.valkey_log import ValkeyLog
from shared.waiting_board import WaitingBoard
from shared.work import Worker
from tests.builders import NOW, club_founded, meeting_held
from tests.station import Mailbox, Station
from tests.valkey_users import Guarded

PROGRAMME = "guarded"
KEYS = Keys(PROGRAMME)
LOG_USERS = ("writer", "reader", "notifier")


@pytest.fixture(scope="module")
def valkeys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Guarded]]:
    folder = tmp_path_factory.mktemp("u")
    servers = {name: Guarded(folder / name, name, PROGRAMME) for name in ("log", "jobs")}
    yield servers
    for server in servers.values():
        server.stop()


class GuardedStation(Station):
    """The system where every process shows the user that docker-compose.yml gives it."""

    def __init__(self, folder: Path, valkeys: dict[str, Guarded], smtp_port: int) -> None:
        log, jobs = valkeys["log"], valkeys["jobs"]
        super().__init__(folder, log.of("writer"), PROGRAMME, jobs_url=jobs.of("jobs"), smtp_port=smtp_port)
        self.urls = {user: log.of(user) for user in LOG_USERS}
        self.notifier_parts.close()
        self.reporting_desk = ReportingDesk(self.settings.model_copy(update={"log_url": self.urls["reader"]}))
        for_notifier = self.settings.model_copy(update={"log_url": self.urls["notifier"]})
        self.notifier_parts = assemble_notifier(for_notifier, self.clock)

    @cached_property
    def reporting(self) -> str:
        return self._serve(reporting_app, registry_url=self.registry, log_url=self.urls["reader"])

    @cached_property
    def notifier(self) -> str:
        return self._serve(notifier_app, log_url=self.urls["notifier"])


@pytest.fixture
def station(tmp_path: Path, valkeys: dict[str, Guarded], mailbox: Mailbox) -> Iterator[GuardedStation]:
    made = GuardedStation(tmp_path, valkeys, mailbox.port)
    yield made
    made.stop()


def test_every_process_can_do_its_work(
    station: GuardedStation, valkeys: dict[str, Guarded], mailbox: Mailbox, caplog: pytest.LogCaptureFixture
):
    office = {"name": "Hội NCT", "kind": "provincial_association", "provinces": ["08"]}
    address = {"addresses": ["hoi@ishc.test"], "language": "vi"}
    client = station.client(station.notifier)
    client.put("/v1/offices/hoi", json=office | address).raise_for_status()
    phone = station.token(provinces=["08"])

    # The registry writes, three followers read, a letter is sent, the bells come to rest, the tick rings.
    early = station.post(meeting_held("co-dien", id="early"), phone)
    founded = station.post(club_founded("co-dien", id="founded"), phone)
    again = station.post(club_founded("co-dien", id="founded"), phone)
    station.wake()
    for parts in (station.archive, station.reporting_desk, station.notifier_parts):
        parts.doorbell.tell("archive", State())
        parts.doorbell.states()
        parts.doorbell.at_work("archive", 1)
        parts.doorbell.disarm("archive", 1)
        parts.doorbell.swept()
        parts.log.history("co-dien")
    ticking = Doorbell(
        connect(station.urls["reader"]), redis.Redis.from_url(valkeys["jobs"].of("jobs")), PROGRAMME
    )
    assert ticking.lease("tick", "me", 5) and ticking.lease("tick", "me", 5)
    WaitingBoard(connect(station.urls["writer"]), PROGRAMME).write([], NOW)
    station.notifier_parts.remembered.waiting.read(NOW)
    with_replicas = ValkeyLog(
        connect(station.urls["reader"]), station.archive.log.archive, PROGRAMME, replicas=1
    )
    with_replicas.patience = 0.01
    with pytest.raises(LogAway):  # There is none here; but it may ask.
        with_replicas.read(0, 1)
    rung = Tick(ticking).once(head=99, seconds=0)
    station.get("reporting/v1/figures?indicator=clubs")
    station.client(station.notifier).get("/v1/letters").raise_for_status()
    client.post("/sign-in", data={"address": "hoi@ishc.test"}, headers={"Sec-Fetch-Site": "same-origin"})

    assert [answer.status_code for answer in (early, founded, again)] == [202, 201, 200]
    assert len(mailbox.taken) == 1
    assert "sweep" in rung
    assert {name: server.refused() for name, server in valkeys.items()} == {"log": [], "jobs": []}
    assert "refuses its user" not in caplog.text


def test_an_empty_valkey_is_refilled_from_the_archive(station: GuardedStation, valkeys: dict[str, Guarded]):
    station.post(club_founded("an-lap", id="an-lap"), station.token(provinces=["08"]))
    station.wake()
    head = station.get("registry/v1/events?limit=1")["head"]

    valkeys["log"].empty()
    while station.post(meeting_held("an-lap", id="afterwards")).status_code == 503:
        pass

    assert station.get("registry/v1/events?limit=1")["head"] == head + 1
    assert valkeys["log"].refused() == []


def test_a_worker_runs_our_jobs_as_its_user_and_nobody_elses(
    valkeys: dict[str, Guarded], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Who holds the password of the queues can put any function on them: workers call ours only."""
    connection = redis.Redis.from_url(valkeys["jobs"].of("jobs"))
    asked, planted, sent = queue("letters", connection, PROGRAMME), tmp_path / "planted", []
    monkeypatch.setattr("services.notifier.work.send", sent.append)
    asked.enqueue("os.mkdir", args=[str(planted)], result_ttl=0)
    asked.enqueue(SEND_LETTER, args=[7], result_ttl=0, on_success=Callback("os.mkdir"))
    asked.enqueue(SEND_LETTER, args=[8], result_ttl=0)

    worker = Worker([asked], connection=connection, serializer=asked.serializer)
    worker.work(burst=True, logging_level="WARNING")

    assert sent == [8]
    assert not planted.exists()
    assert asked.is_empty() and valkeys["jobs"].refused() == []


def test_the_doctor_may_ask_all_it_asks(station: GuardedStation, valkeys: dict[str, Guarded]):
    station.post(club_founded("an-lap", id="doctor"), station.token(provinces=["08"], name="for-doctor"))

    matters = examine(Opened(station.settings, station.clock))

    assert {name: server.refused() for name, server in valkeys.items()} == {"log": [], "jobs": []}
    assert [matter for matter in matters if matter.code in ("check-failed", "valkey-away")] == []


def test_an_operators_command_may_take_words_out_of_everything(
    station: GuardedStation, valkeys: dict[str, Guarded]
):
    phone = station.token(provinces=["08"])
    station.post(club_founded("co-bo", id="co-bo"), phone)
    noted = station.post(meeting_held("co-bo", id="noted", note="Bà Lan ốm"), phone)
    position = noted.json()["position"]
    log = ValkeyLog(connect(valkeys["log"].of("operator")), station.archive.log.archive, PROGRAMME)

    open_log(log, 1000)
    redaction = begin(log, position, (), "có tên người", "operator", NOW)
    finish(log, station.archive.archiver.engine, redaction)
    Remembered(log.client, PROGRAMME).mark()

    assert "Lan" not in station.get(f"registry/v1/events/{position}")["data"]["note"]
    assert valkeys["log"].refused() == []


def test_a_worker_is_known_again_after_the_queues_forgot_it(valkeys: dict[str, Guarded]):
    connection = redis.Redis.from_url(valkeys["jobs"].of("jobs"))
    worker = Worker(
        [queue("letters", connection, PROGRAMME)], connection=connection, serializer=JSONSerializer
    )
    worker.register_birth()
    valkeys["jobs"].watcher.flushall()

    worker.heartbeat()

    assert [one.queue_names() for one in Worker.all(connection=connection)] == [[f"{PROGRAMME}:letters"]]
    worker.register_death()


NOBODY: list[tuple[Any, ...]] = [
    ("FLUSHALL",),
    ("FLUSHDB",),
    ("SHUTDOWN", "NOSAVE"),
    ("CONFIG", "SET", "appendfsync", "no"),
    ("ACL", "SETUSER", "mallory", "on", "nopass", "+@all", "~*"),
    ("ACL", "LIST"),
    ("REPLICAOF", "127.0.0.1", "6379"),
    ("KEYS", "*"),
    ("MONITOR",),
    ("CLIENT", "KILL", "TYPE", "normal"),
    ("SET", "elsewhere", "1"),
    ("GET", "elsewhere"),
    ("GET", "ishc:{another}:meta"),
]
ON_THE_LOG: list[tuple[Any, ...]] = [
    ("DEL", KEYS.log),
    ("XDEL", KEYS.log, "1-0"),
    ("XSETID", KEYS.log, "99-0"),
    ("DEL", KEYS.meta),
    ("DEL", KEYS.identity("/devices/phone report-1")),
    ("RENAME", KEYS.log, KEYS.prefix + "gone"),
    ("EXPIRE", KEYS.log, "1"),
    ("SCRIPT", "FLUSH"),
    ("FUNCTION", "LOAD", "#!lua name=x\nredis.register_function('x', function() end)"),
]
ONLY_WRITERS: list[tuple[Any, ...]] = [
    ("CONFIG", "GET", "*"),  # The doctor asks whether the log is kept on disk.
    ("SET", KEYS.prefix + "waiting", "{}"),
    ("XADD", KEYS.log, "99-0", "e", "{}"),
    ("XTRIM", KEYS.log, "MAXLEN", "0"),
    ("HSET", KEYS.meta, "head", "99"),
    ("HINCRBY", KEYS.meta, "received", "1"),
    ("HSET", KEYS.versions, "co-dien", "9"),
    ("MSET", KEYS.identity("/devices/phone report-1"), "1 00"),
    ("ZREM", KEYS.tail("co-dien"), "1"),
    ("SET", KEYS.lease("refill"), "mine"),
    ("EVAL", "return redis.call('HSET', KEYS[1], 'head', '99')", "1", KEYS.meta),
]
BY_A_NEW_FILE: list[tuple[Any, ...]] = [("BGREWRITEAOF",)]  # As a start and a redaction need it.
ON_LETTERS: list[tuple[Any, ...]] = [
    ("HSET", KEYS.prefix + "letters:mark", "position", "99"),
    ("SET", KEYS.prefix + "letters:handed:x", "1"),
    ("DEL", KEYS.prefix + "letters:handed:x"),
]
MUST_BE_REFUSED = [
    *(("log", user, command) for user in (*LOG_USERS, "default") for command in NOBODY + ON_THE_LOG),
    *(("log", user, command) for user in ("reader", "notifier", "default") for command in ONLY_WRITERS),
    *(("log", user, command) for user in ("reader", "notifier", "default") for command in BY_A_NEW_FILE),
    *(("log", user, command) for user in ("writer", "reader", "default") for command in ON_LETTERS),
    ("log", "writer", ("SET", KEYS.lease("tick"), "me")),
    *(("log", "operator", command) for command in NOBODY),
    *(("jobs", user, command) for user in ("jobs", "default") for command in NOBODY + BY_A_NEW_FILE),
    *(("jobs", "default", command) for command in [("LPUSH", "rq:queue:letters", "x"), ("GET", "rq:job:x")]),
]


def _in_short(part: str | tuple[str, ...]) -> str:
    return part if isinstance(part, str) else " ".join(part[:3])


@pytest.mark.parametrize(("server", "user", "command"), MUST_BE_REFUSED, ids=_in_short)
def test_nobody_can_do_anything_else(
    valkeys: dict[str, Guarded], server: str, user: str, command: tuple[str, ...]
):
    url = valkeys[server].url if user == "default" else valkeys[server].of(user)
    client = redis.Redis.from_url(url)

    with pytest.raises(redis.exceptions.NoPermissionError):
        client.execute_command(*command)


@pytest.mark.parametrize("user", ["reader", "notifier"])
def test_a_script_gives_no_more_than_its_caller_has(valkeys: dict[str, Guarded], user: str):
    client: Any = redis.Redis.from_url(valkeys["log"].of(user))
    forging = f"return redis.call('HSET', '{KEYS.meta}', 'head', '99')"
    script = client.script_load(forging)

    with pytest.raises(redis.ResponseError, match=r"permission|ACL|can't run"):
        client.evalsha(script, 1, KEYS.bell("reporting"))


@pytest.mark.parametrize(
    ("server", "user"), [("log", "writer"), ("log", "reader"), ("log", "notifier"), ("jobs", "jobs")]
)
def test_a_wrong_password_opens_nothing(valkeys: dict[str, Guarded], server: str, user: str):
    address = valkeys[server].of(user).replace("password=", "password=wrong-")

    with pytest.raises(redis.exceptions.AuthenticationError):
        redis.Redis.from_url(address).ping()
