"""Pages over HTTP: the nation's and a province's, at today's clocks and at past ones, from the service as it runs.

At today's clocks one event has arrived between any two pages: each is asked for at the position after the last.
"""

import random
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import psutil

from bench.harness import Row, percentile
from services.reporting.api import create_app
from services.serving import collect_seldom
from shared.settings import Local
from tests.station import Served

PATHS: Final = {"nation": "/", "province": "/provinces/08", "largest province": "/provinces/{largest}"}
FLOOR: Final = "/health/live"
ROUNDS: Final = 5


@dataclass(frozen=True, slots=True)
class Country:
    """The read models whose pages are asked for: their newest position and day, and the province of most clubs."""

    name: str
    reporting: str
    log: str
    folder: Path
    head: int
    today: date
    largest: str


@dataclass(frozen=True, slots=True)
class Pages:
    """Milliseconds of each page by what and when, a list for each round, and the memory of the service after all."""

    took: dict[tuple[str, str], list[list[float]]]
    pss_mb: float


def asked(country: Country, times: int) -> Pages:
    """Ask for every page so often, a round of each kind after the other. Raises `RuntimeError` for a page refused."""
    chance, each = random.Random(7), times // ROUNDS
    took: dict[tuple[str, str], list[list[float]]] = defaultdict(list)
    with _served(country) as client:
        paths = {where: pattern.format(largest=country.largest) for where, pattern in PATHS.items()}
        for path in paths.values():
            _page(client, path, country.head - times - 1, country.today)  # The first page of a day.
        for number in range(ROUNDS):
            first = country.head - times + number * each
            for where, path in paths.items():
                today = [_page(client, path, first + n, country.today) for n in range(each)]
                past = [_page(client, path, *_moment(country, chance)) for _ in range(each // 4 or 1)]
                took[where, "today"].append(today)
                took[where, "past"].append(past)
            took[FLOOR, ""].append([_took(client, FLOOR) for _ in range(each)])
        return Pages(took, psutil.Process().memory_full_info().pss / 2**20)


def rows(country: Country, found: Pages) -> Iterator[Row]:
    """What was found, beside a request that does nothing."""
    floor = found.took.pop((FLOOR, ""))
    for (where, when), rounds in found.took.items():
        for percent in (50, 95):
            case = f"page, {where}, {when}, p{percent}, {country.name}"
            note = f"{ROUNDS} rounds of {len(rounds[0])} pages"
            yield Row(case, "ours", "ms", tuple(percentile(took, percent) for took in rounds), note)
            yield Row(case, "one GET /health/live", "ms", tuple(percentile(took, percent) for took in floor))
    yield Row(f"memory of the pages, {country.name}", "PSS", "MB", (found.pss_mb,), "service and client")


def _moment(country: Country, chance: random.Random) -> tuple[int, date]:
    """A position in the log's younger two thirds, and a day of the last half year."""
    position = chance.randint(country.head // 3, country.head)
    return position, country.today - timedelta(days=chance.randrange(180))


@contextmanager
def _served(country: Country) -> Iterator[HTTPConnection]:
    settings = Local(
        data_dir=country.folder,
        log_url=country.log,
        reporting_database_url=country.reporting,
        public_read="clubs",
    )
    served = Served(create_app(settings))
    collect_seldom()  # As the service does.
    try:
        # The leanest client: it shares the process, and its share of the time is counted.
        with closing(HTTPConnection(served.url.removeprefix("http://"), timeout=60)) as client:
            yield client
    finally:
        served.stop()


def _page(client: HTTPConnection, path: str, position: int, day: date) -> float:
    return _took(client, f"{path}?known_at={position}&valid_at={day}")


def _took(client: HTTPConnection, address: str) -> float:
    start = time.perf_counter()
    client.request("GET", address)
    answer = client.getresponse()
    answer.read()
    took = 1000 * (time.perf_counter() - start)
    if answer.status != 200:
        raise RuntimeError(f"{address} answered {answer.status}")
    return took
