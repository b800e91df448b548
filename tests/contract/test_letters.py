"""Letters: who gets what in one letter, when it leaves, and why, or why not."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from services.notifier.tables import reports
from shared.access import Role
from tests.builders import (
    LAI_CHAU,
    club_founded,
    corrected,
    meeting_held,
    members_counted,
    training_cancelled,
    training_held,
    training_planned,
)
from tests.station import Mailbox, Station, problem

OLD_TUYEN_QUANG = {"list": "pre-2025", "province": "08"}
OLD_HA_GIANG = {"list": "pre-2025", "province": "02"}


def put_office(station: Station, id: str, provinces: list[str], **more) -> None:
    office = {
        "name": f"Hội NCT {id}",
        "kind": "provincial_association",
        "provinces": provinces,
        "addresses": [f"{id}@ishc.test"],
    }
    with station.client(station.notifier) as client:
        client.put(f"/v1/offices/{id}", json=office | more).raise_for_status()


@pytest.fixture(autouse=True)
def started(station: Station) -> None:
    station.get("registry/v1/tally")


def told(mailbox: Mailbox, office: str = "tuyen-quang") -> list[str]:
    return [letter["subject"] for letter in mailbox.taken if letter["to"] == f"{office}@ishc.test"]


def text(letter) -> str:
    return letter.get_body(("plain",)).get_content()


def clock_shows(station: Station, local: str) -> None:
    """Let the clock in Viet Nam show this, and everybody do what is to be done."""
    station.now = datetime.fromisoformat(local + "+07:00").astimezone(UTC)
    station.wake()


# --- gathered ----------------------------------------------------------------------------------------------------


def test_ten_clubs_of_one_province_are_one_letter(station: Station, mailbox: Mailbox):
    put_office(station, "tuyen-quang", ["08"])
    station.post([club_founded(f"club-{n}", name=f"CLB số {n}") for n in range(10)])
    station.wake()

    assert told(mailbox) == ["Tuyên Quang: Câu lạc bộ mới thành lập (10)"]
    assert all(f"CLB số {n}" in text(mailbox.taken[0]) for n in range(10))
    [letter] = station.get("notifier/v1/letters")["items"]
    assert (letter["rule"], letter["kind"], letter["alert_key"]) == ("digest", "urgent", None)
    assert letter["causes"] == list(range(1, 11))


@pytest.fixture
def patient(tmp_path, valkey, programme, mailbox):
    """A station at which an office's next urgent letter waits, as it does by default."""
    folder, name = tmp_path / "patient", f"{programme}-patient"
    folder.mkdir()
    made = Station(folder, valkey.url, name, smtp_port=mailbox.port, urgent_gap_minutes=15)
    made.get("registry/v1/tally")
    yield made
    made.stop()


def test_older_clubs_that_are_registered_now_wait_for_the_weekly_digest(station: Station, mailbox: Mailbox):
    """A province that begins to report registers hundreds: that is no news of the hour."""
    put_office(station, "tuyen-quang", ["08"])
    station.post([club_founded(f"clb-{year}", on=str(year), name=f"CLB {year}") for year in (2018, 2019)])
    station.post(club_founded("clb-moi", on="2026-06-01", name="CLB Mới"))
    station.wake()
    assert [one["Subject"] for one in mailbox.taken] == ["Câu lạc bộ mới thành lập: CLB Mới"]

    station.now += timedelta(days=7)
    station.wake()

    assert "thành lập từ trước, nay mới báo cáo (2)" in mailbox.taken[-1]["Subject"]


def test_clubs_reported_one_by_one_in_an_afternoon_are_two_letters(patient: Station, mailbox: Mailbox):
    put_office(patient, "tuyen-quang", ["08"])
    for n in range(10):
        patient.post(club_founded(f"club-{n}"))
        patient.now += timedelta(minutes=1)
        patient.wake()
    assert told(mailbox) == ["Câu lạc bộ mới thành lập: CLB Cổ Điển"]

    patient.now += timedelta(minutes=15)
    patient.wake()

    assert told(mailbox)[1:] == ["Tuyên Quang: Câu lạc bộ mới thành lập (9)"]


