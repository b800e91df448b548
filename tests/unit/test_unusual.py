"""What is unusual about a report: recorded all the same, and said against a named norm."""

from pathlib import Path
from typing import Any

import pytest

from shared.events import CATALOGUE
from shared.intake import read_structured
from shared.saying import warning_words
from shared.texts import LANGUAGES
from shared.unusual import unusual
from tests.builders import TUYEN_QUANG

GOLDEN = Path(__file__).parent.parent / "golden"
FOUNDING = {"occurred_on": "2026-01-15", "name": "CLB Cổ Điển", "place": TUYEN_QUANG}


def warned(type: str, **data: Any) -> list[tuple[str, str]]:
    return [(one.code, one.pointer) for one in unusual(CATALOGUE[type, 1].model_validate(data))]


def counted(on: str = "2026-03-01", **members: Any) -> list[tuple[str, str]]:
    return warned("members.counted", occurred_on=on, members=members)


def care(period: str = "2026-03", **counts: Any) -> list[tuple[str, str]]:
    return warned("care.reported", period=period, **counts)


def figure(value: Any, indicator: str = "members", **more: Any) -> list[tuple[str, str]]:
    return warned("figure.published", indicator=indicator, value=value, **more)


def shares(*printed: dict[str, Any]) -> list[tuple[str, str]]:
    return figure(1, citation={"printed_shares": list(printed)})


AT = "/data/members"


@pytest.mark.parametrize(
    ("on", "members", "expected"),
    [
        ("2026-03-01", {"total": 43}, [("1336.size", AT)]),
        ("2019-03-01", {"total": 43}, [("helpage.size", AT)]),
        ("../2026-03-01", {"total": 121}, [("1336.size", AT)]),
        ("2026-03-01", {"total": 60}, []),
        ("2026-03-01", {"total": {"about": 43}}, []),
        ("2026-03-01", {"women": 20, "men": 34}, [("1336.women", AT)]),
        ("2026-03-01", {"women": 30, "men": 20, "unstated": 10}, []),
        ("2026-03-01", {"women": 20, "total": 60}, [("1336.women", AT)]),
        ("2026-03-01", {"women": 20, "unstated": 30, "total": 60}, []),
        ("2026-03-01", {"women": 60}, []),  # Of nobody knows how many.
        ("2019-03-01", {"women": 48, "men": 12}, []),  # 80%: within "about 70%".
        ("2026-03-01", {"total": 60, "60_plus": 30}, [("1336.older", AT)]),
        ("2026-03-01", {"total": 60, "60_69": 40, "70_79": 6, "80_plus": 2}, [("1336.older", AT)]),
        ("2026-03-01", {"total": 60, "60_69": 20}, []),  # The other bands are not told.
        (
            "2026-03-01",
            {"under_55": 30, "55_plus": 30},
            [("helpage.older_55", AT)],
        ),
        (
            "2026-03-01",
            {"under_55": 20, "55_59": 10, "60_plus": 30},
            [("1336.older", AT), ("1336.young", AT)],
        ),
        ("2026-03-01", {"total": 60, "under_55": 10, "55_59": 5, "60_plus": 30}, []),  # 15 of unknown age.
    ],
)
def test_a_head_count_is_held_against_the_norms_of_its_day(on: str, members: Any, expected: Any):
    assert counted(on, **members) == expected


def test_a_day_between_two_norms_is_held_against_both():
    assert care("2024", volunteers=7) == []
    assert warned("care.reported", period="2025", volunteers=7) == [("vie085.volunteers", "/data/volunteers")]
    assert counted("2020", total=43) == [("1336.size", AT)]


def test_a_founding_is_measured_like_a_count_and_its_board_too():
    founding = FOUNDING | {"members": {"total": 43}, "management_board": {"size": 3}}

    assert warned("club.founded", **founding) == [
        ("1336.size", AT),
        ("helpage.board", "/data/management_board/size"),
    ]
    assert warned("club.founded", **FOUNDING) == []


