"""The monthly letter: figures, the report of the province, and what comes along with it."""

import re

import pytest
from sqlalchemy import select

from services.notifier.tables import reports
from tests.builders import (
    club_founded,
    meeting_held,
    training_held,
)
from tests.letters import clock_shows, put_office, text
from tests.station import Mailbox, Station


@pytest.fixture(autouse=True)
def started(station: Station) -> None:
    station.get("registry/v1/tally")


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
