"""Alerts and letters: one cause, one letter, and nothing lost between here and the mail server."""

from datetime import timedelta

import pytest

from shared.access import Role
from tests.boards import NOT_BY_THE_WAY, alerts
from tests.builders import (
    LAI_CHAU,
    club_founded,
    corrected,
    dissolved,
    meeting_held,
    members_counted,
    merged,
    of_club,
    training_cancelled,
    training_held,
    training_planned,
    withdrawn,
)
from tests.station import Mailbox, Station, metrics

BOARDS = (("tuyen-quang", ["08"], "vi"), ("lai-chau", ["12"], "en"), ("quoc-gia", [], "vi"))


@pytest.fixture(autouse=True)
def boards(station: Station) -> None:
    """Two provincial associations and the national office."""
    station.get("registry/v1/tally")
    with station.client(station.notifier) as client:
        for id, provinces, language in (
            ("tuyen-quang", ["08"], "vi"),
            ("lai-chau", ["12"], "en"),
            ("quoc-gia", [], "vi"),
        ):
            office = {
                "name": f"Hội NCT {id}",
                "kind": "provincial_association",
                "provinces": provinces,
                "addresses": [f"{id}@ishc.test"],
                "language": language,
                "urgency": NOT_BY_THE_WAY,
            }
            client.put(f"/v1/offices/{id}", json=office).raise_for_status()


def subjects(mailbox: Mailbox) -> list[str]:
    return [letter["subject"] for letter in mailbox.taken]


def letters(station: Station) -> list[tuple[str, str]]:
    return [(one["rule"], one["state"]) for one in reversed(station.get("notifier/v1/letters")["items"])]


def let_days_pass(station: Station, days: int) -> None:
    station.wake()
    station.days_later(days)
    station.wake()


# --- rules ----------------------------------------------------------------------------------------------------


def test_a_board_hears_of_a_club_founded_in_its_province(station: Station, mailbox: Mailbox):
    station.post(club_founded(name="CLB Cổ Điển", members={"women": 38, "men": 16}))
    station.wake()

    [letter] = mailbox.taken
    assert letter["to"] == "tuyen-quang@ishc.test"
    assert letter["subject"] == "Câu lạc bộ mới thành lập: CLB Cổ Điển"
    assert letter["content-language"] == "vi"
    assert letter["auto-submitted"] == "auto-generated"
    text = letter.get_body(("plain",)).get_content()
    html = letter.get_body(("html",)).get_content()
    for part in (text, html):
        assert "Kính gửi: Hội NCT tuyen-quang" in part
        assert "15/01/2026" in part and "54" in part
        assert "Hội NCT tuyen-quang nhận thư này vì" in part


def test_a_letter_speaks_the_language_of_its_office(station: Station, mailbox: Mailbox):
    station.post(club_founded(place=LAI_CHAU, on="../2026-01-15"))
    station.wake()

    [letter] = mailbox.taken
    assert letter["subject"] == "New club founded: CLB Cổ Điển"
    assert "not later than 15 January 2026" in letter.get_body(("plain",)).get_content()


def test_a_board_hears_of_trainings_planned_held_and_cancelled(station: Station, mailbox: Mailbox):
    station.post(
        [
            training_planned("lop-1", on="2026-07-28/2026-07-29"),
            training_held("lop-2", on="2026-05-28", delegates={"total": {"more_than": 90}}),
            training_cancelled("lop-1"),
        ]
    )
    let_days_pass(station, 1)

    assert subjects(mailbox) == [
        "Hủy tập huấn tại Tuyên Quang",  # At once; the rest the next morning.
        "Tuyên Quang: Tập huấn dự kiến (1); Tập huấn đã tổ chức (1)",
    ]
    assert "Lý do: mưa lũ" in mailbox.taken[0].get_body(("plain",)).get_content()
    digest = mailbox.taken[1].get_body(("plain",)).get_content()
    assert "Tuyên Quang, 28/07/2026 – 29/07/2026" in digest
    assert "Tuyên Quang, 28/05/2026; số đại biểu: hơn 90" in digest


def test_a_letter_about_one_training_speaks_of_it_in_full(station: Station, mailbox: Mailbox):
    station.post(training_held("lop-2", on="2026-05-28", delegates={"total": {"more_than": 90}}))
    let_days_pass(station, 1)

    assert subjects(mailbox) == ["Đã tổ chức tập huấn: 28/05/2026"]
    assert "Đại biểu: hơn 90" in mailbox.taken[0].get_body(("plain",)).get_content()


def test_loads_of_the_past_make_alerts_and_no_letters(station: Station, mailbox: Mailbox):
    station.post(club_founded(on="2014-04-25", historical=True))
    let_days_pass(station, 90)

    assert mailbox.taken == []
    assert [alert["rule"] for alert in alerts(station)] == [
        "no_meeting",
        "no_health_check",
        "club_registered",
    ]


