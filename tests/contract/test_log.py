"""What every log promises: the real one on Valkey and its twin in memory."""

from datetime import timedelta

import pytest

from shared.log import NO_HASH, START, Entry, Forked, Known, Log, Mark
from shared.report import Identity, canonical, content_of, sha256
from tests.builders import NOW, club_founded, entry, meeting_held


def meetings(number: int, first: int = 2) -> list[Entry]:
    return [entry(meeting_held(), version) for version in range(first, first + number)]


def test_positions_begin_at_one_and_have_no_gap(log: Log):
    log.append([entry(club_founded())], NOW)
    log.append(meetings(250), NOW)

    assert [event.position for event in log.read(0, 1000)] == list(range(1, 252))
    assert log.head().position == 251


def test_what_is_read_is_what_was_sent(log: Log):
    sent = club_founded(name="CLB Hòa Phú 2", historical=True)

    log.append([entry(sent, by="tq-0007")], NOW)

    [event] = log.read(0, 10)
    assert event.data == sent["data"]
    assert event.historical
    assert event.envelope.items() >= {key: value for key, value in sent.items() if key != "data"}.items()
    assert event.envelope["recordedby"] == "tq-0007"
    assert event.subject_version == 1


def test_a_known_identity_is_never_stored_again(log: Log):
    first = entry(club_founded())
    log.append([first], NOW)

    again = log.append([Entry(first.report, 2, "phone")], NOW)

    assert again.stale
    assert again.recorded == []
    assert log.head().position == 1
    known = log.survey([first.report.identity, Identity("/devices/phone", "never")], ()).known
    assert known == {first.report.identity: Known(1, first.report.content_hash)}


def test_an_overtaken_subject_must_be_judged_again(log: Log):
    log.append([entry(club_founded()), *meetings(1)], NOW)

    overtaken = log.append(meetings(1), NOW)

    assert overtaken.stale
    assert log.survey((), ["co-dien", "never-heard-of"]).versions == {"co-dien": 2, "never-heard-of": 0}


def test_calls_before_the_overtaken_one_are_stored_and_none_after(log: Log):
    known = entry(club_founded("bach-ma"))
    log.append([known], NOW)

    stored = log.append([entry(club_founded()), *meetings(149), known, *meetings(99, 151)], NOW)

    assert stored.stale
    assert len(stored.recorded) == 100
    assert log.head().position == 101


def test_an_atomic_batch_is_stored_whole_or_not_at_all(log: Log):
    known = entry(club_founded("bach-ma"))
    log.append([known], NOW)

    refused = log.append([entry(club_founded()), *meetings(300), known], NOW, atomic=True)
    whole = log.append([entry(club_founded()), *meetings(300)], NOW, atomic=True)

    assert (refused.recorded, refused.stale) == ([], True)
    assert len(whole.recorded) == 301
    assert log.head().position == 302


def test_recorded_time_never_goes_back(log: Log):
    log.append([entry(club_founded())], NOW)
    log.append(meetings(1), NOW - timedelta(days=365))
    log.append(meetings(1, first=3), NOW + timedelta(seconds=1))

    times = [event.recorded_at for event in log.read(0, 10)]
    assert times == [NOW, NOW, NOW + timedelta(seconds=1)]


def test_each_event_is_sealed_and_chained_to_the_one_before(log: Log):
    log.append([entry(club_founded()), *meetings(120)], NOW)

    previous = NO_HASH
    for event in log.read(0, 1000):
        content = content_of(event.type, event.subject, 1, canonical(event.data))
        assert event.envelope["contentseal"] == sha256(event.salt.encode(), content)
        assert event.hash == sha256(previous.encode(), event.envelope_json.encode())
        assert event.content_hash == sha256(content)
        previous = event.hash
    assert log.head().hash == previous


def test_the_same_content_is_sealed_differently_each_time(log: Log):
    log.append([entry(club_founded()), *meetings(2)], NOW)

    _, first, second = log.read(0, 10)
    assert first.content_hash == second.content_hash
    assert first.envelope["contentseal"] != second.envelope["contentseal"]


def test_a_subject_has_a_history(log: Log):
    log.append([entry(club_founded()), entry(club_founded("bach-ma")), *meetings(2)], NOW)

    assert [event.position for event in log.history("co-dien")] == [1, 3, 4]
    assert log.history("never-heard-of") == []


def test_a_history_can_be_read_without_the_types_that_do_not_matter_but_for_those_named(log: Log):
    [one, two] = meetings(2)
    log.append([entry(club_founded()), one, two], NOW)

    without = {"meeting.held", "fund.received"}
    assert [event.position for event in log.history("co-dien", without)] == [1]
    assert [event.position for event in log.history("co-dien", without, {two.report.identity})] == [1, 3]


def test_all_events_of_some_types_can_be_looked_for(log: Log):
    log.append([entry(club_founded()), *meetings(2), entry(club_founded("bach-ma"))], NOW)

    assert [event.position for event in log.of_types({"club.founded", "club.merged"})] == [1, 4]
    assert list(log.of_types({"club.merged"})) == []


def test_a_reader_goes_on_behind_its_mark(log: Log):
    log.append([entry(club_founded()), *meetings(4)], NOW)
    second = log.read(1, 1)[0]

    behind = log.follow(Mark(1, 2, second.hash), 2)

    assert [event.position for event in behind] == [3, 4]
    assert [event.position for event in log.follow(START, 10)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("position", [1, 7])
def test_a_reader_with_another_history_is_told_so(log: Log, position: int):
    log.append([entry(club_founded())], NOW)

    with pytest.raises(Forked):
        log.follow(Mark(1, position, "f" * 64), 10)


def test_a_reader_waits_only_until_something_is_there(log: Log):
    log.append([entry(club_founded())], NOW)

    assert log.wait_beyond(0, 5)
    assert not log.wait_beyond(1, 0.01)


def test_duplicates_are_counted(log: Log):
    log.append([entry(club_founded()), *meetings(2)], NOW)
    log.count_duplicates(5)

    assert log.tally() == (8, 5)
