"""Field apps as they are: they keep a report until it was answered, send it again, and remember what they were told."""

import itertools
import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import httpx2

from tests.builders import (
    LAI_CHAU,
    TUYEN_QUANG,
    club_founded,
    corrected,
    meeting_held,
    members_counted,
    of_club,
    withdrawn,
)
from tests.faults.invariants import Told, content_hash

PATIENCE: Final = 60  # Seconds until a field app has surely been answered.
PAUSE: Final = 0.02


class Field:
    """What was sent and what was answered. Reports of one club go in order, several clubs at once."""

    def __init__(self, token: str, timeout: float = 10) -> None:
        self.acknowledged: dict[str, list[Told]] = defaultdict(list)
        self.waiting: set[str] = set()
        self.refused: set[str] = set()
        self.turned_away = 0  # Answers 503.
        self._client = httpx2.Client(
            timeout=timeout,
            headers={"Authorization": f"Bearer {token}"},
            limits=httpx2.Limits(max_connections=32),
        )

    def close(self) -> None:
        self._client.close()

    def send(self, address: Callable[[], str], *queues: Sequence[dict[str, Any]]) -> None:
        """Send each queue in order, all queues at once, until everything has its answer."""
        with ThreadPoolExecutor(len(queues)) as apps:
            for sent in [apps.submit(self._send_all, address, queue) for queue in queues]:
                sent.result()

    def _send_all(self, address: Callable[[], str], queue: Sequence[dict[str, Any]]) -> None:
        for one in queue:
            deadline = time.monotonic() + PATIENCE
            while not self.try_once(address(), one):
                assert time.monotonic() < deadline, f"{one['id']} was never answered"
                time.sleep(PAUSE)

    def try_once(self, address: str, sent: dict[str, Any]) -> bool:
        """Whether the report was answered, and its answer noted."""
        try:
            answer = self._client.post(f"{address}/v1/events", json=sent)
        except httpx2.TransportError:
            return False
        match answer.status_code:
            case 200 | 201:
                position = answer.json()["position"]
                self.acknowledged[sent["id"]].append(Told(position, content_hash(sent)))
            case 202:
                self.waiting.add(sent["id"])
            case 400 | 409 | 422:
                self.refused.add(sent["id"])
            case status:
                assert status == 503, answer.text
                assert "retry-after" in answer.headers
                self.turned_away += 1
                return False
        return True


def some_clubs(seed: str, clubs: int = 2) -> list[list[dict[str, Any]]]:
    """What some clubs report, each in order: foundings, meetings, money, corrections, and what is not so simple: the
    same again, what must wait for its founding, and what cannot be true. The same seed, the same reports."""
    chance = random.Random(seed)
    return [_a_club(f"{seed}-{number}", chance) for number in range(clubs)]


def _a_club(name: str, chance: random.Random) -> list[dict[str, Any]]:
    numbers = itertools.count(1)

    def named(report: dict[str, Any]) -> dict[str, Any]:
        return report | {"id": f"{name}-{next(numbers)}"}

    place = chance.choice([TUYEN_QUANG, LAI_CHAU])
    money = {"occurred_on": "2026-03-21", "fund": chance.choice(["income", "activity"])}
    received, spent, interest = (chance.randrange(1, 9) * 10_000 for _ in range(3))
    founding = named(club_founded(name, place=place, members={"total": 40 + chance.randrange(20)}))
    meeting = named(meeting_held(name, on=f"2026-0{chance.randrange(2, 7)}-15"))
    fees = named(of_club("fund.received", name, **money, source="members", amount_vnd=received))
    early = [named(of_club("board.elected", name, occurred_on="2026-02", size=5))]  # Waits for the founding.
    life = [
        named(members_counted(name, total=chance.randrange(30, 70))),
        fees,
        named(of_club("fund.spent", name, **money, purpose="gift", amount_vnd=spent)),
        named(of_club("loan.repaid", name, **money, loans=1, principal_vnd=0, interest_vnd=interest)),
        named(corrected(meeting, weighed=chance.randrange(30))),
        named(meeting_held(name, on="2025-01-01")),  # Before its founding: it cannot be true.
        chance.choice([founding, meeting]),  # Again, as after a lost answer.
    ]
    late = [named(withdrawn(fees))]
    return [*chance.choice([[], early]), founding, meeting, *life, *chance.choice([[], late])]
