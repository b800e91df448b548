"""Why a figure changed, in words: the causes with their clubs, the kinds, and how much each changed."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select

from services.reporting.amounts import NONE, Amounts
from services.reporting.causes import Cause, Kind
from services.reporting.diff import Account, Difference, Page
from services.reporting.lists import names
from services.reporting.tables import clubs, trainings
from shared.clock import as_utc_text
from shared.places import LIST_OF, Scheme, districts, look_up, province_name
from shared.same_club import root_of
from shared.texts import Language, knows, moment, number, percent, say

Shown = dict[str, Any]


def more_or_less(lang: Language, change: int) -> str:
    """A change with its sign, such as *+2*; *±0* where only the edges of a figure moved."""
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    return sign + number(lang, abs(change))


def change_in_words(lang: Language, amounts: Amounts) -> Shown:
    """What was added or taken, and the edges where they moved otherwise."""
    edges = []
    if amounts.unbounded or {amounts.low, amounts.high} != {amounts.value}:
        edges.append(f"{more_or_less(lang, amounts.low)} … {more_or_less(lang, amounts.high)}")
    if amounts.unbounded:
        edges.append(say(lang, "diff.unbounded", n=more_or_less(lang, amounts.unbounded)))
    return {"change_text": more_or_less(lang, amounts.value), "edges_text": "; ".join(edges)}


def cause_in_words(lang: Language, cause: Cause, known: dict[str, Shown]) -> Shown:
    """A report, what it is about, and what it changed; `event` is its address at the registry."""
    return {
        "position": cause.position,
        "event": f"/v1/events/{cause.position}",
        "kind": cause.kind.value,
        "kind_text": kind_words(lang, cause.kind),
        "type": cause.type,
        "type_text": say(lang, f"type.{cause.type}"),
        "subject": cause.subject,
        **known[cause.subject],
        "recorded_at": as_utc_text(cause.recorded_at),
        "recorded_text": moment(lang, cause.recorded_at),
        **_changed(lang, cause.amounts),
    }


def kinds_in_words(lang: Language, account: Account) -> list[Shown]:
    """How much each kind of report changed."""
    return [
        {"kind": kind.value, "kind_text": kind_words(lang, kind), "causes": causes, **_changed(lang, amounts)}
        for kind, (causes, amounts) in account.kinds().items()
    ]


def account_in_words(lang: Language, account: Account, page: Page, known: dict[str, Shown]) -> Shown:
    """A sum before and after, how much each kind of report changed, some reports, and all the others together."""
    shown, (others, rest) = page
    return {
        "indicator": account.indicator.code,
        "before": account.before.as_json(),
        "after": account.after.as_json(),
        "difference": _changed(lang, account.after - account.before),
        "kinds": kinds_in_words(lang, account),
        "causes": [cause_in_words(lang, cause, known) for cause in shown],
        "rest": {"causes": others, **_changed(lang, rest)},
        "total_causes": len(account.causes),
    }


def share_in_words(lang: Language, found: Difference) -> Shown:
    """A share before and after, in percent, and the percentage points between. It has no causes of its own: they are
    those of its two numbers."""
    before, after = found.before.as_json(), found.after.as_json()
    points = {name: _points(before[name], after[name]) for name in ("value", "low", "high", "certain")}
    text = "–" if points["value"] is None else say(lang, "diff.points", n=_signed(lang, points["value"]))
    nothing = account_in_words(lang, Account(found.question.indicator, NONE, None, ()), ((), (0, NONE)), {})
    difference = points | {"change_text": text, "edges_text": ""}
    return nothing | {"before": before, "after": after, "difference": difference}


def sum_name(lang: Language, code: str) -> str:
    """The name of one of the two numbers of a share."""
    key = f"indicator.{code}.name"
    return say(lang, key if knows(key) else "diff.whole")


def _changed(lang: Language, amounts: Amounts) -> Shown:
    return amounts.as_json() | change_in_words(lang, amounts)


def _points(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else round(after - before, 1)


def _signed(lang: Language, points: float) -> str:
    sign = "+" if points > 0 else "−" if points < 0 else "±"
    return sign + percent(lang, abs(points))


def kind_words(lang: Language, kind: Kind) -> str:
    return say(lang, f"diff.kind.{kind.value}")


def named(connection: Connection, position: int, subjects: Iterable[str]) -> dict[str, Shown]:
    """The names of clubs and trainings as they were last known, and under which id a club has its page."""
    aliases = names(connection, position)
    roots = {subject: root_of(subject, aliases) for subject in subjects}
    called: dict[str, Shown] = {}
    for table, name in ((trainings, trainings.c.title), (clubs, clubs.c.name)):
        # Also of a club whose founding was withdrawn: its reports still have to be called something.
        known = (table.c.known_from <= position, table.c.subject.in_(set(roots.values())))
        query = select(table.c.subject, name.label("name")).where(*known).order_by(table.c.known_from)
        for row in connection.execute(query):
            called[row.subject] = {"name": row.name, "club": row.subject if table is clubs else None}
    return {subject: called.get(root, {"name": None, "club": None}) for subject, root in roots.items()}


def scope_name(lang: Language, connection: Connection, position: int, scope: str, scheme: Scheme) -> str:
    """What a question is about, by its name."""
    kind, _, rest = scope.partition(":")
    place_list, _, code = rest.rpartition(":")
    match kind:
        case "province":
            return province_name(place_list or LIST_OF[scheme], code)
        case "commune":
            lists = [LIST_OF[scheme]] if scheme in LIST_OF else list(LIST_OF.values())
            found = next(found for one in lists if (found := look_up(one, code)) is not None)
            return f"{found.type} {found.name}"
        case "district":
            known = districts()[rest]
            return f"{known.type} {known.name}"
        case "club":
            return str(named(connection, position, [rest])[rest]["name"] or rest)
    return say(lang, "diff.nation")


def scope_path(scope: str) -> str:
    """The page of what a question is about; districts have none."""
    kind, _, rest = scope.partition(":")
    page = {"province": "/provinces/", "commune": "/communes/", "club": "/clubs/"}.get(kind)
    return f"{page}{rest.rpartition(':')[2]}" if page else "/"


def scope_scheme(scope: str, scheme: Scheme) -> Scheme:
    """The map that page is on: provinces as recorded have theirs on one of the two."""
    if scheme != "as-recorded" or not scope.startswith("province:"):
        return scheme
    return "63" if scope.startswith("province:pre-2025:") else "34"
