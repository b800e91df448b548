"""Lists of clubs, trainings and printed figures, as believed at a position; with a `day`, what was so on that day."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, or_, select

from services.reporting.known import Led
from services.reporting.listed import Shown, listed_club, listed_figure, listed_training
from services.reporting.tables import aliases, clubs, effects, heard, told, trainings
from shared.folding import folded
from shared.same_club import family, root_of

AT_ONCE: Final = 500  # Rows in memory where all are read.


def believed(table: Table, position: int) -> ColumnElement[bool]:
    """The rows of a read model that were believed at a position."""
    until = table.c.known_until
    return and_(table.c.known_from <= position, or_(until.is_(None), until > position))


def clubs_like(
    connection: Connection,
    position: int,
    words: str,
    province: str | None,
    after: str,
    limit: int,
    states: Sequence[str] = ("founded", "ended"),
    day: date = date.max,
) -> tuple[list[Shown], int]:
    """Clubs by name and province (code on today's map), in the order of their ids, and how many there are. Each has
    its newest name and place, whatever the day.
    """
    wanted = _clubs_wanted(position, words, province, states, day)
    total = connection.scalar(select(func.count()).select_from(clubs).where(*wanted)) or 0
    return _clubs_after(connection, position, wanted, after, limit, day), int(total)


def every_club(
    connection: Connection,
    position: int,
    words: str,
    province: str | None,
    states: Sequence[str] = ("founded", "ended"),
    day: date = date.max,
) -> Iterator[Shown]:
    """All clubs by name and province, in the order of their ids, a few hundred at a time in memory."""
    wanted, after = _clubs_wanted(position, words, province, states, day), ""
    while some := _clubs_after(connection, position, wanted, after, AT_ONCE, day):
        yield from some
        after = some[-1]["id"]


def club_names(connection: Connection, position: int) -> dict[str, str]:
    """The names of all clubs."""
    query = select(clubs.c.subject, clubs.c.name).where(believed(clubs, position))
    return {row.subject: row.name for row in connection.execute(query)}


def begun(column: ColumnElement[Any], day: date) -> ColumnElement[bool]:
    """Whether a day as it was written may lie on a day or before; nobody knows when what has none was."""
    return or_(column.is_(None), column.startswith("../"), func.substr(column, 1, 10) <= day.isoformat())


def _clubs_wanted(
    position: int, words: str, province: str | None, states: Sequence[str], day: date
) -> list[ColumnElement[bool]]:
    wanted = [believed(clubs, position), clubs.c.state.in_(states), begun(clubs.c.founded, day)]
    wanted += [clubs.c.folded.contains(word, autoescape=True) for word in folded(words).split()]
    return wanted if province is None else [*wanted, clubs.c.province_now == province]


def _clubs_after(
    connection: Connection,
    position: int,
    wanted: Sequence[ColumnElement[bool]],
    after: str,
    limit: int,
    day: date,
) -> list[Shown]:
    query = select(clubs).where(*wanted, clubs.c.subject > after).order_by(clubs.c.subject).limit(limit)
    rows = connection.execute(query).all()
    met = meetings_of(connection, position, [row.subject for row in rows], day)
    return [listed_club(row._mapping, met, day) for row in rows]


def club(connection: Connection, position: int, subject: str, day: date = date.max) -> Shown | None:
    """One club, also by the other name of a club registered twice."""
    subject = root_of(subject, names(connection, position))
    row = connection.execute(
        select(clubs).where(clubs.c.subject == subject, believed(clubs, position))
    ).first()
    return listed_club(row._mapping, meetings_of(connection, position, [subject], day), day) if row else None


def provinces_of(connection: Connection, position: int, subject: str) -> list[str]:
    """The province a club lies in, on today's map; none if nothing is known of it."""
    known = root_of(subject, names(connection, position))
    query = select(clubs.c.province_now).where(clubs.c.subject == known, believed(clubs, position))
    return [str(code) for code in connection.scalars(query)]


def family_of(connection: Connection, position: int, subject: str) -> list[str]:
    """All names a club was registered under, the one it is counted under first."""
    known = names(connection, position)
    return family(root_of(subject, known), known)


def names(connection: Connection, position: int) -> dict[str, str]:
    """The clubs known to be registered twice, and under which name each is counted."""
    query = select(aliases.c.subject, aliases.c.into).where(believed(aliases, position))
    return {row.subject: row.into for row in connection.execute(query)}


def meetings_of(
    connection: Connection, position: int, subjects: Sequence[str], day: date = date.max
) -> dict[str, tuple[int, str]]:
    """How many meetings each club held, and the newest day one may have been held on."""
    found: dict[str, tuple[int, str]] = {}
    effect = Led("club")
    held = [effect["indicator"] == "meetings", effect["position"] <= position]
    held += [effect["last_day"] <= day.isoformat()] if day < date.max else []
    last = effect["last_day"].label("last")
    for start in range(0, len(subjects), 500):
        mine = effect["subject"].in_(subjects[start : start + 500])
        by_day = (
            select(effects.c.subject, last, func.sum(effects.c.value).label("held"))
            .where(*held, mine)
            .group_by(effects.c.subject, last)
            .having(func.sum(effects.c.value) > 0)
        )
        for row in connection.execute(by_day):
            count, newest = found.get(row.subject, (0, ""))
            found[row.subject] = (count + int(row.held), max(newest, row.last))
    return found


def trainings_like(
    connection: Connection,
    position: int,
    words: str,
    province: str | None,
    limit: int,
    skip: int,
    day: date = date.max,
) -> tuple[list[Shown], int]:
    """Trainings by title and province, the newest first, and how many there are: plans too, whenever they are for."""
    query = _trainings_wanted(position, words, province, day)
    all_of_them = query.add_columns(func.count().over().label("total"))
    rows = connection.execute(all_of_them.limit(limit).offset(skip)).all()
    if skip and not rows:  # Beyond the last one nobody tells how many there are.
        return [], connection.scalar(select(func.count()).select_from(query.subquery())) or 0
    return [listed_training(row._mapping) for row in rows], rows[0].total if rows else 0


def every_training(
    connection: Connection, position: int, words: str, province: str | None, day: date = date.max
) -> Iterator[Shown]:
    """All trainings by title and province, the newest first, as the database hands them out."""
    query = _trainings_wanted(position, words, province, day)
    for row in connection.execution_options(yield_per=AT_ONCE).execute(query):
        yield listed_training(row._mapping)


def _trainings_wanted(position: int, words: str, province: str | None, day: date) -> Select[Any]:
    wanted = [believed(trainings, position), or_(trainings.c.state == "planned", begun(trainings.c.day, day))]
    wanted += [trainings.c.folded.contains(word, autoescape=True) for word in folded(words).split()]
    if province is not None:
        wanted.append(trainings.c.province_now == province)
    return select(trainings).where(*wanted).order_by(trainings.c.last_day.desc(), trainings.c.subject)


def published_figures(
    connection: Connection,
    position: int,
    indicator: str | None,
    subject: str | None,
    limit: int,
    province: str | None = None,
    day: date = date.max,
) -> list[Shown]:
    """Printed figures, the newest report first."""
    wanted: list[ColumnElement[bool]] = [told.c.type == "figure.published", begun(told.c.day, day)]
    if indicator is not None:
        wanted.append(told.c.indicator == indicator)
    if subject is not None:
        wanted.append(told.c.subject == subject)
    if province is not None:
        wanted.append(told.c.province_now == province)
    return [listed_figure(row._mapping) for row in _told(connection, position, wanted, limit, 0)]


def said(
    connection: Connection,
    position: int,
    types: Sequence[str],
    province: str | None,
    limit: int,
    skip: int,
    day: date = date.max,
) -> list[Shown]:
    """Plans, targets, visits and periods, the newest report first; by province on today's map."""
    wanted: list[ColumnElement[bool]] = [told.c.type.in_(types), begun(told.c.day, day)]
    if province is not None:
        wanted.append(told.c.province_now == province)
    columns = ("position", "type", "subject", "province_now", "data")
    return [
        {name: row._mapping[name] for name in columns}
        for row in _told(connection, position, wanted, limit, skip)
    ]


def _told(
    connection: Connection, position: int, wanted: Sequence[ColumnElement[bool]], limit: int, skip: int
) -> list[Any]:
    newest = told.c.position.desc()
    query = select(told).where(believed(told, position), *wanted).order_by(newest).limit(limit).offset(skip)
    return list(connection.execute(query))


def latest(connection: Connection, position: int, limit: int) -> list[Shown]:
    """The newest events, with the name of the club or training they are about, or what they told of a territory."""
    query = select(heard).where(heard.c.position <= position).order_by(heard.c.position.desc()).limit(limit)
    rows = [dict(row._mapping) for row in connection.execute(query)]
    subjects = {row["subject"] for row in rows}
    known: dict[str, Shown] = {}
    for table, name in ((clubs, clubs.c.name), (trainings, trainings.c.title)):
        about = (believed(table, position), table.c.subject.in_(subjects))
        for found in connection.execute(select(table.c.subject, name.label("name")).where(*about)):
            known[found.subject] = {"name": found.name, "club": table is clubs}
    nothing = {"name": None, "club": False}
    at = [row["position"] for row in rows]
    of_territory = (believed(told, position), told.c.position.in_(at))
    data = {row.position: row.data for row in connection.execute(select(told).where(*of_territory))}
    return [row | known.get(row["subject"], nothing) | {"told": data.get(row["position"])} for row in rows]
