"""Lists of clubs, trainings and printed figures, as believed at a position."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select

from services.reporting.tables import clubs, effects, heard, published, trainings
from shared.folding import folded
from shared.places import province_name

Shown = dict[str, Any]


def believed(table: Table, position: int) -> ColumnElement[bool]:
    """The rows of a read model that were believed at a position."""
    until = table.c.known_until
    return and_(table.c.known_from <= position, or_(until.is_(None), until > position))


def clubs_like(
    connection: Connection, position: int, words: str, province: str | None, after: str, limit: int
) -> tuple[list[Shown], int]:
    """Clubs by name and province (code on today's map), in the order of their ids, and how many there are."""
    wanted = [believed(clubs, position)]
    wanted += [clubs.c.folded.contains(word, autoescape=True) for word in folded(words).split()]
    if province is not None:
        wanted.append(clubs.c.province_now == province)
    query = select(clubs).where(*wanted, clubs.c.subject > after).order_by(clubs.c.subject).limit(limit)
    rows = connection.execute(query).all()
    total = connection.scalar(select(func.count()).select_from(clubs).where(*wanted)) or 0
    met = meetings_of(connection, position, [row.subject for row in rows])
    return [_club(row._mapping, met) for row in rows], int(total)


def club(connection: Connection, position: int, subject: str) -> Shown | None:
    """One club."""
    row = connection.execute(
        select(clubs).where(clubs.c.subject == subject, believed(clubs, position))
    ).first()
    return _club(row._mapping, meetings_of(connection, position, [subject])) if row else None


def meetings_of(connection: Connection, position: int, subjects: Sequence[str]) -> dict[str, tuple[int, str]]:
    """How many meetings each club held, and the newest day one may have been held on."""
    found: dict[str, tuple[int, str]] = {}
    held = (effects.c.indicator == "meetings", effects.c.position <= position)
    for start in range(0, len(subjects), 500):
        mine = effects.c.subject.in_(subjects[start : start + 500])
        by_day = (
            select(effects.c.subject, effects.c.last_day, func.sum(effects.c.value).label("held"))
            .where(*held, mine)
            .group_by(effects.c.subject, effects.c.last_day)
            .having(func.sum(effects.c.value) > 0)
        )
        for row in connection.execute(by_day):
            count, newest = found.get(row.subject, (0, ""))
            found[row.subject] = (count + int(row.held), max(newest, row.last_day))
    return found


def trainings_like(
    connection: Connection, position: int, words: str, province: str | None, limit: int, skip: int
) -> tuple[list[Shown], int]:
    """Trainings by title and province, the newest first, and how many there are."""
    wanted = [believed(trainings, position)]
    wanted += [trainings.c.folded.contains(word, autoescape=True) for word in folded(words).split()]
    if province is not None:
        wanted.append(trainings.c.province_now == province)
    newest = (trainings.c.last_day.desc(), trainings.c.subject)
    query = select(trainings).where(*wanted).order_by(*newest).limit(limit).offset(skip)
    total = connection.scalar(select(func.count()).select_from(trainings).where(*wanted)) or 0
    return [_training(row._mapping) for row in connection.execute(query)], int(total)


def published_figures(
    connection: Connection, position: int, indicator: str | None, subject: str | None, limit: int
) -> list[Shown]:
    """Printed figures, the newest report first."""
    wanted = [believed(published, position)]
    if indicator is not None:
        wanted.append(published.c.indicator == indicator)
    if subject is not None:
        wanted.append(published.c.subject == subject)
    query = select(published).where(*wanted).order_by(published.c.position.desc()).limit(limit)
    hidden = ("known_from", "known_until")
    return [
        {name: value for name, value in row._mapping.items() if name not in hidden}
        for row in connection.execute(query)
    ]


def latest(connection: Connection, position: int, limit: int) -> list[Shown]:
    """The newest events, with the name of the club or the title of the training they are about, or the figure."""
    query = select(heard).where(heard.c.position <= position).order_by(heard.c.position.desc()).limit(limit)
    rows = [dict(row._mapping) for row in connection.execute(query)]
    subjects = {row["subject"] for row in rows}
    known: dict[str, Shown] = {}
    for table, name in ((clubs, clubs.c.name), (trainings, trainings.c.title)):
        about = (believed(table, position), table.c.subject.in_(subjects))
        for found in connection.execute(select(table.c.subject, name.label("name")).where(*about)):
            known[found.subject] = {"name": found.name, "club": table is clubs}
    nothing = {"name": None, "club": False}
    figures = _figures_at(connection, position, [row["position"] for row in rows])
    return [
        row | known.get(row["subject"], nothing) | {"figure": figures.get(row["position"])} for row in rows
    ]


def _figures_at(connection: Connection, position: int, positions: Sequence[int]) -> dict[int, Shown]:
    """The printed figures that these reports told."""
    told = (believed(published, position), published.c.position.in_(positions))
    return {row.position: dict(row._mapping) for row in connection.execute(select(published).where(*told))}


def _club(row: Any, met: dict[str, tuple[int, str]]) -> Shown:
    count, newest = met.get(row["subject"], (0, None))
    return {
        "id": row["subject"],
        "name": row["name"],
        "place": _place(row),
        "founded_on": row["founded"],
        "launched_on": row["launched"],
        "scheme": row["scheme"],
        "members": row["members"],
        "members_counted_on": row["members_on"],
        "meetings": count,
        "last_meeting_on": newest,
    }


def _training(row: Any) -> Shown:
    return {
        "id": row["subject"],
        "state": row["state"],
        "title": row["title"],
        "place": _place(row),
        "occurred_on": row["day"],
        **row["details"],
    }


def _place(row: Any) -> Shown:
    return {
        "list": row["list"],
        "province": row["province"],
        "province_name": province_name(row["list"], row["province"]),
        "province_now": row["province_now"],
        "province_now_name": province_name("2025-07", row["province_now"]),
        "commune": row["commune"],
        "village": row.get("village"),
        "as_written": row["as_written"],
    }
