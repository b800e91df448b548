"""What the description of a service says about problems: which may be answered, and what one looks like."""

from typing import Any, Final

from fastapi import FastAPI

# Every operation may answer these. What only some answer, their routes say themselves.
COMMON: Final = (400, 401, 403, 404, 405, 408, 413, 429, 500, 503)
_REF: Final = {"$ref": "#/components/schemas/Problem"}
_TEXT: Final = {"type": "string"}
_PROBLEM: Final = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. Every `code` stands in docs/problems.md.",
    "required": ["type", "title", "status", "detail", "code", "retryable", "errors"],
    "properties": {
        "type": {**_TEXT, "format": "uri"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": {**_TEXT, "description": "What to do next; Vietnamese, or English by Accept-Language."},
        "code": {**_TEXT, "description": "A stable word."},
        "retryable": {"type": "boolean"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": _TEXT, "code": _TEXT, "detail": _TEXT},
            },
        },
    },
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route says of the problems that only it, or few, may answer: `responses=problems(409)`."""
    return {status: _answered(status) for status in statuses}


def describe_problems(app: FastAPI) -> None:
    """Put the problems into the description of an application. What the framework says of its own is not true here."""
    made = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = made()
            schemas = schema.setdefault("components", {}).setdefault("schemas", {})
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            schemas["Problem"] = _PROBLEM
            for path in schema["paths"].values():
                for operation in path.values():
                    _describe(operation["responses"])
        return app.openapi_schema or {}

    app.openapi = described  # type: ignore[method-assign]


def _describe(responses: dict[str, Any]) -> None:
    if "HTTPValidationError" in str(responses.get("422", "")):
        del responses["422"]
    for status in COMMON:
        responses.setdefault(str(status), _answered(status))


def _answered(status: int) -> dict[str, Any]:
    return {"description": _WORDS[status], "content": {"application/problem+json": {"schema": _REF}}}


_WORDS: Final = {
    202: "Held until its ground arrives",
    400: "The question or the body cannot be read",
    401: "No token, or none that is valid",
    403: "The token does not allow this",
    404: "There is nothing here",
    405: "This method is not answered here",
    408: "The body did not come in time",
    409: "It is not in a state in which this can be done",
    410: "It has ended",
    413: "Too large",
    415: "A media type that is not read",
    422: "It cannot be true, or cannot be given in this form",
    429: "Too many requests; see Retry-After",
    500: "A fault of ours; it has been logged",
    501: "Not offered",
    503: "Something the service depends on does not answer; see Retry-After",
}
