"""The pages of boards: what is open in my provinces, who was told, why, and who gets mail.

Server-made HTML, phone first, Vietnamese and English, no JavaScript. Facts are gathered by functions that return plain
data; templates in `pages/` show them.
"""

from services.notifier.boards.routes import add_boards

__all__ = ["add_boards"]