def test_a_long_digest_names_some_and_counts_the_rest(station: Station, mailbox: Mailbox):
    put_office(station, "tuyen-quang", ["08"])
    station.post([club_founded(f"club-{n}") for n in range(30)])
    station.wake()

    assert "và 5 việc nữa" in text(mailbox.taken[0])


def test_a_digest_tells_the_most_urgent_first(station: Station, mailbox: Mailbox):
    put_office(station, "tuyen-quang", ["08"], urgency={"club_founded": "daily"})
    station.post([training_held("lop-1"), club_founded(on="2026-06-20"), training_held("lop-2")])
    station.wake()
    clock_shows(station, "2026-07-01T08:00:00")

    assert told(mailbox) == ["Tuyên Quang: Câu lạc bộ mới thành lập (1); Tập huấn đã tổ chức (2)"]
    said = text(mailbox.taken[0])
    assert said.index("CLB Cổ Điển") < said.index("Tập huấn đã tổ chức (2)")
    assert "đề nghị Hội xem 3 việc sau" in said


def test_what_is_urgent_goes_along_with_a_digest_that_leaves_anyway(station: Station, mailbox: Mailbox):
    put_office(station, "tuyen-quang", ["08"], quiet_from=21, quiet_until=6, digest_hour=6)
    station.post(training_held())
    clock_shows(station, "2026-06-30T22:00:00")
    station.post(club_founded(on="2026-06-20"))
    station.wake()
    assert told(mailbox) == []

    clock_shows(station, "2026-07-01T06:00:00")

    assert told(mailbox) == ["Tuyên Quang: Câu lạc bộ mới thành lập (1); Tập huấn đã tổ chức (1)"]


# --- at the office's hour ----------------------------------------------------------------------------------------


def test_the_fourth_piece_of_good_news_in_a_week_waits_for_the_digest(station: Station, mailbox: Mailbox):
    put_office(station, "tuyen-quang", ["08"])
    for day in range(1, 6):
        clock_shows(station, f"2026-07-0{day}T10:00:00")
        station.post(club_founded(f"clb-{day}", on="2026-06-20", name=f"CLB {day}"))
        station.wake()
    station.post([training_planned("lop-1"), training_cancelled("lop-1")])
    clock_shows(station, "2026-07-05T11:00:00")

    assert told(mailbox) == [
        *(f"Câu lạc bộ mới thành lập: CLB {day}" for day in (1, 2, 3)),
        "Câu lạc bộ mới thành lập: CLB 4",  # The next morning, with the digest.
        "Hủy tập huấn tại Tuyên Quang",  # What cannot wait does not.
    ]


def test_the_end_of_what_is_told_by_the_month_is_no_news(station: Station, mailbox: Mailbox):
    put_office(station, "tuyen-quang", ["08"])
    counted = members_counted(total=90, on="2026-06-25")
    station.post([club_founded(on="2026-06-20"), counted])
    station.wake()
    clock_shows(station, "2026-08-03T08:00:00")
    assert "ngoài chuẩn" in mailbox.taken[-1]["Subject"]
    mailbox.taken.clear()

    station.post(corrected(counted, members={"total": 60}))
    clock_shows(station, "2026-09-02T08:00:00")

    assert not [one for one in told(mailbox) if "kết thúc" in one]


def test_a_digest_leaves_at_the_hour_the_office_chose(station: Station, mailbox: Mailbox):
    put_office(station, "tuyen-quang", ["08"], digest_hour=14)
    station.post(training_held())
    clock_shows(station, "2026-06-30T13:59:59")
    assert told(mailbox) == []

    clock_shows(station, "2026-06-30T14:00:00")

    assert len(told(mailbox)) == 1


def test_an_office_gets_one_digest_a_day(station: Station, mailbox: Mailbox):
    put_office(station, "tuyen-quang", ["08"], digest_hour=14)
    station.post(training_held("lop-1"))
    clock_shows(station, "2026-06-30T14:00:00")
    put_office(station, "tuyen-quang", ["08"], digest_hour=16)
    station.post(training_held("lop-2"))
    clock_shows(station, "2026-06-30T16:00:00")
    clock_shows(station, "2026-07-01T00:00:00")
    assert len(told(mailbox)) == 1

    clock_shows(station, "2026-07-01T16:00:00")

    assert len(told(mailbox)) == 2


