"""Lines and bars: gaps stay gaps, what is uncertain is shown so, ticks are round."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.drawing import Bar, Point, bars, line, sparkline
from services.reporting.drawing.scales import ticks

SVG = "{http://www.w3.org/2000/svg}"


def parts(drawing: str, kind: str) -> list[ElementTree.Element]:
    return [one for one in ElementTree.fromstring(drawing).iter() if kind in (one.get("class") or "").split()]


def texts(drawing: str) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(drawing).iter(f"{SVG}text")]


def months(*values: int | Point | None) -> str:
    points = [value if isinstance(value, Point) else Point(value) for value in values]
    return line(points, [f"{n + 1}/2026" for n in range(len(points))], "vi", title="Sinh hoạt")


@given(st.integers(0, 10**12))
def test_ticks_are_few_round_and_reach_the_largest_value(most: int):
    marks = ticks(most)

    step = marks[1]
    assert marks == [n * step for n in range(len(marks))]
    assert marks[-2] < max(most, 1) <= marks[-1] and len(marks) <= 5
    assert str(step).rstrip("0") in {"1", "2", "5"}


def test_a_gap_is_not_drawn_over():
    assert len(parts(months(3, 4, None, 9, 8), "line")) == 2
    assert len(parts(months(3, 4, 6, 9, 8), "line")) == 1


def test_the_last_known_value_is_written_where_it_is():
    drawing = months(3, 1240, None)

    [written] = [one for one in ElementTree.fromstring(drawing).iter(f"{SVG}text") if one.text == "1.240"]
    [dot] = parts(drawing, "dot")
    assert float(written.get("x")) > float(dot.get("cx"))


def test_what_is_uncertain_has_a_band_and_an_open_edge_an_arrow():
    assert parts(months(3, 4), "band") == []
    assert len(parts(months(3, Point(4, 2, 6)), "band")) == 1
    assert len(parts(months(3, Point(4, 4, None)), "inked")) == 2
    assert len(parts(months(3, Point(4, 2, 6)), "inked")) == 1


def test_a_break_in_the_series_a_season_and_the_year_before_are_marked_and_named():
    drawing = line(
        [Point(n) for n in (3, 4, 5, 6)], ["1", "2", "3", "4"], "vi", title="Sinh hoạt",
        before=[1, 2, 3, 4], before_label="năm trước", breaks={2: "34 tỉnh"}, seasons=[(0, 1, "Tết")],
    )  # fmt: skip

    assert {"34 tỉnh", "Tết", "năm trước"} <= set(texts(drawing))
    assert [len(parts(drawing, kind)) for kind in ("break", "season", "before")] == [1, 1, 2]


def test_nothing_known_is_an_empty_chart_and_no_error():
    for drawing in (
        months(), months(None), months(None, None), months(0), sparkline([], title="t"), sparkline([None], title="t"),
        bars([], title="t"), bars([Bar("Huế", None, "·")], title="t"),
    ):  # fmt: skip
        assert ElementTree.fromstring(drawing).get("role") == "img"
        assert "nan" not in drawing


def test_bars_are_as_long_as_their_values_and_marks_stand_at_the_targets():
    drawing = bars(
        [Bar("Huế", 50, "50", 100), Bar("Đà Nẵng", 100, "100")], title="t", target_label="mục tiêu"
    )

    short, long = (float(one.get("width")) for one in parts(drawing, "bar"))
    target, key = parts(drawing, "target")
    start = float(parts(drawing, "bar")[0].get("x"))
    assert abs(short * 2 - long) < 0.2
    assert abs(float(target.get("d").removeprefix("M").split(",")[0]) - (start + long)) < 0.2
    assert "mục tiêu" in texts(drawing) and key is not None


def test_a_bar_that_leads_somewhere_is_a_link_with_its_number():
    [link] = ElementTree.fromstring(bars([Bar("Huế", 50, "50", link="/p/46")], title="t")).iter(f"{SVG}a")

    assert (link.get("href"), link.get("aria-label")) == ("/p/46", "Huế: 50")


def test_a_picture_has_a_name_for_those_who_cannot_see_it():
    picture = ElementTree.fromstring(sparkline([1, 2], title="12 tháng", desc="từ 1 lên 2"))

    assert (picture.get("role"), picture.get("aria-label")) == ("img", "12 tháng")
    assert [picture[0].text, picture[1].text] == ["12 tháng", "từ 1 lên 2"]


def test_a_month_that_is_not_over_is_no_fall():
    over = line([Point(30), Point(28), Point(2)], ["1", "2", "3"], "vi", title="Sinh hoạt")
    running = line([Point(30), Point(28), Point(2)], ["1", "2", "3"], "vi", title="Sinh hoạt", running=True)

    assert (len(parts(over, "running")), len(parts(over, "hollow"))) == (0, 0)
    [broken], [dot] = parts(running, "running"), parts(running, "hollow")
    assert broken.get("stroke-dasharray") and dot.get("fill") != broken.get("stroke")
    [whole] = [one for one in parts(running, "line") if one.get("class") == "line"]
    assert whole.get("d").count("L") == 1  # Of three months the first two.


def test_billions_are_read_at_a_glance():
    drawing = line([Point(9_000_000_000), Point(35_962_719_000)], ["1", "2"], "vi", title="Quỹ")

    assert {"0", "10 tỷ", "40 tỷ", "36 tỷ"} <= set(texts(drawing))
