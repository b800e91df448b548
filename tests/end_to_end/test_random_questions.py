"""A thousand random questions about a simulated country: every figure is what a second opinion counts from the log."""

import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from services.reporting.changes import changes
from services.reporting.figures import figures
from services.reporting.indicators import INDICATORS, MEASURES
from services.reporting.projections import ReportingFollower
from services.reporting.question import Question
from services.reporting.tables import metadata
from services.simulating.stream import Simulation, write
from shared.catch_up import catch_up
from shared.clock import day_in_viet_nam
from shared.database import engine, snapshot
from shared.log import Log
from shared.places import communes, provinces
from shared.places.terrain import add_terrain
from shared.valkey_log import ValkeyLog
from tests.builders import NOW
from tests.door import Door
from tests.second_opinion import CODES, SHARES, Asked, Country
from tests.second_opinion.catalogue import ALL_COMMUNES, OF_A_PERIOD
from tests.second_opinion.maps import Spot
from tests.second_opinion.numbers import NONE, Edges, plus

QUESTIONS, POSITIONS, WAYS = 1000, 8, 300
FIRST, LAST = date(2019, 1, 1), date(2026, 12, 31)
RECORDED = day_in_viet_nam(NOW)
TERRAIN = {
    code: ("lowland", "mountain", "border", "island")[number % 4]
    for number, code in enumerate(communes("2025-07"))
    if number % 5
}


@pytest.fixture(autouse=True)
def the_operators_list_of_terrains(tmp_path: Path) -> Iterator[None]:
    """Of four communes in five somebody said what terrain they have."""
    path = tmp_path / "terrain.csv"
    path.write_text("code,terrain\n" + "".join(f"{code},{one}\n" for code, one in TERRAIN.items()))
    add_terrain(path)
    yield
    add_terrain(None)


@pytest.fixture
def country(valkey_log: ValkeyLog, tmp_path: Path) -> tuple[Log, ReportingFollower]:
    """Sixty clubs and their noise, recorded, and followed by the reporting service."""
    lines = tmp_path / "country.ndjson"
    with lines.open("wb") as out:
        write(Simulation(clubs=60, years=2, seed=11, until=date(2026, 6, 30)), out)
    door = Door(valkey_log, tmp_path)
    with lines.open("rb") as sent:
        door.record(sent)
    door.close()
    database = engine(f"sqlite:///{tmp_path}/reporting.sqlite", durable=False)
    metadata.create_all(database)
    follower = ReportingFollower(database, valkey_log)
    catch_up(valkey_log, follower)
    return valkey_log, follower


