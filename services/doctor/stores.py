"""The stores: do they answer, are they set up to keep what they take, and do log and archive tell one history?"""

import time
from collections.abc import Iterator
from typing import Any, Final

import redis
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.doctor.opened import SERVICES, Opened
from shared.database import reads, revisions
from shared.matters import Matter
from shared.replicas import of_replicas

OLDEST: Final = 7  # Valkey and Redis from this version on have what `append.lua` needs.
SKEW_SECONDS: Final = 2.0
FULL_PERCENT: Final = 80
WANTED: Final = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}


def valkey_answers(opened: Opened) -> Iterator[Matter]:
    for name, client in (("log", opened.valkey), ("jobs", opened.jobs)):
        try:
            client.exists(opened.keys.meta)  # In a cluster this finds the node that all others look at.
        except redis.RedisError as error:
            yield Matter("valkey-away", name, {"error": type(error).__name__})


def databases_answer(opened: Opened) -> Iterator[Matter]:
    """They answer, and have the tables this version of the program wants."""
    for service in SERVICES:
        try:
            current, known = revisions(opened.databases.get(service), service)
        except DBAPIError as error:
            yield Matter("database-away", service, {"error": type(error.orig).__name__})
            continue
        if current is None or (current in known and current != known[-1]):
            yield Matter("database-behind", service, {"has": current or "–", "wants": known[-1]})
        elif current not in known:
            yield Matter("database-ahead", service, {"has": current, "wants": known[-1]})


def valkey_keeps(opened: Opened) -> Iterator[Matter]:
    """What the log's Valkey acknowledged is on disk, and it never forgets to make room."""
    info: dict[str, Any] = opened.valkey.info()
    yield from of_version(str(info["redis_version"]))
    yield from of_settings(_settings_of(opened.valkey))
    most, used = int(info.get("maxmemory", 0)), int(info["used_memory"])
    if most and used * 100 > most * FULL_PERCENT:
        yield Matter("valkey-memory", facts={"percent": used * 100 // most})
    written = (info.get("aof_last_write_status", "ok"), info.get("aof_last_bgrewrite_status", "ok"))
    if written != ("ok", "ok"):
        yield Matter("valkey-disk")


def of_version(version: str) -> Iterator[Matter]:
    if int(version.partition(".")[0]) < OLDEST:
        yield Matter("valkey-old", facts={"version": version, "oldest": OLDEST})


def of_settings(told: dict[str, str] | None) -> Iterator[Matter]:
    """`told`: as Valkey has them; None if we may not ask."""
    if told is None:
        yield Matter("valkey-settings-hidden", wrong=False)
        return
    for name, wanted in WANTED.items():
        if told.get(name) != wanted:
            yield Matter("valkey-setting", name, {"has": told.get(name, "–"), "wants": wanted})


def replicas_keep_up(opened: Opened) -> Iterator[Matter]:
    yield from of_replicas(opened.valkey, opened.keys, opened.settings.replicas)


def clocks_agree(opened: Opened) -> Iterator[Matter]:
    seconds, microseconds = opened.valkey.time()
    yield from of_clocks(seconds + microseconds / 1e6, time.time())


def of_clocks(valkey: float, ours: float) -> Iterator[Matter]:
    """Both in seconds of the epoch."""
    if (skew := abs(valkey - ours)) > SKEW_SECONDS:
        yield Matter("clock-skew", facts={"seconds": round(skew)})


def log_is_open(opened: Opened) -> Iterator[Matter]:
    """Open, as long as its archive, and the same history."""
    state, head = opened.valkey.hmget(opened.keys.meta, ("state", "head"))
    archived = opened.log.archive.last()
    if state != "open":
        yield Matter("log-closed", facts={"state": state or "unborn"}, wrong=bool(state or archived.position))
    elif int(head or 0) < archived.position:
        yield Matter("log-behind-archive", facts={"head": int(head or 0), "archived": archived.position})
    elif archived.position:
        events = opened.log.read(archived.position - 1, 1)
        if any(event.hash != archived.hash for event in events):
            yield Matter("log-forked", facts={"position": archived.position})


def versions(opened: Opened) -> dict[str, str]:
    """What answers here, for people: the versions of the stores, and the head of the log."""
    told: dict[str, str] = {}
    try:
        info = opened.valkey.info("server")
        name = "Valkey" if "valkey_version" in info else "Redis"
        told["log"] = f"{name} {info.get('valkey_version') or info['redis_version']}"
        state, head, epoch = opened.valkey.hmget(opened.keys.meta, ("state", "head", "epoch"))
        told["head"] = f"{head or 0} (epoch {epoch or 0}, {state or 'unborn'})"
    except redis.RedisError:
        told["log"] = "–"
    for service, database in opened.databases.items():
        dialect = database.dialect.name
        query = "SELECT sqlite_version()" if dialect == "sqlite" else "SHOW server_version"
        try:
            with reads(database).connect() as connection:
                told[service] = f"{dialect} {connection.scalar(text(query))}"
        except DBAPIError:
            told[service] = "–"
    return told


def _settings_of(client: Any) -> dict[str, str] | None:
    try:
        told: dict[str, str] = client.config_get(*WANTED)
    except redis.ResponseError:
        return None
    return told


CHECKS: Final = (valkey_answers, databases_answer, valkey_keeps, replicas_keep_up, clocks_agree, log_is_open)
