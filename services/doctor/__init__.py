"""`ishc doctor`: looks at everything an installation is made of, says what is wrong and what to do. Changes nothing.

Each check is a small function of what is open here; it yields matters (`shared/matters.py`). A check whose store does
not answer is left out: that the store is away is a matter of its own.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import redis
from sqlalchemy.exc import DBAPIError

from services.doctor import guarding, kept, running, stores
from services.doctor.opened import Opened
from shared.matters import Matter
from shared.problems import Away

Check = Callable[[Opened], Iterable[Matter]]
CHECKS: Final[tuple[Check, ...]] = (*stores.CHECKS, *running.CHECKS, *kept.CHECKS, *guarding.CHECKS)
_SAID: Final = (
    "valkey-away",
    "database-away",
    "database-behind",
    "log-closed",
)  # Why a check cannot be made.


def examine(opened: Opened, checks: Iterable[Check] = CHECKS) -> list[Matter]:
    """All matters, what is wrong first."""
    found: list[Matter] = []
    for check in checks:
        found += _examined(check, opened, found)
    return sorted(found, key=lambda matter: not matter.wrong)


def _examined(check: Check, opened: Opened, found: list[Matter]) -> Iterator[Matter]:
    try:
        yield from check(opened)
    except (Away, DBAPIError, redis.RedisError) as error:
        if not any(matter.code in _SAID for matter in found):
            yield Matter("check-failed", check.__name__, {"error": type(error).__name__})