def test_a_board_of_five_is_the_model():
    assert warned("board.elected", occurred_on="2026-02-02", size=5) == []
    assert warned("board.elected", occurred_on="2026-02-02", size=7) == [("helpage.board", "/data/size")]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"volunteers": 10, "cared_for": 6, "visits": 48}, []),  # 48 visits in four whole weeks
        ({"volunteers": 9}, ["vie085.volunteers"]),
        ({"cared_for": 4}, ["vie085.cared_for"]),
        ({"cared_for": 6, "visits": 47}, ["vie085.visits"]),
        ({"cared_for": {"more_than": 6}, "visits": 47}, ["vie085.visits"]),
        ({"cared_for": 6, "visits": {"more_than": 40}}, []),
        ({"visits": 1}, []),
        ({"cared_for": 0, "visits": 0}, ["vie085.cared_for"]),
    ],
)
def test_home_care_is_held_against_the_project_norms(counts: Any, expected: list[str]):
    assert [code for code, _ in care(**counts)] == expected


def test_a_club_that_meets_twice_in_three_months_is_told_the_model():
    assert warned("charter.adopted", occurred_on="2026-02-02", meetings={"times": 2, "months": 3}) == [
        ("helpage.meetings", "/data/meetings")
    ]
    assert warned("charter.adopted", occurred_on="2026-02-02", meetings={"times": 1, "months": 1}) == []


def test_a_short_initial_training_is_told_the_model():
    held = {"occurred_on": "2026-05-28", "place": TUYEN_QUANG, "days": 2}

    assert warned("training.held", kind="initial", **held) == [("helpage.initial_training", "/data/days")]
    assert warned("training.held", kind="top_up", **held) == []


def test_an_unknown_code_is_pointed_at():
    assert warned("meeting.held", occurred_on="2026-03-21", areas=["health_care", "fishing"]) == [
        ("unknown-code", "/data/areas/1")
    ]


def test_a_commune_our_lists_do_not_have_is_pointed_at():
    strange = FOUNDING | {"place": TUYEN_QUANG | {"commune": "99999"}}

    assert warned("club.founded", **strange) == [("doubtful-place", "/data/place/commune")]


@pytest.mark.parametrize(
    ("percent", "count", "of", "fits"),
    [
        ("11.5", 89, 855, False),  # Quảng Yên: 10.4
        ("10.4", 89, 855, True),
        ("66.7", 2, 3, True),  # rounded
        ("66.6", 2, 3, True),  # cut off
        ("66.8", 2, 3, False),
        ("67", 2, 3, True),
        ("11.5", {"about": 89}, 855, True),
        ("50", {"more_than": 60}, 100, False),
        ("100", 0, 0, True),
    ],
)
def test_a_printed_share_must_fit_its_counts_as_precisely_as_it_is_printed(
    percent: str, count: Any, of: int, fits: bool
):
    found = shares({"percent": percent, "count": count, "of": of})

    assert found == ([] if fits else [("printed-share", "/data/citation/printed_shares/0")])


@pytest.mark.parametrize(
    ("printed", "beyond"),
    [
        ({"under_55": "53.4", "55_plus": "48.7"}, True),  # Thân Thuộc: 102.1
        ({"women": "70", "men": "31"}, False),  # rounding
        ({"women": "70", "men": "32"}, True),
        ({"under_55": "33.4", "55_59": "33.4", "60_plus": "33.3"}, False),
        ({"women": "76", "60_plus": "71"}, False),  # They do not exclude each other.
        ({"poor": "70.1", "health_insured": "97.8"}, False),
    ],
)
def test_shares_that_exclude_each_other_cannot_be_more_than_all(printed: dict[str, str], beyond: bool):
    found = shares(*({"group": group, "percent": percent} for group, percent in printed.items()))

    assert found == ([("shares-beyond-whole", "/data/citation/printed_shares")] if beyond else [])


def test_shares_of_different_wholes_are_not_added():
    assert (
        shares({"group": "women", "percent": "77", "of": 60}, {"group": "men", "percent": "41", "of": 90})
        == []
    )


def parts(**counts: Any) -> list[dict[str, Any]]:
    return [{"indicator": indicator, "value": value} for indicator, value in counts.items()]


