"""What terrain communes have: what an operator says, the special zones, and nothing that is guessed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.places import communes
from shared.places.terrain import NotATerrain, add_terrain, terrain_list, terrain_of

PHU_QUOC = next(code for code, one in communes("2025-07").items() if one.name == "Phú Quốc")
OTHER = next(code for code, one in communes("2025-07").items() if one.type == "xã")


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    add_terrain(None)


def test_only_the_special_zones_are_known_without_a_list():
    add_terrain(None)

    assert terrain_of(PHU_QUOC) == "island"
    assert sum(terrain_of(code) is not None for code in communes("2025-07")) == 13
    assert terrain_list() is None


def test_what_the_operator_says_counts(tmp_path: Path):
    listed = tmp_path / "terrain.csv"
    listed.write_text(f"\ufeffcode,terrain\n{OTHER},mountain\n", encoding="utf-8")
    add_terrain(listed)

    assert (terrain_of(OTHER), terrain_of(PHU_QUOC)) == ("mountain", "island")
    assert len(terrain_list() or "") == 64


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("code;terrain\n", 1),
        (f"code,terrain\n{OTHER},hilly\n", 2),
        ("code,terrain\n99999,mountain\n", 2),
        (f"code,terrain\n{OTHER},lowland\n{OTHER},border\n", 3),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_with_its_line(tmp_path: Path, text: str, line: int):
    listed = tmp_path / "terrain.csv"
    listed.write_text(text, encoding="utf-8")

    with pytest.raises(NotATerrain, match=f"dòng / line {line}:"):
        add_terrain(listed)
    with pytest.raises(NotATerrain, match="không đọc được / cannot be read"):
        add_terrain(tmp_path / "nothing.csv")
