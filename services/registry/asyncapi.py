"""The change feed as an AsyncAPI 3.0 document: what a program that follows the registry will be sent."""

from typing import Any, Final

from fastapi import FastAPI
from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from shared.events import CATALOGUE
from shared.periods import Period
from shared.report import SCHEMAS
from shared.values import Count, When

_SCHEMAS: Final = "#/components/schemas/"
_KINDS: Final[dict[str, Any]] = {"day": When, "count": Count, "period": Period}
_HASH: Final = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_MOMENT: Final = {"type": "string", "format": "date-time"}
_TEXT: Final = {"type": "string"}

# What the registry adds to every report.
_ADDED: Final[dict[str, Any]] = {
    "position": {"type": "integer", "minimum": 1, "description": "1, 2, 3 … without gaps: the only order."},
    "recordedtime": {**_MOMENT, "description": "UTC, by the registry's clock; never goes back."},
    "receivedtime": {**_MOMENT, "description": "When it was received, if it was held before."},
    "subjectversion": {"type": "integer", "minimum": 1, "description": "Which event of its subject it is."},
    "recordedby": {**_TEXT, "description": "The name of the token that sent it."},
    "contentseal": {**_HASH, "description": "SHA-256 over a salt and the content."},
    "chainhash": {**_HASH, "description": "SHA-256 over the previous event's hash and this envelope."},
    "redacted": {
        "const": True,
        "description": "Words were taken out of `data`; a later `report.redacted` says which.",
    },
}
_ALWAYS: Final = [name for name in _ADDED if name not in ("receivedtime", "redacted")]
_SENT: Final[dict[str, Any]] = {
    "specversion": {"const": "1.0"},
    "id": {**_TEXT, "maxLength": 249, "description": "With `source` the identity of the report, for ever."},
    "source": {**_TEXT, "format": "uri-reference", "maxLength": 249},
    "type": _TEXT,
    "subject": {**_TEXT, "description": "`programme`, `province:…`, or the id of a club, training or visit."},
    "time": {**_MOMENT, "description": "The phone's clock: kept, never trusted."},
    "dataschema": {**_TEXT, "description": "Ends in `/schemas/{type}/{version}`; absent means version 1."},
    "datacontenttype": _TEXT,
    "deviceseq": {"type": "integer", "minimum": 0, "description": "The device's own counter."},
    "historical": {"type": "boolean", "description": "A load of the past: figures and alerts, no letters."},
    **dict.fromkeys(("traceparent", "tracestate", "correlationid", "causationid"), _TEXT),
}
_RECORDED: Final = {
    "type": "object",
    "description": "A CloudEvents 1.0 event as the registry serves it: the report as sent, and what it adds.",
    "properties": {**_SENT, **_ADDED, "data": {"type": "object"}},
    "required": ["specversion", "id", "source", "type", "subject", "data", *_ALWAYS],
}
_QUESTION: Final = {
    "type": "object",
    "properties": {
        "after": {"type": "integer", "minimum": 0, "description": "Go on behind this position."},
        "limit": {
            "type": "integer",
            "minimum": 1,
            "maximum": 1000,
            "description": "Of a page; no stream has one.",
        },
        "type": {"type": "array", "items": _TEXT, "description": "Only these types."},
        "subject": {**_TEXT, "description": "Only this subject."},
        "province": {**_TEXT, "pattern": r"^\d{2}$", "description": "Only this province of today's map."},
    },
}
_DESCRIPTION: Final = """\
Dòng sự kiện của sổ ghi: mọi báo cáo đã ghi, theo đúng thứ tự, đọc tiếp được từ bất kỳ vị trí nào. Chỉ thêm, không sửa.

The registry's change feed: every recorded report, in order, resumable from any position. Append-only.
Keep the last position you took together with what you did with it, and nothing is done twice.
Also `GET /v1/events` with `Accept: application/json`: a page with `items`, `next`, `head` and `epoch`.
"""
_LINES: Final = """\
One page, one event a line (`Accept: application/x-ndjson`). Ask again with `after=` the last position. With a filter
use JSON pages or the stream: lines do not say how far was looked when nothing was found.
"""
_STREAM: Final = """\
Without end (`Accept: text/event-stream`): `id:` is the position, `event:` the type, `data:` the event in one line.
After a break the reader comes back with `Last-Event-ID`. A line with a colon only says that the registry is alive.
"""


def asyncapi() -> dict[str, Any]:
    """The whole document."""
    messages = [f"{type}.{version}" for type, version in CATALOGUE]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "ISHC Records – dòng sự kiện / change feed",
            "version": "1",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/cloudevents+json",
        "servers": {
            "registry": {
                "host": "127.0.0.1:8001",
                "protocol": "http",
                "description": "Open where `ISHC_PUBLIC_READ` is `clubs`; else with a token.",
                "security": [{"$ref": "#/components/securitySchemes/bearer"}],
            }
        },
        "channels": {
            "events": {
                "address": "/v1/events",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
            }
        },
        "operations": {
            "sendLines": _operation("NDJSON", _LINES),
            "sendStream": _operation("Server-sent events", _STREAM),
        },
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "messages": {f"{type}.{version}": _message(type, version) for type, version in CATALOGUE},
            "schemas": {"Recorded": _RECORDED, **_schemas()},
        },
    }


def add_asyncapi(app: FastAPI) -> None:
    """`/asyncapi.json`: open to all, it is the contract."""

    @app.get("/asyncapi.json", tags=["schemas"], summary="AsyncAPI 3.0 của dòng sự kiện / of the change feed")
    async def document() -> dict[str, Any]:
        return asyncapi()


def _operation(title: str, description: str) -> dict[str, Any]:
    query = {"method": "GET", "query": _QUESTION, "bindingVersion": "0.3.0"}
    return {
        "action": "send",
        "title": title,
        "channel": {"$ref": "#/channels/events"},
        "description": description,
        "bindings": {"http": query},
    }


def _message(type: str, version: int) -> dict[str, Any]:
    event = CATALOGUE[type, version]
    head = {"type": {"const": type}, "data": {"$ref": _SCHEMAS + event.__name__}}
    if version > 1:  # An absent schema means version 1, so only later ones must be named.
        head["dataschema"] = {"pattern": f"/schemas/{type}/{version}$"}
    return {
        "name": type,
        "title": f"{type}, version {version}",
        "summary": (event.__doc__ or "").partition("\n")[0],
        "externalDocs": {"url": f"{SCHEMAS}/{type}/{version}"},
        "payload": {"allOf": [{"$ref": f"{_SCHEMAS}Recorded"}, {"properties": head}]},
    }


def _schemas() -> dict[str, Any]:
    """The data of every event type. What stands in many of them, such as a count, stands here once."""
    models = [(event, "validation") for event in CATALOGUE.values()]
    _, document = models_json_schema(models, ref_template=_SCHEMAS + "{model}")  # type: ignore[arg-type]
    kinds = {kind: TypeAdapter(type).json_schema() for kind, type in _KINDS.items()}
    return kinds | {name: _referring(schema) for name, schema in document["$defs"].items()}


def _referring(schema: Any) -> Any:
    """The schema with every value of a kind of ours (`x-kind`) only referred to."""
    match schema:
        case {"x-kind": kind}:
            return {"$ref": _SCHEMAS + kind}
        case dict():
            return {name: _referring(part) for name, part in schema.items()}
        case list():
            return [_referring(part) for part in schema]
    return schema
