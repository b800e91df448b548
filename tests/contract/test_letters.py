"""Letters: who gets what in one letter, and when it leaves."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.builders import (
    club_founded,
    corrected,
    members_counted,
    training_cancelled,
    training_held,
    training_planned,
)
from tests.letters import clock_shows, put_office, text, told
from tests.station import Mailbox, Station, problem

OLD_TUYEN_QUANG = {"list": "pre-2025", "province": "08"}
OLD_HA_GIANG = {"list": "pre-2025", "province": "02"}


@pytest.fixture(autouse=True)
def started(station: Station) -> None:
    station.get("registry/v1/tally")


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
