"""Elements of SVG and HTML as text. What is not markup already is escaped."""

from functools import cache
from typing import Final

from markupsafe import Markup, escape

SVG: Final = "http://www.w3.org/2000/svg"
FONT: Final = "Be Vietnam Pro, Noto Sans, Segoe UI, Roboto, sans-serif"


def element(name: str, *inside: str | Markup, **attributes: str | float | None) -> Markup:
    """An element; `class_` and `stroke_width` become `class` and `stroke-width`, an attribute of None is left out."""
    # Written out: a map is hundreds of elements, and formatting by `Markup` takes five times as long.
    written = "".join(
        f' {_named(key)}="{escape(_short(value))}"' for key, value in attributes.items() if value is not None
    )
    children = "".join(map(escape, inside))
    return Markup(f"<{name}{written}>{children}</{name}>")  # noqa: S704 (every part is escaped)  # nosec B704


def picture(
    width: float, height: float, *inside: Markup, title: str, desc: str = "", role: str = "img", kind: str
) -> Markup:
    """A whole SVG that stands alone: as wide as the page lets it be, named for those who cannot see it."""
    return element(
        "svg",
        element("title", title),
        *([element("desc", desc)] if desc else []),
        *inside,
        xmlns=SVG,
        viewBox=f"0 0 {_short(width)} {_short(height)}",
        role=role,
        aria_label=title,
        class_=f"drawing {kind}",
        font_family=FONT,
    )


@cache
def _named(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _short(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
