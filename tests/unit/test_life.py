"""The life of a club: what can stand before its founding, after its end, and beside another club."""

import json

import pytest

from shared.access import Role, Token
from shared.effective import Standing, standings
from shared.events import CATALOGUE
from shared.intake import read_structured
from shared.problems import (
    AfterClubEnded,
    AlreadyEnded,
    AlreadyMerged,
    BeforeFounding,
    InTheFuture,
    MergedInACircle,
    NoSuchPlace,
    NotTheType,
    OutsideYourScope,
    PartsBeyondWhole,
    PlaceOutsideSubject,
    PositionAhead,
    WaitsForFounding,
    WrongSubject,
)
from tests.builders import (
    LAI_CHAU,
    TUYEN_QUANG,
    club_founded,
    corrected,
    dissolved,
    envelope,
    meeting_held,
    merged,
    of_club,
    withdrawn,
)
from tests.given import given, recorded

CLUB_ONLY = {
    *("club.launched", "charter.adopted", "board.elected", "members.counted", "club.renamed", "club.moved"),
    *(
        "club.dissolved",
        "club.merged",
        "place.resolved",
        "meeting.held",
        "meeting.cancelled",
        "activity.held",
    ),
    *("care.reported", "health.checked", "fund.received", "fund.spent", "fund.counted"),
    *("loan.disbursed", "loan.repaid"),
}


NO_GROUND = {
    *(
        "club.proposed",
        "club.founded",
        "training.planned",
        "training.held",
        "training.cancelled",
        "visit.made",
    ),
    *("plan.adopted", "target.set", "figure.published", "period.signed_off", "period.reopened"),
    *("report.corrected", "report.withdrawn"),
}


def test_what_waits_for_a_founding_is_what_the_contract_says():
    waits = {type: event.waits_for_founding for (type, _), event in CATALOGUE.items()}

    assert {type for type in CLUB_ONLY if waits[type]} == CLUB_ONLY
    assert {type for type in NO_GROUND if waits[type]} == set()


def test_a_proposed_club_needs_no_founding():
    given().when(of_club("club.proposed", occurred_on="2025-12", place=TUYEN_QUANG)).accepted()


@pytest.mark.parametrize(
    ("sent", "at"),
    [
        (of_club("charter.adopted", occurred_on="2026-01-14"), "/data/occurred_on"),
        (of_club("meeting.cancelled", planned_on="2026-01-14"), "/data/planned_on"),
        (of_club("care.reported", period="2025-12", visits=4), "/data/period"),
        (of_club("care.reported", period="2025-Q4", visits=4), "/data/period"),
        (of_club("fund.counted", occurred_on="2025", fund="income", cash_vnd=1), "/data/occurred_on"),
    ],
)
def test_nothing_a_club_does_predates_it(sent: dict, at: str):
    given(club_founded(on="2026-01-15")).when(sent).refused(BeforeFounding, at=at)


def test_a_month_that_holds_the_founding_may_be_reported():
    given(club_founded(on="2026-01-15")).when(of_club("care.reported", period="2026-01", visits=4)).accepted()


@pytest.mark.parametrize("period", ["2026", "2026-Q1", "2026-01/2026-06"])
def test_a_period_that_holds_the_founding_may_be_reported(period: str):
    given(club_founded(on="2026-02-15")).when(of_club("care.reported", period=period, visits=4)).accepted()


def test_a_club_that_ended_does_not_meet_but_settles_its_money():
    history = given(club_founded(), dissolved(on="2026-05-01"))

    history.when(meeting_held(on="2026-05-02")).refused(AfterClubEnded, at="/data/occurred_on")
    history.when(meeting_held(on="2026-05-01")).accepted()
    history.when(meeting_held(on="2026-05")).accepted()  # It may have been on the first.
    repaid = of_club("loan.repaid", occurred_on="2026-06-01", fund="income", principal_vnd=5_000_000)
    history.when(repaid).accepted()


def test_a_meeting_after_the_end_counts_in_no_order_of_arrival():
    founding, end, meeting = club_founded(), dissolved(on="2026-05-01"), meeting_held(on="2026-05-02")

    late = standings(recorded(founding, meeting, end))

    assert late == {1: Standing.COUNTS, 2: Standing.SUSPENDED, 3: Standing.COUNTS}
    assert standings(recorded(founding, meeting, end, withdrawn(end)))[2] is Standing.COUNTS


def test_a_club_ends_once():
    history = given(club_founded(), dissolved())

    history.when(dissolved()).refused(AlreadyEnded, at="/type")
    given(club_founded(), end := dissolved()).when(corrected(end, occurred_on="2026-05-02")).accepted()


def test_a_club_registered_twice_goes_on_reporting_under_either_name():
    history = given(club_founded("co-dien"), club_founded("co-dien-2"), merged("co-dien-2", into="co-dien"))

    history.when(meeting_held("co-dien-2", on="2026-06-01")).accepted()
    history.when(merged("co-dien-2", into="co-dien")).refused(AlreadyMerged, at="/type")


def test_a_club_merged_into_another_is_at_its_end():
    clubs = club_founded("co-dien"), club_founded("bach-ma")

    history = given(*clubs, merged("bach-ma", into="co-dien", kind="merged", on="2026-05-01"))

    history.when(meeting_held("bach-ma", on="2026-05-02")).refused(AfterClubEnded)


def test_a_merger_waits_for_the_club_it_goes_into():
    given(club_founded("bach-ma")).when(merged("bach-ma", into="co-dien")).waits(WaitsForFounding)


