"""Drawings of figures: maps and tiles of provinces, lines and bars, as markup for pages and printed reports.

Data in, markup out. Every picture stands alone (colours and sizes are attributes), so that a printed report can take it
as it is; classes let `static/drawing.css` restyle it on a page. No `style` attribute: our pages refuse them.
"""

from services.reporting.drawing.bars import Bar, bars
from services.reporting.drawing.cells import Cell
from services.reporting.drawing.charts import Point, line, sparkline
from services.reporting.drawing.classing import Classes, classes
from services.reporting.drawing.maps import province_map
from services.reporting.drawing.tiles import tile_grid

__all__ = [
    "Bar",
    "Cell",
    "Classes",
    "Point",
    "bars",
    "classes",
    "line",
    "province_map",
    "sparkline",
    "tile_grid",
]