def test_the_board_hears_of_one_silence_once(station: Station, mailbox: Mailbox):
    station.post([club_founded(on="2026-01-15"), meeting_held(on="2026-06-28")])
    let_days_pass(station, 57)
    assert "CLB Cổ Điển: chưa có báo cáo sinh hoạt kể từ 28/06/2026" not in subjects(mailbox)

    for _ in range(40):
        let_days_pass(station, 1)

    assert subjects(mailbox)[1:] == ["CLB Cổ Điển: chưa có báo cáo sinh hoạt kể từ 28/06/2026"]
    [alert] = alerts(station, state="firing")
    assert (alert["fired_on"], alert["causes"]) == ("2026-09-11", [2])


def test_days_that_pass_while_the_notifier_sleeps_are_made_up_for(station: Station, mailbox: Mailbox):
    station.post([club_founded(on="2026-01-15"), meeting_held(on="2026-06-28")])

    let_days_pass(station, 100)

    assert len(mailbox.taken) == 2


def test_the_next_meeting_ends_the_silence_and_another_silence_is_another_alert(
    station: Station, mailbox: Mailbox
):
    station.post([club_founded(on="2026-01-15"), meeting_held(on="2026-06-28")])
    let_days_pass(station, 75)
    station.post(meeting_held(on="2026-08-27"))
    station.wake()
    assert alerts(station, state="firing") == []

    let_days_pass(station, 75)

    assert len(alerts(station, state="firing")) == 1
    assert len(mailbox.taken) == 3


def test_a_late_report_of_an_old_meeting_does_not_end_the_silence_nor_tell_it_again(
    station: Station, mailbox: Mailbox
):
    station.post([club_founded(on="2026-01-15"), meeting_held(on="2026-06-20")])
    let_days_pass(station, 80)

    station.post(meeting_held(on="2026-06-29"))
    let_days_pass(station, 30)

    assert len(alerts(station, state="firing")) == 1
    assert len(mailbox.taken) == 2


def test_a_withdrawn_meeting_lets_the_silence_go_on_without_a_second_letter(
    station: Station, mailbox: Mailbox
):
    meeting = meeting_held(on="2026-08-25")
    station.post([club_founded(on="2026-01-15"), meeting_held(on="2026-06-28")])
    let_days_pass(station, 75)
    station.post(meeting)
    station.wake()
    assert alerts(station, state="firing") == []

    station.post(withdrawn(meeting))
    let_days_pass(station, 1)

    assert len(alerts(station, state="firing")) == 1
    assert len(mailbox.taken) == 2


def test_a_club_whose_founding_is_withdrawn_is_missed_by_nobody(station: Station, mailbox: Mailbox):
    founding = club_founded(on="2026-01-15")
    station.post([founding, members_counted()])
    let_days_pass(station, 75)
    assert len(alerts(station, state="firing")) == 1

    station.post(withdrawn(founding))
    let_days_pass(station, 30)

    assert alerts(station, state="firing") == []
    assert subjects(mailbox)[2:] == ["Đã kết thúc: CLB Cổ Điển: chưa có báo cáo sinh hoạt kể từ 15/01/2026"]


def test_nothing_is_expected_of_a_club_that_ended(station: Station, mailbox: Mailbox):
    station.post([club_founded(on="2026-01-15"), dissolved(on="2026-05-01")])
    let_days_pass(station, 90)

    assert [rule for rule, _ in letters(station)] == ["club_founded"]


def test_a_club_registered_twice_is_heard_of_under_either_name(station: Station):
    station.post([club_founded("co-dien", on="2026-05-15"), club_founded("co-dien-2", on="2026-05-15")])
    station.post(
        [merged("co-dien-2", into="co-dien", on="2026-06-01"), meeting_held("co-dien-2", on="2026-06-20")]
    )
    let_days_pass(station, 45)

    assert {alert["rule"] for alert in alerts(station)} == {"club_founded"}


def test_the_letter_calls_a_club_by_its_new_name(station: Station, mailbox: Mailbox):
    renamed = of_club("club.renamed", occurred_on="2026-05-20", name="CLB Sông Lô")
    station.post([club_founded(on="2026-05-15", name="CLB Cổ Điển"), renamed])
    let_days_pass(station, 90)

    assert [subject for subject in subjects(mailbox) if "Sông Lô" in subject]


def test_a_correction_is_no_news(station: Station, mailbox: Mailbox):
    founding = club_founded()
    station.post([founding, corrected(founding, name="CLB Cổ Điển 2")])
    station.wake()

    assert len(mailbox.taken) == 1


def test_an_office_out_of_its_time_gets_no_mail(station: Station, mailbox: Mailbox):
    with station.client(station.notifier) as client:
        office = client.get("/v1/offices/tuyen-quang").json() | {"valid_until": "2025-06-30"}
        del office["id"]
        client.put("/v1/offices/tuyen-quang", json=office).raise_for_status()
    station.post(club_founded())
    station.wake()

    assert mailbox.taken == []


# --- delivery -------------------------------------------------------------------------------------------------