@pytest.mark.parametrize("kind", ["merged", "same_club"])
def test_no_club_goes_into_itself_not_even_round_about(kind: str):
    clubs = [club_founded(name) for name in ("aaa", "bbb", "ccc")]
    history = given(*clubs, merged("aaa", into="bbb", kind=kind), merged("bbb", into="ccc", kind=kind))

    history.when(merged("ccc", into="aaa")).refused(MergedInACircle, at="/data/into")
    history.when(merged("ccc", into="ccc")).refused(MergedInACircle, at="/data/into")


def test_giving_a_history_away_takes_rights_on_both_clubs():
    phone = Token("phone", Role.DEVICE, "/devices/phone", provinces=("08",))
    history = given(club_founded("bach-ma"), club_founded("co-dien"), club_founded("lai", place=LAI_CHAU))

    history.when(merged("bach-ma", into="co-dien"), by=phone).accepted()
    history.when(merged("bach-ma", into="lai"), by=phone).refused(OutsideYourScope)


def test_a_place_is_resolved_within_the_clubs_province_and_on_todays_map():
    old = {"list": "pre-2025", "province": "02"}
    history = given(club_founded(place=old))

    history.when(of_club("place.resolved", place=TUYEN_QUANG | {"commune": "00913"})).accepted()
    history.when(of_club("place.resolved", place=LAI_CHAU)).refused(PlaceOutsideSubject, at="/data/place")
    history.when(of_club("place.resolved", place=old)).refused(NoSuchPlace, at="/data/place/list")


def test_a_resolved_place_loses_its_ground_when_the_founding_moves():
    founding, resolved = club_founded(), of_club("place.resolved", place=TUYEN_QUANG | {"commune": "02494"})

    moved = recorded(founding, resolved, corrected(founding, place=LAI_CHAU))

    assert standings(moved)[2] is Standing.SUSPENDED


@pytest.mark.parametrize(
    ("sent", "at"),
    [
        (of_club("board.elected", occurred_on="2026-02-02", size=5, women=6), "/data/women"),
        (of_club("health.checked", occurred_on="2026-02-02", examined=49, referred=50), "/data/referred"),
        (
            of_club(
                "loan.disbursed", occurred_on="2026-02-02", fund="income", loans=3, women=4, principal_vnd=1
            ),
            "/data/women",
        ),
        (
            of_club(
                "activity.held", occurred_on="2026-02-02", area="culture", attendance={"women": 5, "total": 4}
            ),
            "/data/attendance/women",
        ),
    ],
)
def test_no_part_is_larger_than_its_whole(sent: dict, at: str):
    given(club_founded()).when(sent).refused(PartsBeyondWhole, at=at)


def test_an_edge_that_may_be_true_is_no_contradiction():
    board = of_club("board.elected", occurred_on="2026-02-02", size={"at_least": 5}, women=6)

    given(club_founded()).when(board).accepted()


@pytest.mark.parametrize("code", ["15", "24", "44", "52", "80", "82", "91"])
def test_a_bare_code_that_changed_its_meaning_is_refused(code: str):
    bare = club_founded(place={"list": "2025-07", "province": code})
    del bare["data"]["place"]["list"]

    with pytest.raises(NotTheType) as caught:
        read_structured(json.dumps(bare).encode())

    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [("/data/place/list", "missing")]


# --- periods and plans ------------------------------------------------------------------------------------------


def signed_off(subject: str = "province:2025-07:08", **more) -> dict:
    data = {"period": "2026-Q1", "position": 1, "figures_sha256": "0" * 64, "office": "hoi-nct-tuyen-quang"}
    return envelope("period.signed_off", subject, data | more)


def test_a_period_is_vouched_for_when_it_is_over_and_its_figures_were_seen():
    history = given(club_founded())

    history.when(signed_off()).accepted()
    history.when(signed_off(period="2026-Q3")).refused(InTheFuture, at="/data/period")
    history.when(signed_off(position=2)).refused(PositionAhead, at="/data/position")
    history.when(signed_off("programme")).refused(WrongSubject, at="/subject")


def test_a_signed_period_is_reopened():
    reopened = envelope(
        "period.reopened", "province:2025-07:08", {"period": "2026-Q1", "reason": "báo cáo muộn"}
    )

    given(club_founded(), signed_off()).when(reopened).accepted()


def test_plans_targets_and_periods_are_about_one_territory():
    target = envelope(
        "target.set", "province:2025-07:08", {"occurred_on": "2025-11-13", "indicator": "clubs", "value": 200}
    )

    given(club_founded(), signed_off()).when(target).accepted()


@pytest.mark.parametrize(
    ("type", "data", "code"),
    [
        (
            "fund.received",
            {"occurred_on": "2026-02-02", "fund": "income", "source": "project"},
            "amount-or-goods",
        ),
        ("target.set", {"occurred_on": "2025-11-13", "indicator": "clubs"}, "value-or-percent"),
        ("care.reported", {"period": "2026-13"}, "not-a-period"),
        ("care.reported", {"period": "2026-Q5"}, "not-a-period"),
    ],
)
def test_a_report_that_says_nothing_is_unreadable(type: str, data: dict, code: str):
    with pytest.raises(NotTheType) as caught:
        read_structured(json.dumps(envelope(type, "co-dien", data)).encode())

    assert [fault.code for fault in caught.value.faults] == [code]
