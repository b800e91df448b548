"""The maps: every province has its outline, the archipelagos are always there, nothing is said by colour alone."""

import hashlib
import json
import re
import subprocess
import sys
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.drawing import Cell, classes, province_map, tile_grid
from services.reporting.drawing.cells import DARK_FROM, INK, PAPER, TONES, tone
from services.reporting.drawing.geometry import islands, shapes
from services.reporting.drawing.making import GEO, as_json, make_shapes
from services.reporting.drawing.tiles import PLACES
from shared.places import LIST_OF, PROVINCES, province_name, provinces

SVG = "{http://www.w3.org/2000/svg}"
LEGEND = ["0", "1 – 9", "10 – 49", "từ 50 trở lên"]
SCHEMES = ("34", "63")


def drawn(cells: dict[str, Cell], scheme: str = "34", language: str = "vi") -> ElementTree.Element:
    return ElementTree.fromstring(province_map(scheme, cells, LEGEND, language, title="Câu lạc bộ"))


def texts(element: ElementTree.Element) -> list[str]:
    return [one.text or "" for one in element.iter(f"{SVG}text")]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_outlines_are_made_from_the_topology():
    topology = json.loads((GEO / "vn_provinces.topo.json").read_text(encoding="utf-8"))

    assert as_json(make_shapes(topology)) == (GEO / "shapes.json").read_text(encoding="utf-8")


def test_the_provenance_names_the_bytes_that_are_there():
    said = re.findall(r"^    (\w{64})  \S+/(\S+)$", (GEO / "PROVENANCE.md").read_text(encoding="utf-8"), re.M)

    assert said == [
        (hashlib.sha256(file.read_bytes()).hexdigest(), file.name) for file in sorted(GEO.glob("*.json"))
    ]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_province_has_a_shape_and_no_shape_is_without_a_province(scheme: str):
    assert list(shapes(scheme)) == [province.code for province in provinces(scheme)]
    assert {island.province for island in islands(scheme)} <= shapes(scheme).keys()


def test_the_islands_lie_in_a_province_that_became_the_one_they_lie_in_now():
    became = [PROVINCES["pre-2025", island.province].now for island in islands("63")]

    assert became == [island.province for island in islands("34")]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_rings_run_clockwise_and_stay_on_the_sheet(scheme: str):
    for shape in shapes(scheme).values():
        for ring in re.findall(r"M(.+?)l(.+?)z", shape.path):
            x, y = (float(part) for part in ring[0].split(","))
            spots = [(x, y)]
            for step in ring[1].split():
                across, down = (float(part) for part in step.split(","))
                spots.append((spots[-1][0] + across, spots[-1][1] + down))
            assert sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise([*spots, spots[0]])) > 0
            assert all(-0.1 <= x <= 400.1 and -0.1 <= y <= 840.5 for x, y in spots)


def test_nothing_is_read_before_the_first_map_is_asked_for():
    code = "import services.reporting.drawing.geometry as g; print(g._drawn.cache_info().currsize)"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "0\n"


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_hoang_sa_and_truong_sa_are_on_every_map_with_their_province(scheme: str, language: str):
    words = " ".join(texts(drawn({}, scheme, language)))

    for name, parent in (("Hoàng Sa", "48"), ("Trường Sa", "56")):
        assert re.search(rf"{name}.*?\({province_name(LIST_OF[scheme], parent)}\)", words)


def test_the_archipelagos_have_the_colour_and_the_link_of_their_province():
    country = drawn({"48": Cell(3, "77", link="/p/48")})

    leading = [one for one in country.iter(f"{SVG}a") if one.get("href") == "/p/48"]
    fills = [{mark.get("fill") for mark in one.iter(f"{SVG}path")} for one in leading]
    assert fills == [{TONES[5]}, {TONES[5]}]
    assert leading[1].get("aria-label") == "Quần đảo Hoàng Sa (Đà Nẵng: 77)"


def test_no_data_is_hatched_and_zero_is_not():
    country = drawn({"04": Cell(0, "0")})

    fills = {
        one[0].text: one.find(f"{SVG}path").get("fill") for one in country.find(".//*[@class='provinces']")
    }
    assert fills["Cao Bằng: 0"] == TONES[0]
    assert fills["Nghệ An: chưa có báo cáo"] == "url(#hatch-34)"
    assert {"0", "chưa có báo cáo"} <= set(texts(country))


