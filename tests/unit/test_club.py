"""What can be true of clubs, trainings and printed figures. Today is 30 June 2026."""

import pytest

from shared.access import Role, Token
from shared.problems import (
    AlreadyFounded,
    AnotherKindOfSubject,
    BeforeFounding,
    InTheFuture,
    NoSuchPlace,
    NotCorrectable,
    NotTheType,
    OtherContent,
    OutsideYourScope,
    PartsBeyondWhole,
    PlaceOutsideSubject,
    SourceNotYours,
    SubjectMovedOn,
    TargetOfAnotherSubject,
    WaitsForFounding,
    WaitsForReport,
    WrongSubject,
)
from tests.builders import (
    LAI_CHAU,
    club_founded,
    corrected,
    figure_published,
    meeting_held,
    members_counted,
    training_cancelled,
    training_held,
    training_planned,
    withdrawn,
)
from tests.given import given


def test_a_meeting_cannot_predate_its_club():
    given(club_founded(on="2024-03-01")).when(meeting_held(on="2024-02-20")).refused(
        BeforeFounding, at="/data/occurred_on"
    )


@pytest.mark.parametrize("founded", ["2024-03", "2024", "../2024-03-31"])
def test_what_may_be_after_the_founding_is_not_refused(founded: str):
    given(club_founded(on=founded)).when(meeting_held(on="2024-03-01")).accepted()


@pytest.mark.parametrize("report", [meeting_held(), members_counted()])
def test_reports_of_an_unknown_club_wait_for_its_founding(report: dict):
    given().when(report).waits(WaitsForFounding)


def test_a_club_is_founded_once():
    given(club_founded()).when(club_founded(on="2026-02-02")).refused(AlreadyFounded)


def test_a_club_may_be_founded_again_after_its_founding_was_withdrawn():
    first = club_founded()

    given(first, withdrawn(first)).when(club_founded(on="2026-02-02")).accepted()


@pytest.mark.parametrize("day", ["2026-07-02", "2026-08", "2099-01-01", "2026-07-02/2026-07-03"])
def test_nothing_was_done_later_than_tomorrow(day: str):
    given(club_founded()).when(meeting_held(on=day)).refused(InTheFuture, at="/data/occurred_on")


@pytest.mark.parametrize("day", ["2026-07-01", "2026-07", "2026", "../2099"])
def test_what_may_have_been_done_by_tomorrow_is_not_refused(day: str):
    given(club_founded()).when(meeting_held(on=day)).accepted()


def test_a_decision_cannot_be_issued_in_the_future():
    founding = club_founded(decision={"number": "12/QĐ-UBND", "issued_on": "2027-01-12"})

    given().when(founding).refused(InTheFuture, at="/data/decision/issued_on")


def test_a_plan_lies_ahead():
    given().when(training_planned(on="2026-12-01")).accepted()


def test_women_and_men_are_not_more_than_all():
    meeting = meeting_held(attendance={"women": 31, "men": 17, "total": 40})

    given(club_founded()).when(meeting).refused(PartsBeyondWhole, at="/data/attendance/men")


@pytest.mark.parametrize(
    ("place", "at"),
    [
        ({"list": "2025-07", "province": "02"}, "/data/place/province"),
        ({"list": "2025-07", "province": "08", "district": "072"}, "/data/place/district"),
    ],
)
def test_a_place_must_be_on_its_list(place: dict, at: str):
    given().when(club_founded(place=place)).refused(NoSuchPlace, at=at)


def test_a_subject_stays_what_it_is():
    given(club_founded("co-dien")).when(training_held("co-dien")).refused(AnotherKindOfSubject)


@pytest.mark.parametrize(
    "report",
    [club_founded("programme"), training_held("province:2025-07:08"), figure_published("co-dien")],
)
def test_each_type_has_its_subjects(report: dict):
    given().when(report).refused(WrongSubject, at="/subject")


def test_a_published_figure_lies_in_the_province_it_is_about():
    elsewhere = figure_published("province:2025-07:08", place=LAI_CHAU)
    old_ha_giang = figure_published("province:2025-07:08", place={"list": "pre-2025", "province": "02"})

    given().when(elsewhere).refused(PlaceOutsideSubject)
    given().when(old_ha_giang).accepted()


def test_a_province_must_exist():
    given().when(figure_published("province:2025-07:02")).refused(NoSuchPlace, at="/subject")


def test_the_same_report_again_is_a_duplicate_whatever_happened_since():
    founding, meeting = club_founded(), meeting_held()
    history = given(founding, meeting, corrected(meeting, weighed=40), withdrawn(founding))

    history.when(founding).duplicate()
    history.when(meeting).duplicate()


