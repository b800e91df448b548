"""Whether the replicas of the log's Valkey are what `ISHC_REPLICAS` promises (decision 0027)."""

from collections.abc import Iterator
from typing import Any

import redis

from shared.matters import Matter
from shared.valkey import Keys, answering


def of_replicas(client: redis.Redis, keys: Keys, replicas: int) -> Iterator[Matter]:
    """What keeps a failover from being safe. Raises `LogAway`."""
    with answering():
        online = _online(client, keys)
        least = _least_to_write(client)
    if online and not replicas:
        yield Matter("replicas-not-awaited", facts={"has": online})
    if online < replicas:
        yield Matter("replicas-too-few", facts={"has": online, "wants": replicas})
    if least is not None and least < replicas:
        yield Matter("replicas-not-needed-to-write", facts={"has": least, "wants": replicas})


def _online(client: Any, keys: Keys) -> int:
    """How many replicas follow the primary."""
    pipeline = client.pipeline(transaction=False)
    pipeline.exists(keys.meta)  # In a cluster only the node that has it goes on.
    pipeline.info("replication")
    _, told = pipeline.execute()
    states = [told[f"slave{number}"]["state"] for number in range(told.get("connected_slaves", 0))]
    return states.count("online")


def _least_to_write(client: Any) -> int | None:
    """`min-replicas-to-write`; None where it may not be asked."""
    try:
        return int(client.config_get("min-replicas-to-write")["min-replicas-to-write"])
    except (redis.ResponseError, KeyError):
        return None