def test_a_letter_is_sent_once_however_often_it_is_tried(station: Station, mailbox: Mailbox):
    station.post(club_founded())
    station.wake()
    for _ in range(3):
        station.notifier_parts.delivery.send(1)
        station.wake()

    assert len(mailbox.taken) == 1
    assert letters(station) == [("club_founded", "sent")]


def test_a_mail_server_that_is_away_is_tried_again_later(station: Station, mailbox: Mailbox):
    mailbox.answer = "451 try again later"
    station.post(club_founded())
    station.wake()
    assert letters(station) == [("club_founded", "due")]

    mailbox.answer = None
    station.wake()
    assert mailbox.taken == []  # Its pause is not over.
    station.now += timedelta(minutes=2)
    station.wake()

    assert len(mailbox.taken) == 1
    assert letters(station) == [("club_founded", "sent")]


def test_after_the_last_try_a_letter_is_set_aside_and_can_be_sent_again(station: Station, mailbox: Mailbox):
    mailbox.answer = "451 try again later"
    station.post(training_held())
    for _ in range(10):
        station.wake()
        station.now += timedelta(days=2)
    [letter] = station.get("notifier/v1/letters?state=set_aside")["items"]
    assert (letter["attempts"], letter["reason"]) == (9, "smtp-451")

    mailbox.answer = None
    with station.client(station.notifier) as client:
        assert client.post(f"/v1/letters/{letter['id']}/resend").status_code == 200
    station.wake()

    assert letters(station) == [("training_held", "sent")]
    with station.client(station.notifier) as client:
        assert client.post(f"/v1/letters/{letter['id']}/resend").status_code == 409


def test_an_address_that_does_not_exist_is_set_aside_at_once(station: Station, mailbox: Mailbox):
    mailbox.refuse = "550 no such mailbox"
    station.post(club_founded())
    station.wake()

    assert letters(station) == [("club_founded", "set_aside")]
    assert 'ishc_letters{state="set_aside"} 1.0' in metrics(station.notifier)


def test_a_lost_answer_is_unknown_and_never_silently_doubled(station: Station, mailbox: Mailbox):
    mailbox.hang_up = True
    station.post(club_founded())
    for _ in range(5):
        station.wake()
        station.now += timedelta(hours=1)

    assert letters(station) == [("club_founded", "unknown")]
    assert len(mailbox.taken) == 1


@pytest.mark.parametrize(("state", "becomes"), [("claimed", "sent"), ("sending", "unknown")])
def test_a_worker_that_died_leaves_nothing_undecided(
    station: Station, mailbox: Mailbox, state: str, becomes: str
):
    from sqlalchemy import update

    from services.notifier.tables import letters as rows

    delivery = station.notifier_parts.delivery
    mailbox.answer = "451 try again later"
    station.post(club_founded())
    station.wake()
    mailbox.answer = None
    with station.notifier_parts.database.begin() as transaction:  # As if the worker had been killed here.
        transaction.execute(update(rows).values(state=state, claimed_at=station.now, claim="dead"))

    station.now += timedelta(minutes=5)
    delivery.sweep()
    station.wake()

    assert letters(station) == [("club_founded", becomes)]
    assert len(mailbox.taken) == (1 if becomes == "sent" else 0)


def test_the_message_id_is_that_of_the_cause(station: Station, mailbox: Mailbox):
    for club in ("club-a", "club-b"):
        station.post(club_founded(club))
        station.wake()

    first, second = (letter["message-id"] for letter in mailbox.taken)
    assert first != second
    assert first.endswith("@ishc.test>")
    assert [one["message_id"] for one in station.get("notifier/v1/letters")["items"]] == [second, first]


# --- who may ---------------------------------------------------------------------------------------------------


def test_a_board_reads_the_letters_of_its_province_only(station: Station):
    station.post([club_founded("club-a"), club_founded("club-b", place=LAI_CHAU)])
    station.wake()
    board = station.token(Role.PROVINCE, name="board", provinces=("12",))
    phone = station.token(Role.DEVICE, name="phone", provinces=("12",))

    with station.client(station.notifier, board) as client:
        assert [one["office"] for one in client.get("/v1/letters").json()["items"]] == ["lai-chau"]
        assert client.put("/v1/offices/x-y-z", json={}).status_code in (400, 403)
    with station.client(station.notifier, phone) as client:
        assert client.get("/v1/letters").status_code == 403


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"addresses": ["no address"]}, "/body/addresses/0"),
        ({"provinces": ["99"]}, "/body"),
        ({"kind": "friends"}, "/body/kind"),
        ({"colour": "red"}, "/body/colour"),
    ],
)
def test_an_office_must_make_sense(station: Station, change: dict, pointer: str):
    with station.client(station.notifier) as client:
        office = {"name": "Hội", "kind": "provincial_board", "provinces": ["08"], "addresses": []} | change
        answer = client.put("/v1/offices/hoi-moi", json=office)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
