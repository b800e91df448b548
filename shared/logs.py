"""What processes write down: for people as text, for machines one JSON object a line (`ISHC_LOG_FORMAT=json`).

A line names the traces it belongs to (`shared/tracing.py`) and the facts it was given: numbers and names of ours, never
secrets, never what was sent.
"""

import json
import logging
from datetime import UTC, datetime
from typing import Any, Final

from shared.tracing import MOST, current

_TEXT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def told(**facts: Any) -> dict[str, dict[str, Any]]:
    """Facts for machines, beside the words for people: `logger.info("…", extra=told(position=7))`."""
    return {"told": facts}


def set_up(format: str, level: str, process: str) -> None:
    """Write to standard error from now on, in this form."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines(process) if format == "json" else TextLines(_TEXT))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for talker in ("httpx2", "httpcore2", "alembic", "opentelemetry"):
        logging.getLogger(talker).setLevel("WARNING")


class TextLines(logging.Formatter):
    """A line for people; the trace stands at its end, to be looked for elsewhere."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        line = super().formatMessage(record)
        traces = current()
        return f"{line} [{traces[0].id}]" if traces else line


class JsonLines(logging.Formatter):
    """One JSON object a line: when, how grave, who says what, with what facts, of which traces."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "told", {}),
        }
        if traces := current():
            line["trace"] = traces[0].id
            if len(traces) > 1:
                line["traces"] = [trace.id for trace in traces[:MOST]]
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