def test_a_weekly_office_hears_on_its_weekday(station: Station, mailbox: Mailbox):
    put_office(station, "tuyen-quang", ["08"], digest="weekly", digest_weekday=5)
    station.post(training_held())
    clock_shows(station, "2026-07-02T23:00:00")
    assert told(mailbox) == []

    clock_shows(station, "2026-07-03T08:00:00")

    assert len(told(mailbox)) == 1


def test_over_tet_the_office_is_left_in_peace(station: Station, mailbox: Mailbox):
    put_office(station, "tuyen-quang", ["08"], quiet_days=["tet", "weekend"])
    clock_shows(station, "2027-02-06T10:00:00")  # Mùng 1.
    station.post(club_founded(on="2027-01-15"))
    station.wake()
    clock_shows(station, "2027-02-10T23:00:00")
    assert told(mailbox) == []

    clock_shows(station, "2027-02-11T08:00:00")

    assert len(told(mailbox)) == 1


# --- who ---------------------------------------------------------------------------------------------------------


def test_boards_of_the_old_map_hear_of_what_lies_in_their_province_or_may(station: Station, mailbox: Mailbox):
    put_office(station, "cu-tuyen-quang", ["pre-2025:08"])
    put_office(station, "cu-ha-giang", ["pre-2025:02"])
    station.post(club_founded("club-a", name="CLB A", place=OLD_TUYEN_QUANG))
    station.wake()
    station.post(club_founded("club-b", name="CLB B", place={"list": "2025-07", "province": "08"}))
    station.wake()

    assert [one[-5:] for one in told(mailbox, "cu-tuyen-quang")] == ["CLB A", "CLB B"]
    assert [one[-5:] for one in told(mailbox, "cu-ha-giang")] == ["CLB B"]


def test_two_boards_that_became_one_on_the_first_of_july(station: Station, mailbox: Mailbox):
    """Tuyên Quang and Hà Giang were merged on 1/7/2025."""
    station.now = datetime(2025, 6, 30, 3, tzinfo=UTC)
    for id, code in (("cu-tuyen-quang", "pre-2025:08"), ("cu-ha-giang", "pre-2025:02")):
        put_office(station, id, [code], valid_until="2025-06-30", kind="provincial_board")
    put_office(station, "tuyen-quang", ["08"], valid_from="2025-07-01")
    station.post(club_founded("club-a", name="CLB A", on="2025-06-01", place=OLD_HA_GIANG))
    station.wake()
    station.days_later(1)
    station.post(club_founded("club-b", name="CLB B", on="2025-06-01", place=OLD_HA_GIANG))
    station.wake()

    assert [one[-5:] for one in told(mailbox, "cu-ha-giang")] == ["CLB A"]
    assert told(mailbox, "cu-tuyen-quang") == []
    assert [one[-5:] for one in told(mailbox)] == ["CLB B"]


def test_what_waited_for_a_board_that_is_no_more_is_told_to_its_successor(station: Station, mailbox: Mailbox):
    station.now = datetime(2025, 6, 30, 3, tzinfo=UTC)
    put_office(station, "cu-ha-giang", ["pre-2025:02"], valid_until="2025-06-30", kind="provincial_board")
    put_office(station, "tuyen-quang", ["08"], valid_from="2025-07-01")
    station.post(training_held(on="2025-06-01", place=OLD_HA_GIANG))
    station.wake()
    station.days_later(1)
    station.wake()
    clock_shows(station, "2025-07-02T08:00:00")

    assert (told(mailbox, "cu-ha-giang"), len(told(mailbox))) == ([], 1)
    [entry] = station.get("notifier/v1/letters?held=true&office=cu-ha-giang")["items"]
    assert entry["held"] == "handed_on"