def test_the_same_identity_with_other_content_is_a_conflict():
    meeting = meeting_held(id="m1")

    given(club_founded(), meeting).when(meeting_held(id="m1", weighed=12)).refused(OtherContent)


@pytest.mark.parametrize(("expected", "fits"), [(0, False), (1, True), (2, False)])
def test_a_report_may_insist_on_the_version_of_its_subject(expected: int, fits: bool):
    then = given(club_founded()).when(meeting_held() | {"expectedversion": expected})

    then.accepted() if fits else then.refused(SubjectMovedOn)


def test_identity_goes_before_the_expected_version():
    founding = club_founded(expectedversion=0)

    given(founding, meeting_held()).when(founding).duplicate()


# --- corrections and withdrawals -----------------------------------------------------------------------------


def test_a_correction_waits_for_its_report():
    given(club_founded()).when(corrected(meeting_held(id="not-yet"))).waits(WaitsForReport)


def test_a_correction_is_about_the_subject_of_its_report():
    meeting = meeting_held("co-dien")
    elsewhere = corrected(meeting) | {"subject": "bach-ma"}

    given(club_founded("co-dien"), club_founded("bach-ma"), meeting).when(elsewhere).refused(
        TargetOfAnotherSubject
    )


def test_corrected_data_is_of_the_same_type():
    meeting = meeting_held()

    given(club_founded(), meeting).when(corrected(meeting, scheme="1648")).refused(NotTheType)


def test_a_correction_must_be_possible_itself():
    meeting = meeting_held()
    history = given(club_founded(on="2026-01-15"), meeting)

    history.when(corrected(meeting, occurred_on="2026-01-14")).refused(BeforeFounding)
    history.when(corrected(meeting, occurred_on="2099-01-14")).refused(
        InTheFuture, at="/data/data/occurred_on"
    )


def test_a_correction_can_be_corrected():
    meeting = meeting_held()
    first = corrected(meeting, weighed=40)

    given(club_founded(), meeting, first).when(corrected(first, weighed=41)).accepted()


def test_a_withdrawal_is_withdrawn_not_corrected():
    meeting = meeting_held()
    gone = withdrawn(meeting)
    history = given(club_founded(), meeting, gone)

    history.when(corrected(gone)).refused(NotCorrectable)
    history.when(withdrawn(gone)).accepted()


def test_after_its_founding_is_withdrawn_a_club_waits_for_another():
    founding = club_founded()

    given(founding, withdrawn(founding)).when(meeting_held()).waits(WaitsForFounding)


def test_a_training_can_be_cancelled_and_held_without_a_plan():
    given(training_cancelled()).when(training_held()).accepted()


# --- who may write --------------------------------------------------------------------------------------------

PHONE = Token("phone", Role.DEVICE, "/devices/phone", provinces=("08",))


def test_a_phone_writes_about_its_province_only():
    given().when(club_founded(), by=PHONE).accepted()
    given().when(club_founded(place=LAI_CHAU), by=PHONE).refused(OutsideYourScope)
    given(club_founded(place=LAI_CHAU)).when(meeting_held(), by=PHONE).refused(OutsideYourScope)


def test_a_province_on_the_old_map_is_written_by_its_successor():
    given().when(club_founded(place={"list": "pre-2025", "province": "02"}), by=PHONE).accepted()


def test_a_correction_cannot_move_a_report_into_another_province():
    founding = club_founded()

    given(founding).when(corrected(founding, place=LAI_CHAU), by=PHONE).refused(OutsideYourScope)


def test_only_the_nation_writes_about_the_programme():
    given().when(figure_published("programme"), by=PHONE).refused(OutsideYourScope)


def test_a_club_token_writes_about_its_club_only():
    club = Token("co-dien", Role.CLUB, "/devices/phone", clubs=("co-dien",))

    given(club_founded("co-dien")).when(meeting_held("co-dien"), by=club).accepted()
    given(club_founded("bach-ma")).when(meeting_held("bach-ma"), by=club).refused(OutsideYourScope)


@pytest.mark.parametrize("source", ["/devices/other", "/devices/phone2", "/imports/press", "/"])
def test_a_token_uses_its_own_sources(source: str):
    given().when(club_founded(source=source), by=PHONE).refused(SourceNotYours, at="/source")


def test_authorisation_goes_before_identity():
    founding = club_founded(place=LAI_CHAU)

    given(founding).when(founding, by=PHONE).refused(OutsideYourScope)
