"""What happened, in words: one sentence for each type of event, in Vietnamese and English."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.reporting.figures import Sum
from services.reporting.indicators import Indicator
from shared.codes import CODES, code_name
from shared.effective import Effective, standings
from shared.events import (
    CATALOGUE,
    ActivityHeld,
    BoardElected,
    CareReported,
    ClubDissolved,
    ClubFounded,
    ClubLaunched,
    ClubMerged,
    ClubMoved,
    Event,
    FigurePublished,
    FundCounted,
    FundReceived,
    FundSpent,
    HealthChecked,
    LoanDisbursed,
    LoanRepaid,
    MeetingCancelled,
    MeetingHeld,
    MembersCounted,
    PeriodReopened,
    PeriodSignedOff,
    PlaceResolved,
    PlanAdopted,
    TargetSet,
    TrainingHeld,
    VisitMade,
)
from shared.log import Log
from shared.people import HeadCount
from shared.places import Place, province_name
from shared.same_club import reports_of
from shared.texts import Language, count, knows, percent, say, span, when
from shared.values import Count, Range
from shared.values import count as read_count
from shared.values import when as read_when


def sentence(lang: Language, event: Event) -> str:
    """One event as a sentence."""
    facts = {name: getattr(event, name, None) or "" for name in ("title", "reason", "name")}
    return say(lang, f"event.{event.type}", **facts | _facts(lang, event))


def _facts(lang: Language, event: Event) -> dict[str, str]:
    """What the sentence about an event of this type tells, in words."""
    match event:
        case ClubFounded() | MembersCounted():
            return {"people": _people(lang, event.members)}
        case MeetingHeld() | ClubLaunched():
            return {"people": _people(lang, event.attendance)}
        case ActivityHeld():
            area = code_name(lang, "area", event.area)
            return {"area": area, "people": _people(lang, event.attendance)}
        case MeetingCancelled():
            return {"day": when(lang, event.planned_on)}
        case BoardElected():
            return {"people": count(lang, event.size)}
        case ClubMoved() | PlaceResolved():
            return {"place": _place(event.place)}
        case ClubMerged():
            return {"kind": say(lang, f"merger.{event.kind}"), "into": event.into}
        case ClubDissolved():
            return {"reason": event.reason or ""}
        case CareReported():
            counted = {
                name: count(lang, getattr(event, name)) for name in ("volunteers", "cared_for", "visits")
            }
            return {"period": when(lang, event.period.when), **counted}
        case HealthChecked():
            kind = code_name(lang, "health_kind", event.kind)
            return {"kind": kind, "people": count(lang, event.examined)}
        case FundReceived() | FundSpent() | FundCounted() | LoanDisbursed() | LoanRepaid():
            return {"fund": say(lang, f"fund.{event.fund}"), **_money(lang, event)}
        case TrainingHeld():
            return {"delegates": count(lang, event.delegates.total if event.delegates else None)}
        case VisitMade():
            clubs = event.clubs_count or (Count(len(event.clubs)) if event.clubs else None)
            return {"kind": code_name(lang, "visit_kind", event.kind), "clubs": count(lang, clubs)}
        case PlanAdopted():
            kind = code_name(lang, "plan_kind", event.kind)
            return {"kind": kind, "status": say(lang, f"plan.{event.status}")}
        case TargetSet():
            value = count(lang, event.value) if event.value else f"{event.percent} %"
            name = indicator_name(lang, event.indicator)
            return {"indicator": name, "value": value, "by": when(lang, event.by)}
        case FigurePublished():
            return {"indicator": indicator_name(lang, event.indicator), "value": count(lang, event.value)}
        case PeriodSignedOff() | PeriodReopened():
            return {"period": when(lang, event.period.when)}
    return {}


def _money(lang: Language, event: Event) -> dict[str, str]:
    match event:
        case FundReceived():
            amount = _dong(lang, event.amount_vnd) if event.amount_vnd else say(lang, "event.goods")
            return {"amount": amount, "source": code_name(lang, "fund_source", event.source)}
        case FundSpent():
            purpose = code_name(lang, "purpose", event.purpose)
            return {"amount": _dong(lang, Count(event.amount_vnd)), "purpose": purpose}
        case FundCounted():
            return {"amount": _dong(lang, Count(event.cash_vnd))}
        case LoanDisbursed():
            return {"amount": _dong(lang, Count(event.principal_vnd)), "loans": count(lang, event.loans)}
        case LoanRepaid():
            interest = _dong(lang, Count(event.interest_vnd))
            return {"amount": _dong(lang, Count(event.principal_vnd)), "interest": interest}
    return {}


def _dong(lang: Language, amount: Count) -> str:
    return say(lang, "money.dong", amount=count(lang, amount))


def _place(place: Place) -> str:
    parts = (place.as_written or place.village, province_name(place.list, place.province))
    return ", ".join(part for part in parts if part)


def day_words(lang: Language, text: str | None) -> str | None:
    """A day as the language writes it: *không muộn hơn 05/10/2020*."""
    return None if text is None else when(lang, read_when(text))


def count_words(lang: Language, value: Any) -> str | None:
    """A count as the language writes it: *hơn 90*."""
    return None if value is None else count(lang, read_count(value))


def range_words(lang: Language, value: Mapping[str, Any] | None) -> str | None:
    """The edges of a sum as the language writes them."""
    return None if value is None else span(lang, Range(value["value"], value["low"], value["high"]))


def figure_words(lang: Language, indicator: Indicator, figure: Sum) -> str:
    """A figure with its unit and its edges: *54 người*, *hơn 90 câu lạc bộ*, *70,4 % (từ 69,0 đến 71,2 %)*."""
    if figure.of is not None:
        return _share_words(lang, figure)
    found, one = figure.range, figure.range.as_count()
    if figure.below:
        few = say(lang, "figure.below", n=figure.below)
        return say(lang, "figure.exact", n=few, unit=say(lang, f"unit.{indicator.unit}"))
    unit = say(lang, f"unit.{indicator.unit}{'.one' if one == Count(1) else ''}")
    if one is not None and one.edge != "at_least":
        return say(lang, "figure.exact", n=count(lang, one), unit=unit)
    if one is not None:
        return say(lang, "figure.at-least", n=found.low, unit=unit)
    edges = "from" if found.high is None else "from-to"
    return say(lang, f"figure.{edges}", n=found.value, unit=unit, low=found.low, high=found.high)


def _share_words(lang: Language, figure: Sum) -> str:
    told = figure.as_json()
    if told["value"] is None:
        return say(lang, "figure.percent.none")
    n, low, high = (percent(lang, told[edge]) for edge in ("value", "low", "high"))
    edges = ".from-to" if low != high else ""
    return say(lang, f"figure.percent{edges}", n=n, low=low, high=high)


def indicator_name(lang: Language, code: str) -> str:
    """The name of an indicator, of ours or of print; unknown codes stand as they are."""
    ours = f"indicator.{code}.name"
    return say(lang, ours) if code not in CODES["figure"] and knows(ours) else code_name(lang, "figure", code)


def _people(lang: Language, heads: HeadCount | None) -> str:
    people = heads.people() if heads is not None else None
    return say(lang, "count.unknown") if people is None else span(lang, people)


def history_of(log: Log, lang: Language, names: Sequence[str], position: int) -> list[dict[str, Any]]:
    """What was reported about a subject under all its names, in order, and what each report is worth at `position`."""
    histories = [[event for event in log.history(name) if event.position <= position] for name in names]
    worth = {at: standing for history in histories for at, standing in standings(history).items()}
    events = sorted((event for history in histories for event in history), key=lambda event: event.position)
    return [
        {
            "position": event.position,
            "type": event.type,
            "said": sentence(lang, event.event),
            "day": str(event.event.day() or "") or None,
            "day_text": day_words(lang, str(event.event.day())) if event.event.day() else None,
            "standing": worth[event.position].value,
            "standing_text": say(lang, f"standing.{worth[event.position].value}"),
            "recordedtime": event.envelope["recordedtime"],
            "recordedby": event.envelope["recordedby"],
            "source": event.identity.source,
            "id": event.identity.id,
            "data": event.data,
        }
        for event in events
    ]


def reports_in(log: Log, names: Sequence[str], position: int) -> list[Effective]:
    """What counts at `position` of the reports under all names of one club, the name it is counted under first."""
    return reports_of(
        [[event for event in log.history(name) if event.position <= position] for name in names]
    )


_DAYS = ("founded_on", "ended_on", "launched_on", "members_counted_on", "last_meeting_on", "occurred_on")


def in_words(lang: Language, item: dict[str, Any]) -> dict[str, Any]:
    """The item with its days and counts also in words: *không muộn hơn 05/10/2020*, *hơn 90*."""
    shown = dict(item)
    for name in _DAYS:
        if name in item:
            shown[f"{name}_text"] = day_words(lang, item[name])
    if "members" in item:
        shown["members_text"] = range_words(lang, item["members"])
    for part in ("planned", "held", "cancelled"):
        if item.get(part):
            shown[part] = _training_in_words(lang, item[part])
    if "state" in item:
        kind = "club.state" if "founded_on" in item else "training"
        shown["state_text"] = say(lang, f"{kind}.{item['state']}")
    return shown


def _training_in_words(lang: Language, told: dict[str, Any]) -> dict[str, Any]:
    shown = dict(told)
    for name in ("occurred_on", "planned_end"):
        if name in told:
            shown[f"{name}_text"] = day_words(lang, told[name])
    total = told.get("delegates", {}).get("total")
    return shown | {"delegates_text": count_words(lang, total)}


def said_in_words(lang: Language, row: dict[str, Any]) -> dict[str, Any]:
    """A plan, a visit or a period: its data, its sentence and its day in words."""
    day = _told(row["type"], row["data"]).day()
    said = told_sentence(lang, row["type"], row["data"])
    return row | {"said": said, "day_text": when(lang, day) if day else None}


def told_sentence(lang: Language, type: str, data: dict[str, Any]) -> str:
    """What was told about a territory, as a sentence, from the row a read model keeps."""
    return sentence(lang, _told(type, data))


def _told(type: str, data: dict[str, Any]) -> Event:
    newest = max(version for name, version in CATALOGUE if name == type)
    return CATALOGUE[type, newest].model_validate(data)