def test_an_office_tells_what_became_of_it(station: Station):
    put_office(station, "tuyen-quang", ["08"])
    put_office(station, "tuyen-quang", ["08"], digest_hour=14)
    with station.client(station.notifier) as client:
        client.delete("/v1/offices/tuyen-quang").raise_for_status()
        gone = client.get("/v1/offices/tuyen-quang")

    history = station.get("notifier/v1/offices/tuyen-quang/history")["items"]

    hours = [one["became"] and one["became"]["digest_hour"] for one in history]
    assert (hours, {one["by"] for one in history}) == ([8, 14, None], {"operator"})
    assert gone.status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"languages": {"ai-do@ishc.test": "en"}},
        {"valid_from": "2025-07-01", "valid_until": "2025-06-30"},
        {"provinces": ["pre-2025:98"]},
        {"quiet_from": 21},
    ],
)
def test_an_office_must_make_sense(station: Station, change: dict):
    office = {"name": "Hội", "kind": "provincial_board", "provinces": ["08"], "addresses": []}
    with station.client(station.notifier) as client:
        answer = client.put("/v1/offices/hoi-moi", json=office | change)

    assert problem(answer)[:2] == (400, "bad-question")


# --- why, and why not --------------------------------------------------------------------------------------------


def test_a_letter_says_why_it_was_sent(station: Station):
    put_office(station, "tuyen-quang", ["08"], digest_hour=9)
    station.post(club_founded())
    station.wake()
    put_office(station, "tuyen-quang", ["08"], digest_hour=20)
    [letter] = station.get("notifier/v1/letters")["items"]

    why = station.get(f"notifier/v1/letters/{letter['id']}/why")

    [item] = why["items"]
    assert (item["rule"], item["causes"], item["facts"]["name"]) == ("club_founded", [1], "CLB Cổ Điển")
    assert (item["route"]["urgency"], item["route"]["audience"]) == ("urgent", "board")
    assert why["office"]["hours"]["digest_hour"] == 9  # As it was that day.
    assert f"/letters/{letter['id']}/why?lang=vi" in letter["text"]


def test_what_became_no_letter_says_why_not(station: Station, mailbox: Mailbox):
    put_office(station, "tuyen-quang", ["08"], urgency={"training_planned": "never"})
    put_office(station, "lai-chau", ["12"], addresses=[])
    station.post([training_planned("lop-1"), training_held("lop-2"), club_founded(place=LAI_CHAU)])
    station.wake()

    held = station.get("notifier/v1/letters?held=true")["items"]

    assert {(one["office"], one["rule"], one["held"]) for one in held} == {
        ("tuyen-quang", "training_planned", "switched_off"),
        ("tuyen-quang", "training_held", None),
        ("lai-chau", "club_founded", "no_address"),
    }
    [waiting] = [one for one in held if one["held"] is None]
    assert waiting["due_at"] == "2026-07-01T01:00:00.000000Z"
    assert "08:00 ngày 01/07/2026" in waiting["reason"]
    assert mailbox.taken == []


def test_a_board_reads_why_of_its_own_letters_only(station: Station):
    put_office(station, "tuyen-quang", ["08"])
    station.post([club_founded(), training_held()])
    station.wake()
    [letter] = station.get("notifier/v1/letters")["items"]

    def asks(province: str) -> tuple[int, int]:
        board = station.token(Role.PROVINCE, name=f"board-{province}", provinces=(province,))
        with station.client(station.notifier, board) as client:
            why = client.get(f"/v1/letters/{letter['id']}/why")
            held = client.get("/v1/letters?held=true").json()["items"]
            return why.status_code, len(held)

    assert (asks("08"), asks("12")) == ((200, 1), (404, 0))


def test_a_letter_names_no_person_and_no_address_of_others(station: Station, mailbox: Mailbox):
    put_office(station, "tuyen-quang", ["08"], language="en")
    station.post([club_founded(), training_cancelled()])
    station.wake()

    html = mailbox.taken[0].get_body(("html",)).get_content()
    assert 'lang="en"' in html and "prefers-color-scheme: dark" in html
    assert "@ishc.test" not in html + text(mailbox.taken[0])


# --- the monthly letter ------------------------------------------------------------------------------------------


@pytest.fixture
def reporting(tmp_path, valkey, programme, mailbox):
    """A station whose notifier knows where reporting is."""
    folder, name = tmp_path / "reporting", f"{programme}-reporting"
    folder.mkdir()
    made = Station(folder, valkey.url, name, smtp_port=mailbox.port, public_read="clubs")
    knows = made.settings.model_copy(update={"reporting_url": made.reporting})
    made.notifier_parts.monthly._settings = knows
    made.get("registry/v1/tally")
    yield made
    made.stop()


