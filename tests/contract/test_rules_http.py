"""`GET /v1/rules`: what boards hear of, with threshold and source."""

from shared.access import Role
from tests.station import Station, problem


def test_the_rules_are_told_with_threshold_and_source(station: Station):
    found = {one["code"]: one for one in station.get("notifier/v1/rules")["items"]}

    silence = found["no_meeting"]
    assert (silence["urgency"], silence["audience"]) == ("daily", "board")
    assert [(one["name"], one["value"], one["unit"]) for one in silence["thresholds"]] == [
        ("meetings", 2, "meetings")
    ]
    assert all(one["name_vi"] and one["means_en"] and one["source"] for one in found.values())


def test_a_phone_reads_no_rules(station: Station):
    with station.client(station.notifier, station.token(Role.DEVICE, "phone", provinces=("08",))) as client:
        assert problem(client.get("/v1/rules"))[:2] == (403, "role-not-enough")
