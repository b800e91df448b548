"""The published forms: a JSON Schema for every event type, and what the intake's documentation says."""

from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from shared.events import CATALOGUE
from shared.problems import NotFound
from shared.report import SCHEMAS
from shared.texts import say
from shared.web import language

_EXAMPLE: Final = {
    "specversion": "1.0",
    "id": "018f2c1e-6b1a-7cc3-9d52-0c6f4f1f2a11",
    "source": "/devices/tq-0007",
    "type": "meeting.held",
    "subject": "tq-coc-1",
    "time": "2026-03-21T09:40:00+07:00",
    "dataschema": f"{SCHEMAS}/meeting.held/1",
    "datacontenttype": "application/json",
    "data": {
        "occurred_on": "2026-03-21",
        "attendance": {"women": 31, "men": 17},
        "areas": ["health_care", "awareness"],
    },
}


def json_schema(type: str, version: int) -> dict[str, Any]:
    """The form of an event's data as JSON Schema 2020-12. Raises `NotFound`."""
    if (type, version) not in CATALOGUE:
        raise NotFound
    schema = CATALOGUE[type, version].model_json_schema(by_alias=True)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"{SCHEMAS}/{type}/{version}"}
    return head | schema


def add_schemas(app: FastAPI) -> None:
    """`/schemas` and `/schemas/{type}/{version}`: open to all, they are the contract."""

    @app.get("/schemas", tags=["schemas"], summary="Mọi loại sự kiện / every event type")
    async def all_schemas(request: Request) -> list[dict[str, Any]]:
        return [
            {
                "type": type,
                "version": version,
                "meaning": say(language(request), f"meaning.{type}"),
                "schema": str(request.url_for("one_schema", type=type, version=version)),
            }
            for type, version in CATALOGUE
        ]

    @app.get("/schemas/{type}/{version}", tags=["schemas"], summary="JSON Schema of an event's data")
    async def one_schema(type: str, version: int) -> JSONResponse:
        return JSONResponse(json_schema(type, version), media_type="application/schema+json")


def intake_documentation() -> dict[str, Any]:
    """How OpenAPI describes `POST /v1/events`, whose body FastAPI does not read."""
    event = {"schema": {"type": "object"}, "example": _EXAMPLE}
    many = {"schema": {"type": "array", "items": {"type": "object"}}, "example": [_EXAMPLE]}
    lines = {"schema": {"type": "string", "description": "One event a line."}}
    flag = {"in": "query", "required": False, "schema": {"type": "boolean", "default": False}}
    problem = {"application/problem+json": {"schema": {"type": "object"}}}
    refusals = {
        "400": "Unreadable: kept in quarantine",
        "401": "No valid token",
        "403": "Outside the token's scope or source",
        "409": "Same identity with other content, or a stale expectedversion",
        "413": "Event or body too large",
        "415": "Unknown media type",
        "422": "Cannot be true: kept in quarantine; or an atomic batch refused",
        "503": "Log or database away: keep the report and try again",
    }
    documented = {
        "requestBody": {
            "required": True,
            "content": {
                "application/cloudevents+json": event,
                "application/json": event,
                "application/cloudevents-batch+json": many,
                "application/x-ndjson": lines,
            },
        },
        "parameters": [{"name": "dry_run", **flag}, {"name": "atomic", **flag}],
        "security": [{"bearer": []}],
        "responses": {
            "200": {"description": "Duplicate: the first answer again; or the verdicts of a batch"},
            "201": {"description": "Accepted, on disk"},
            "202": {"description": "Held until its ground arrives, on disk"},
            **{status: {"description": text, "content": problem} for status, text in refusals.items()},
        },
    }
    return {
        "tags": ["events"],
        "summary": "Gửi báo cáo / send reports: one CloudEvent, a batch or NDJSON",
        "status_code": 201,
        "response_class": Response,
        "openapi_extra": documented,
    }