def test_a_thousand_random_questions_have_the_answers_of_a_second_opinion(
    country: tuple[Log, ReportingFollower], tmp_path: Path
):
    log, follower = country
    dice = random.Random(2026)
    head = log.head().position
    positions = [head, *(dice.randrange(1, head) for _ in range(POSITIONS - 1))]
    wrong: list[tuple[Any, ...]] = []

    with snapshot(follower.engine).connect() as connection:
        for position in positions:
            second = Country(lines_up_to(log, position, tmp_path), RECORDED, TERRAIN)
            for asked in (question(dice, second) for _ in range(QUESTIONS // POSITIONS)):
                ours, theirs = answered(connection, asked, position), counted(second, asked)
                if ours != theirs:
                    wrong.append((position, asked, ours, theirs))

    assert {asked.code for _, asked, _, _ in wrong} == set(), wrong[:3]


def test_the_way_between_two_moments_of_knowledge_leads_from_one_second_opinion_to_the_other(
    country: tuple[Log, ReportingFollower], tmp_path: Path
):
    log, follower = country
    dice = random.Random(2027)
    head = log.head().position
    positions = sorted([*(dice.randrange(1, head) for _ in range(3)), head])
    then = {
        position: Country(lines_up_to(log, position, tmp_path), RECORDED, TERRAIN) for position in positions
    }
    wrong: list[tuple[Any, ...]] = []

    with snapshot(follower.engine).connect() as connection:
        for _ in range(WAYS):
            since, until = sorted(dice.sample(positions, 2))
            asked = question(dice, then[until])._replace(by=None)
            for code in SHARES.get(asked.code, (asked.code,)):
                asked = asked._replace(code=code or f"{asked.code}.of")
                if led(connection, asked, since, until) != [sum_of(then[at], asked) for at in (since, until)]:
                    wrong.append((since, until, asked))

    assert wrong == []


def led(connection: Connection, asked: Asked, since: int, until: int) -> list[Edges]:
    """The figure before and after, as its changes tell."""
    days = (asked.start, asked.end)
    whole = Question(MEASURES[asked.code], (), *days, asked.scope, asked.scheme, until)
    found = changes(connection, whole, since)
    return [(one.value, one.low, one.high) for one in (found.before.range, found.after.range)]


def sum_of(country: Country, asked: Asked) -> Edges:
    """The figure by a second opinion."""
    return country.answer(asked).get(None, NONE)


def question(dice: random.Random, country: Country) -> Asked:
    """Any question: of the nation, of a province on one of the maps, of a district, a commune or a club."""
    code = dice.choice(CODES)
    known = INDICATORS[code]
    start, end = sorted(FIRST + timedelta(days=dice.randrange((LAST - FIRST).days)) for _ in range(2))
    spot = dice.choice([seat.spot for seats in country.seats.values() for seat in seats])
    of_places = bool({code, *SHARES.get(code, ())} & {"provinces", *ALL_COMMUNES})
    scope, scheme = dice.choice(
        [
            *(("nation", scheme) for scheme in ("34", "63", "as-recorded")),
            (f"province:{dice.choice(provinces('34')).code}", "34"),
            (f"province:{spot.now}", "34"),
            (f"province:{dice.choice(spot.old)}", "63"),
            *([] if of_places else scopes_of_one(dice, country, spot)),
        ]
    )
    by = dice.choice([None, None, "month", "province", "district", "commune", known.parts])
    split = by == "month" and code in OF_A_PERIOD
    if known.unit == "percent" or split or (by in ("province", "commune") and scheme == "as-recorded"):
        by = None
    return Asked(code, by, start if by == "month" or dice.random() < 0.7 else date.min, end, scope, scheme)


def scopes_of_one(dice: random.Random, country: Country, spot: Spot) -> list[tuple[str, str]]:
    """Scopes too small for what counts all places."""
    return [
        (f"province:{spot.list}:{spot.province}", "as-recorded"),
        (f"club:{dice.choice(list(country.seats))}", "34"),
        *([(f"district:{spot.district}", dice.choice(("34", "63")))] if spot.district else []),
        *([(f"commune:{spot.commune_now}", "34")] if spot.commune_now else []),
    ]


def answered(connection: Connection, asked: Asked, position: int) -> dict[Any, Any]:
    """What the reporting service answers: its rows by what was asked for, without those of nothing."""
    by: Any = (asked.by,) if asked.by else ()
    start = max(asked.start, date(asked.end.year - 2, 1, 1)) if asked.by == "month" else asked.start
    known = INDICATORS[asked.code]
    found = figures(connection, Question(known, by, start, asked.end, asked.scope, asked.scheme, position))
    if asked.code in SHARES:
        told = found[1].as_json()
        return {name: edges(told[name]) for name in ("numerator", "denominator")} | {"value": told["value"]}
    key = {"month": "period"}.get(asked.by or "", asked.by)
    rows: dict[Any, Any] = {}
    for row in found[0]:  # What could not be placed is told by what was recorded; here it is one.
        told = row.as_json()
        rows[told.get(key)] = plus(rows.get(told.get(key), NONE), edges(told))
    return {name: number for name, number in rows.items() if number != NONE}


def counted(country: Country, asked: Asked) -> dict[Any, Any]:
    """What the second opinion counts, in the same form."""
    if asked.by == "month":
        asked = asked._replace(start=max(asked.start, date(asked.end.year - 2, 1, 1)))
    if asked.code not in SHARES:
        return country.answer(asked)
    part, of = SHARES[asked.code]
    numerator, denominator = (
        country.answer(asked._replace(code=code)).get(None, NONE) for code in (part, of or f"{part}.of")
    )
    least, most = numerator[0], denominator[0]
    share = int(1000 * min(least, most) / most + 0.5) / 10 if most else None
    return {"numerator": numerator, "denominator": denominator, "value": share}


def edges(told: dict[str, Any]) -> Edges:
    return told["value"], told["low"], told["high"]


def lines_up_to(log: Log, position: int, folder: Path) -> Path:
    """The events of the log up to a position, as a file of reports."""
    path = folder / f"{position}.ndjson"
    with path.open("w", encoding="utf-8") as out:
        after = 0
        while events := [one for one in log.read(after, 1000) if one.position <= position]:
            for one in events:
                line = {"source": one.identity.source, "id": one.identity.id, "type": one.type}
                out.write(json.dumps(line | {"subject": one.subject, "data": one.data}) + "\n")
            after = events[-1].position
    return path
