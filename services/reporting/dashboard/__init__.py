"""The dashboard: server-made HTML, phone first, Vietnamese and English, no JavaScript needed.

Facts are gathered by functions that return plain data; templates in `pages/` show them.
"""

from services.reporting.dashboard.rendering import STATIC
from services.reporting.dashboard.routes import add_dashboard

__all__ = ["STATIC", "add_dashboard"]
