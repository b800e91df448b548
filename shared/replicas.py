"""Whether the replicas of the log's Valkey are what the settings promise; what is wrong has words (decision 0027)."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import redis

from shared.texts import Language, say
from shared.valkey import Keys, answering


class Wanting(NamedTuple):
    """One thing that is wrong: how many there are, and how many there should be."""

    code: str
    has: int
    wants: int

    def words(self, language: Language) -> str:
        return say(language, f"replicas.{self.code}", has=self.has, wants=self.wants)


def wanting(client: redis.Redis, programme: str, replicas: int) -> list[Wanting]:
    """What keeps a failover from being safe. Raises `LogAway`."""
    with answering():
        return list(_wanting(client, Keys(programme), replicas))


def _wanting(client: Any, keys: Keys, replicas: int) -> Iterator[Wanting]:
    pipeline = client.pipeline(transaction=False)
    pipeline.exists(keys.meta)  # In a cluster: only the node that has it goes on.
    pipeline.info("replication")
    _, told = pipeline.execute()
    online = sum(told[f"slave{number}"]["state"] == "online" for number in range(told["connected_slaves"]))
    if not replicas:
        if online:
            yield Wanting("not-awaited", online, 1)
        return
    if online < replicas:
        yield Wanting("too-few", online, replicas)
    if (alone := _least(client)) is not None and alone < replicas:
        yield Wanting("writes-alone", alone, replicas)


def _least(client: Any) -> int | None:
    """`min-replicas-to-write` of Valkey; None where it may not be asked."""
    try:
        return int(client.config_get("min-replicas-to-write")["min-replicas-to-write"])
    except (redis.ResponseError, KeyError):
        return None
