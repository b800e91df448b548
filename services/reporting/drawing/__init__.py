"""Drawings of figures: maps and tiles of provinces, lines and bars, as markup for pages and printed reports.

Data in, markup out. Every picture stands alone (colours and sizes are attributes), so that a printed report can take it
as it is; classes let `static/drawing.css` restyle it on a page. No `style` attribute: our pages refuse them.
"""