@pytest.mark.parametrize(
    ("value", "of_parts", "expected"),
    [
        (10486, parts(older_members=4804, women_members=4684, poor_members=998), "overlapping-groups-added"),
        (12000, parts(older_members=4804, women_members=4684, poor_members=998), None),
        (884, parts(project_clubs=291, scheme_clubs=593), None),
        (885, parts(project_clubs=291, scheme_clubs=593), "parts-do-not-add"),
        ({"about": 885}, parts(project_clubs=291, scheme_clubs=593), None),
        ({"more_than": 885}, parts(project_clubs=291, scheme_clubs=593), "parts-do-not-add"),
    ],
)
def test_parts_add_up_and_overlapping_groups_are_never_added(value: Any, of_parts: Any, expected: str | None):
    assert figure(value, parts=of_parts) == ([(expected, "/data/parts")] if expected else [])


def test_a_printed_part_is_not_larger_than_its_whole():
    of = {"indicator": "communes", "value": 151}

    assert figure(152, "communes_with_club", of=of) == [("part-beyond-whole", "/data/value")]
    assert figure(79, "communes_with_club", of=of) == []


def test_a_warning_names_the_norm_its_start_and_the_counts():
    [warning] = unusual(
        CATALOGUE["members.counted", 1].model_validate(
            {"occurred_on": "2026-03-01", "members": {"women": 20, "men": 34}}
        )
    )

    assert warning_words("en", warning) == {
        "code": "1336.women",
        "pointer": "/data/members",
        "detail": (
            "Share of women: the report says 20 of 54 people. Women are 60 to 70% of the members. Norm 1336.women, "
            "in force since 31 August 2020. The report is recorded all the same; check it if this is a slip."
        ),
        "source": "Quyết định 1336/QĐ-TTg, 31/8/2020 (cantho.gov.vn, 9/9/2020)",
    }
    assert "20 trên 54 người" in warning_words("vi", warning)["detail"]
    assert warning_words("vi", warning, within="/data")["pointer"] == "/data/data/members"


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.ndjson")), ids=lambda path: path.stem)
def test_every_type_of_event_can_be_looked_at(path: Path):
    for line in path.read_bytes().splitlines():
        event = read_structured(line).event

        assert all(warning_words(lang, one)["detail"] for one in unusual(event) for lang in LANGUAGES)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_kind_of_warning_has_words(lang: str):
    events = [
        ("board.elected", {"occurred_on": "2026-02-02", "size": 7, "roles": {"cook": 1}}),
        ("charter.adopted", {"occurred_on": "2026-02-02", "meetings": {"times": 2, "months": 3}}),
        ("care.reported", {"period": "2026-03", "cared_for": 6, "visits": 7}),
        (
            "figure.published",
            {
                "indicator": "members",
                "value": 10,
                "of": {"indicator": "members", "value": 9},
                "parts": parts(poor_members=4, near_poor_members=6),
                "citation": {
                    "printed_shares": [
                        {"percent": "53.4", "group": "women", "count": 1, "of": 3},
                        {"percent": "48.7", "group": "men", "of": 3},
                    ]
                },
            },
        ),
        ("figure.published", {"indicator": "clubs", "value": 10, "parts": parts(project_clubs=4)}),
        ("club.founded", FOUNDING | {"place": TUYEN_QUANG | {"commune": "99999"}}),
    ]
    said = [
        warning_words(lang, warning)
        for type, data in events
        for warning in unusual(CATALOGUE[type, 1].model_validate(data))
    ]

    assert {one["code"] for one in said} == {
        "helpage.board",
        "unknown-code",
        "helpage.meetings",
        "vie085.visits",
        "overlapping-groups-added",
        "part-beyond-whole",
        "printed-share",
        "shares-beyond-whole",
        "parts-do-not-add",
        "doubtful-place",
    }
    assert all(one["detail"] and "{" not in one["detail"] for one in said)
    beyond = next(one["detail"] for one in said if one["code"] == "shares-beyond-whole")
    assert ("102,1%" if lang == "vi" else "102.1%") in beyond
