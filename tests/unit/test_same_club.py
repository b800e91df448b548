"""Clubs registered twice: which names may mean one club."""

from shared.same_club import families
from tests.builders import club_founded, corrected, merged
from tests.given import recorded


def test_clubs_that_were_ever_said_to_be_merged_are_one_family():
    merger = merged("hoa-phu", into="co-dien")
    founded = [club_founded(name) for name in ("co-dien", "hoa-phu", "bach-ma", "ban-bo", "na-hang")]

    found = families(
        recorded(*founded, merger, merged("na-hang", into="bach-ma"), corrected(merger, into="bach-ma"))
    )

    names = {name: found.get(name, name) for name in ("co-dien", "hoa-phu", "bach-ma", "na-hang")}
    assert len(set(names.values())) == 1
    assert "ban-bo" not in found