def test_the_monthly_letter_brings_figures_and_the_report(reporting: Station, mailbox: Mailbox):
    put_office(reporting, "tuyen-quang", ["08"], urgency={"monthly_report": "monthly"})
    put_office(reporting, "lai-chau", ["12"])
    members = {"total": {"more_than": 50}}
    reporting.post([club_founded(members=members), meeting_held(on="2026-06-10")])
    reporting.wake()
    clock_shows(reporting, "2026-07-01T07:59:00")
    assert len(mailbox.taken) == 1

    clock_shows(reporting, "2026-07-01T08:00:00")
    clock_shows(reporting, "2026-07-02T08:00:00")

    [_, letter] = mailbox.taken
    assert letter["subject"] == "Tuyên Quang: báo cáo tháng 6/2026"
    assert "- Hội viên: hơn 50" in text(letter)
    [code] = re.findall(r"Mã biên nhận của sổ ghi khi lập thư: (\S+)\.", text(letter))
    assert reporting.get(f"registry/v1/receipts/{code}")["position"] == 2
    [pdf] = list(letter.iter_attachments())
    assert (pdf.get_content_type(), pdf.get_filename()) == ("application/pdf", "08-2026-06.pdf")
    assert pdf.get_content().startswith(b"%PDF")


def test_each_reader_gets_the_report_in_their_own_language(reporting: Station, mailbox: Mailbox):
    readers = ["mot@ishc.test", "ai-do@ishc.test"]
    put_office(
        reporting,
        "tuyen-quang",
        ["08"],
        addresses=readers,
        languages={"ai-do@ishc.test": "en"},
        urgency={"monthly_report": "monthly", "club_founded": "never"},
    )
    reporting.post(club_founded())
    reporting.wake()

    clock_shows(reporting, "2026-07-01T08:00:00")

    with reporting.notifier_parts.database.connect() as connection:
        made = {row.language: row.content for row in connection.execute(select(reports))}
    came = {letter["to"]: next(letter.iter_attachments()).get_content() for letter in mailbox.taken}
    assert came == {"mot@ishc.test": made["vi"], "ai-do@ishc.test": made["en"]}
    assert made["vi"] != made["en"]


def test_on_that_day_the_digest_comes_with_the_monthly_letter(reporting: Station, mailbox: Mailbox):
    put_office(reporting, "tuyen-quang", ["08"], urgency={"monthly_report": "monthly"})
    reporting.post(training_held())
    reporting.wake()
    clock_shows(reporting, "2026-07-01T08:00:00")

    [letter] = mailbox.taken
    assert letter["subject"] == "Tuyên Quang: báo cáo tháng 6/2026; Tập huấn đã tổ chức (1)"
    assert "Tuyên Quang, 28/05/2026" in text(letter)


def test_while_reporting_is_away_the_monthly_letter_waits_a_day_and_then_goes_without(
    station: Station, mailbox: Mailbox
):
    station.notifier_parts.monthly._settings = station.settings.model_copy(
        update={"reporting_url": "http://127.0.0.1:9"}
    )
    put_office(station, "tuyen-quang", ["08"], urgency={"monthly_report": "monthly"})
    station.post(club_founded(historical=True))
    station.wake()
    clock_shows(station, "2026-07-01T08:00:00")
    clock_shows(station, "2026-07-01T23:00:00")
    assert mailbox.taken == []

    clock_shows(station, "2026-07-02T08:00:00")

    [letter] = mailbox.taken
    assert "chưa lấy được số liệu" in text(letter)
    assert list(letter.iter_attachments()) == []


def test_the_facts_of_a_letter_are_plain_json(station: Station):
    put_office(station, "tuyen-quang", ["08"])
    station.post(club_founded())
    station.wake()

    [letter] = station.get("notifier/v1/letters")["items"]

    [item] = letter["items"]
    assert json.loads(json.dumps(item)) == item
    assert (item["occasion"], item["day"], item["province_now"]) == ("fired", "2026-06-30", "08")
