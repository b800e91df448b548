"""Any lives of a few clubs, for laws: reports in any order, with any of them corrected or withdrawn."""

from typing import Any

from hypothesis import strategies as st

from shared.codes import AREAS
from tests.builders import (
    LAI_CHAU,
    TUYEN_QUANG,
    club_founded,
    corrected,
    dissolved,
    meeting_held,
    members_counted,
    merged,
    of_club,
    withdrawn,
)

NAMES = ("aaa", "bbb", "ccc")
VI_XUYEN = {"list": "2025-07", "province": "08", "commune": "00913"}
VI_XUYEN_BEFORE = {"list": "pre-2025", "province": "02", "commune": "00913"}
TUYEN_QUANG_BEFORE = {"list": "pre-2025", "province": "08", "district": "070"}
PLACES = (TUYEN_QUANG, LAI_CHAU, VI_XUYEN, VI_XUYEN_BEFORE, TUYEN_QUANG_BEFORE)


@st.composite
def lives(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Reports about three clubs in any order: foundings, meetings, money, counts, ends, and amendments of them."""
    sent: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(2, 14))):
        name, other = draw(st.permutations(NAMES))[:2]
        day = f"2026-{draw(st.integers(1, 6)):02}-{draw(st.integers(1, 28)):02}"
        again = sent and draw(st.integers(0, 4)) == 0
        sent.append(draw(_amended(sent, day)) if again else draw(_about(name, other, day)))
    begun = [
        club_founded(name, on="2026-01-01", place=draw(st.sampled_from(PLACES)))
        for name in draw(st.sampled_from([NAMES, NAMES[:2]]))
    ]
    return begun + sent


@st.composite
def _amended(draw: st.DrawFn, sent: list[dict[str, Any]], day: str) -> dict[str, Any]:
    target = draw(st.sampled_from(sent))
    if target["type"] != "report.withdrawn" and draw(st.booleans()):
        before = target["data"].get("data", target["data"])
        if "occurred_on" in before:
            return corrected(target, occurred_on=day)
    return withdrawn(target)


@st.composite
def _about(draw: st.DrawFn, name: str, other: str, day: str) -> dict[str, Any]:
    """One report about a club; `other` is another club."""
    place, number = draw(st.sampled_from(PLACES)), draw(st.integers(0, 80))
    areas = draw(st.sampled_from([[], list(AREAS[:1]), list(AREAS)]))
    fund = draw(st.sampled_from(["income", "activity"]))
    dated = {"occurred_on": day}
    return draw(
        st.sampled_from(
            [
                club_founded(name, on=day, place=place, scheme=draw(st.sampled_from(["1336", "1648"]))),
                meeting_held(name, on=day, areas=areas),
                meeting_held(name, on=day[:7]),
                members_counted(name, on=day, total=number),
                members_counted(
                    name, on=day, women=number, men={"more_than": 9}, poor=min(number, 5), **{"60_plus": 5}
                ),
                dissolved(name, on=day),
                merged(name, into=other, on=day),
                merged(name, into=other, kind="merged", on=day),
                of_club("club.moved", name, **dated, place=place),
                of_club("club.renamed", name, **dated, name=f"CLB {day}"),
                of_club("place.resolved", name, place=VI_XUYEN),
                of_club("board.elected", name, occurred_on=day[:7], size=3 + number % 7),
                of_club("fund.counted", name, **dated, fund=fund, cash_vnd=number),
                of_club("fund.received", name, **dated, fund=fund, source="project", amount_vnd=100 + number),
                of_club("fund.spent", name, occurred_on=day[:7], fund=fund, purpose="gift", amount_vnd=7),
                of_club("loan.disbursed", name, **dated, fund="income", loans=number, principal_vnd=50),
                of_club("care.reported", name, period=day[:7], volunteers=number, cared_for=3, visits=12),
            ]
        )
    )
