"""`/odata/v4/`: the feed over HTTP. Its errors have OData's form."""

import re
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request, Response
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool

from services.reporting.odata.metadata import csdl, service_document
from services.reporting.odata.options import Options, page_preferred, read_options
from services.reporting.odata.pages import Tables
from services.reporting.odata.sets import ENTITY_SETS, EntitySet
from services.reporting.parts import Parts
from shared.access import Token
from shared.database import is_away
from shared.problems import DatabaseAway, MethodNotAllowed, NotFound, NotOffered, Problem
from shared.web import CHALLENGE, language, problem_body, retry_after

ROOT: Final = "/odata/v4/"
VERSION: Final = {"OData-Version": "4.0"}
JSON: Final = "application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8"
# What Excel and Power BI show a form for: Basic, with the token as password.
_ONE: Final = re.compile(
    r"(?P<set>[A-Za-z]+)\((?:(?P<column>[a-z_]+)=)?(?:'(?P<text>(?:[^']|'')*)'|(?P<number>\d+))\)"
)
_OF_ONE: Final = {"$select", "$format"}
_OF_A_COUNT: Final = {"$filter"}

Handler = Callable[..., Awaitable[Response]]


def add_odata(app: FastAPI, parts: Parts) -> None:
    """The service document, `$metadata`, the tables, their rows and their counts."""
    tables = Tables(parts)

    @app.get(ROOT, tags=["odata"], summary="Danh mục bảng / service document of the OData v4 feed")
    @app.get(ROOT.rstrip("/"), include_in_schema=False)
    @_in_odata
    async def service(request: Request) -> Response:
        await parts.door.reader(request, "aggregates")
        return _json(service_document(_base(request)))

    @app.get(f"{ROOT}$metadata", tags=["odata"], summary="Các cột và ý nghĩa / columns and meanings (CSDL)")
    @_in_odata
    async def metadata(request: Request) -> Response:
        await parts.door.reader(request, "aggregates")
        return Response(csdl(), headers=VERSION, media_type="application/xml")

    @app.get(f"{ROOT}{{table}}/$count", tags=["odata"], summary="Số dòng / the number of rows")
    @_in_odata
    async def count(request: Request, table: str) -> Response:
        one = _table(table)
        reader = await parts.door.reader(request, one.needs)
        asked = _options(request, one, _OF_A_COUNT)
        number = await run_in_threadpool(tables.count, one, asked, reader)
        return Response(str(number), headers=VERSION, media_type="text/plain")

    @app.get(
        f"{ROOT}{{table}}", tags=["odata"], summary="Một bảng, hoặc một dòng / a table, or `Clubs('id')`"
    )
    @_in_odata
    async def rows(request: Request, table: str) -> Response:
        if (found := _ONE.fullmatch(table)) is not None:
            return await _entity(request, parts, tables, found)
        one = _table(table)
        return await _page(request, tables, one, await parts.door.reader(request, one.needs))

    @app.api_route(
        f"{ROOT}{{rest:path}}",
        methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        include_in_schema=False,
    )
    @_in_odata
    async def anything_else(request: Request, rest: str) -> Response:
        await parts.door.reader(request, "aggregates")
        if rest.startswith("$"):
            raise NotOffered
        raise NotFound if request.method == "GET" else MethodNotAllowed


async def _page(request: Request, tables: Tables, one: EntitySet, reader: Token | None) -> Response:
    prefer = request.headers.get("prefer")
    asked = _options(request, one)
    page = await run_in_threadpool(tables.page, one, asked, reader)
    body: dict[str, Any] = {"@odata.context": _context(request, one, asked), **page.annotations}
    if asked.count:
        body["@odata.count"] = page.total
    body["value"] = page.rows
    if page.next is not None:
        body["@odata.nextLink"] = f"{_base(request)}{one.name}?{page.next}"
    applied = {"Preference-Applied": f"odata.maxpagesize={asked.page}"} if page_preferred(prefer) else {}
    return _json(body, applied)


async def _entity(request: Request, parts: Parts, tables: Tables, found: re.Match[str]) -> Response:
    one = _table(found["set"])
    reader = await parts.door.reader(request, one.needs)
    is_text = found["text"] is not None
    if found["column"] not in (None, one.key.name) or is_text != (one.key.type == "Edm.String"):
        raise NotFound
    key = found["text"].replace("''", "'") if is_text else found["number"]
    asked = _options(request, one, _OF_ONE)
    row, annotations = await run_in_threadpool(tables.entity, one, key, asked, reader)
    return _json({"@odata.context": f"{_context(request, one, asked)}/$entity", **annotations, **row})


def _table(name: str) -> EntitySet:
    if name not in ENTITY_SETS:
        raise NotOffered if name.startswith("$") else NotFound
    return ENTITY_SETS[name]


def _options(request: Request, one: EntitySet, offered: set[str] | None = None) -> Options:
    items = request.query_params.multi_items()
    for name, _value in items:
        if offered is not None and name.startswith("$") and name not in offered:
            raise NotOffered(f"/query/{name}")
    return read_options(items, one.by_name, request.headers.get("prefer"))


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}{ROOT}"


def _context(request: Request, one: EntitySet, asked: Options) -> str:
    selected = "" if len(asked.select) == len(one.columns) else f"({','.join(asked.select)})"
    return f"{_base(request)}$metadata#{one.name}{selected}"


def _json(body: dict[str, Any], headers: dict[str, str] | None = None, status: int = 200) -> Response:
    # What a token is told, nobody else may be shown.
    kept = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
    return Response(orjson.dumps(body), status, {**VERSION, **kept, **(headers or {})}, media_type=JSON)


def _in_odata(handler: Handler) -> Handler:
    """The handler, with problems answered in OData's form instead of RFC 9457's."""

    @wraps(handler)
    async def answer(request: Request, **path: str) -> Response:
        try:
            return await handler(request, **path)
        except Problem as problem:
            return _error(request, problem)
        except DBAPIError as error:
            if not is_away(error):
                raise
            return _error(request, DatabaseAway())

    return answer


def _error(request: Request, problem: Problem) -> Response:
    lang = language(request)
    told = problem_body(problem, lang)
    details = [
        {"code": one["code"], "message": one["detail"], "target": one["pointer"].removeprefix("/query/")}
        for one in told["errors"]
    ]
    error = {"code": told["code"], "message": told["detail"], "target": details[0]["target"] or None}
    headers = {"Content-Language": lang, "Vary": "Accept-Language, Authorization"}
    if problem.status == 401:
        headers["WWW-Authenticate"] = CHALLENGE
    headers |= retry_after(problem)
    return _json({"error": error | {"details": details}}, headers, problem.status)
