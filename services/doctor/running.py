"""What runs: followers, workers, the tick, the three services, and the mail server."""

import json
import os
import smtplib
import socket
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import urlopen

from rq import Worker

from services.doctor.opened import SERVICES, Opened
from services.local import ports, taken_ports
from services.notifier.delivery import open_smtp
from shared.catch_up import checkpoint, parked_count
from shared.doorbell import BELLS, queue
from shared.log import Forked
from shared.matters import Matter, Standing, of_followers, waiting

QUEUES: Final = tuple(dict.fromkeys([*(bell.queue for bell in BELLS.values()), "letters"]))
_SECONDS: Final = 5


def followers_follow(opened: Opened) -> Iterator[Matter]:
    """Each is near the head, in this history, and could digest everything."""
    head, said = opened.log.head().position, opened.doorbell.states()
    standings = []
    for place in opened.places:
        mark, stopped = checkpoint(place), said[place.name].stopped  # type: ignore[arg-type]
        try:
            opened.log.follow(mark, 1)
            stopped = "" if stopped == "forked" else stopped  # It was rebuilt since.
        except Forked:
            stopped = "forked"
        waits = waiting(opened.log, mark.position, head, opened.clock())
        parked = parked_count(place)  # type: ignore[arg-type]
        standings.append(Standing(place.name, head - mark.position, waits, parked, stopped))
    yield from of_followers(standings)


def tick_ticks(opened: Opened) -> Iterator[Matter]:
    if not opened.valkey.exists(opened.keys.lease("tick")):
        yield Matter("tick-away")


def workers_work(opened: Opened) -> Iterator[Matter]:
    """Every queue has a worker. One of this machine that died shows at once, another one within minutes."""
    here = socket.gethostname()
    heard = {
        name
        for worker in Worker.all(connection=opened.jobs)
        if worker.hostname != here or _is_alive(worker.pid)
        for name in worker.queue_names()
    }
    for name in QUEUES:
        if queue(name, opened.jobs, opened.settings.programme).name not in heard:
            yield Matter("worker-away", name)


def services_answer(opened: Opened) -> Iterator[Matter]:
    for service, url in addresses(opened).items():
        try:
            with urlopen(f"{url}/health/ready", timeout=_SECONDS) as answer:  # noqa: S310 (our own)  # nosec B310
                answer.read()
        except HTTPError as error:
            yield Matter("service-not-ready", service, {"checks": _checks(error)})
        except (OSError, ValueError):
            yield Matter("service-away", service, {"url": url})


def ports_are_ours(opened: Opened) -> Iterator[Matter]:
    """What listens on a port that `ishc up` needs, while our service does not answer there, is something else."""
    away = {matter.about for matter in services_answer(opened) if matter.code == "service-away"}
    wanted = {f"ISHC_{service.upper()}_PORT" for service in away}
    for setting, port in (
        taken_ports(opened.settings).items() if wanted & ports(opened.settings).keys() else ()
    ):
        if setting in wanted:
            yield Matter("port-taken", setting, {"port": str(port)})


def mail_server_answers(opened: Opened) -> Iterator[Matter]:
    """It takes our connection, encryption and password. No mail is sent."""
    settings = opened.settings
    try:
        with open_smtp(settings):
            pass
    except (OSError, smtplib.SMTPException) as error:
        server = f"{settings.smtp_host}:{settings.smtp_port}"
        yield Matter("smtp-away", facts={"server": server, "error": type(error).__name__})


def addresses(opened: Opened) -> Mapping[str, str]:
    """Where each service answers: as the settings say, else on this machine."""
    settings = opened.settings
    host = "127.0.0.1" if _is_every_address(settings.host) else settings.host
    told = (settings.registry_url, settings.reporting_url, settings.notifier_url)
    here = (settings.registry_port, settings.reporting_port, settings.notifier_port)
    return {
        service: (url or f"http://{host}:{port}").rstrip("/")
        for service, url, port in zip(SERVICES, told, here, strict=True)
    }


def _is_every_address(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False


def _checks(error: HTTPError) -> str:
    try:
        told: dict[str, Any] = json.loads(error.read())["checks"]
    except (OSError, ValueError, KeyError):
        return str(error.code)
    return ", ".join(f"{name}: {state}" for name, state in told.items() if state != "ok")


def _is_alive(pid: int | None) -> bool:
    try:
        os.kill(pid or 0, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return bool(pid)


CHECKS: Final = (
    followers_follow,
    tick_ticks,
    workers_work,
    services_answer,
    ports_are_ours,
    mail_server_answers,
)