def test_an_uncertain_number_has_its_mark_and_the_mark_is_explained():
    assert {"12~", "chưa chắc chắn"} <= set(texts(drawn({"40": Cell(2, "12", uncertain=True)})))
    assert "chưa chắc chắn" not in texts(drawn({"40": Cell(2, "12")}))


def test_a_number_that_does_not_fit_is_left_to_the_title():
    country = drawn({"33": Cell(3, "1.234.567"), "40": Cell(3, "123")})

    assert "123" in texts(country) and "1.234.567" not in texts(country)
    assert "Hưng Yên: 1.234.567" in [title.text for title in country.iter(f"{SVG}title")]


def test_what_is_written_on_a_map_is_text_and_no_markup():
    country = drawn({"40": Cell(1, "<b>", title='"><script>', link='/?a="&b')})

    assert "<b>" in texts(country)
    assert [one.get("href") for one in country.iter(f"{SVG}a")] == ['/?a="&b']
    assert not list(country.iter(f"{SVG}script"))


def test_each_tone_is_clearly_darker_than_the_one_before_and_bears_its_text():
    assert all(contrast(pale, dark) >= 1.5 for pale, dark in pairwise(TONES[1:]))
    assert all(contrast(of, INK if n < DARK_FROM else PAPER) >= 4.5 for n, of in enumerate(TONES))


@given(st.integers(1, 5))
def test_few_classes_are_spread_over_all_tones_and_never_share_one(count: int):
    tones = [tone(shade, count) for shade in range(1, count + 1)]

    assert tones == sorted(set(tones)) and tones[-1] == 5
    assert (tone(0, count), tone(None, count)) == (0, None)


def test_the_tiles_are_the_provinces_each_once_with_both_archipelagos():
    codes = [code for _, _, code in PLACES]

    assert sorted(codes) == sorted([*(province.code for province in provinces("34")), "HS", "TS"])


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_tile_says_name_and_number_in_words(language: str):
    grid = ElementTree.fromstring(
        tile_grid({"79": Cell(3, "120", link="/p/79")}, LEGEND, language, title="t")
    )

    tiles = ["|".join(tile.itertext()) for tile in grid.iterfind("ol/li")]
    assert {"vi": "TP.HCM|120", "en": "HCMC|120"}[language] in tiles
    assert {"Hoàng Sa|(Đà Nẵng)", "Trường Sa|(Khánh Hòa)", "Huế|·"} <= set(tiles)
    assert [one.get("aria-label") for one in grid.iter("a")] == ["Hồ Chí Minh: 120"]


counts = st.lists(st.none() | st.integers(0, 3_000_000), max_size=63)


@given(counts)
def test_every_class_holds_something_and_there_are_at_most_five(values: list[int | None]):
    made = classes(values)

    above = {made.shade(value) for value in values if value}
    assert above == set(range(1, len(made.limits) + 1)) and len(above) <= 5
    assert len(made.words("vi")) == len(made.limits) + 1


@given(counts)
def test_limits_are_round_and_a_larger_value_is_in_no_lower_class(values: list[int | None]):
    made = classes(values)

    assert all(limit < 10 or len(str(limit).rstrip("0")) <= 2 for limit in made.limits)
    shades = [made.shade(value) for value in sorted(value for value in values if value is not None)]
    assert shades == sorted(shades)
    assert (made.shade(0), made.shade(None)) == (0, None)


def test_classes_read_as_a_legend():
    made = classes([0, None, 1, 2, 3, 57, 130, 131, 1240])

    assert made.words("vi") == ["0", "1", "2", "3 – 119", "từ 120 trở lên"]
    assert classes([]).words("en") == ["0"]


def test_a_legend_has_its_unit_and_counts_no_single_dong():
    made = classes([60_000_000, 400_000_000, 1_500_000_000])

    assert made.words("vi") == ["0", "60 triệu – <400 triệu", "400 triệu – <1,5 tỷ", "từ 1,5 tỷ trở lên"]
    assert classes([67, 69], int).words("en", "{n}%") == ["0%", "67 – 68%", "69% or more"]


def test_percentages_that_lie_close_together_are_told_apart():
    assert classes([64, 67, 68, 69, 72], int).words("vi") == [
        "0",
        "64 – 66",
        "67",
        "68",
        "69 – 71",
        "từ 72 trở lên",
    ]
