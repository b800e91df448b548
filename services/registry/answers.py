"""Verdicts as they are answered: one report, or many."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

import orjson
from fastapi import Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from services.registry.verdicts import Outcome, Sent, Verdict
from shared.problems import AtomicBatchRefused
from shared.receipt import receipt
from shared.saying import warning_words
from shared.texts import Language
from shared.unusual import unusual
from shared.web import PROBLEM_JSON, language, problem_body, problem_response

_STATUS: Final = {Verdict.ACCEPTED: 201, Verdict.DUPLICATE: 200, Verdict.HELD: 202}
_IN_MEMORY: Final = 1024 * 1024
NDJSON: Final = "application/x-ndjson"


def item(sent: Sent, outcome: Outcome, lang: Language, index: int | None = None) -> dict[str, Any]:
    """The verdict on one report as JSON."""
    answer: dict[str, Any] = {} if index is None else {"index": index}
    answer["id"] = outcome.recorded.envelope["id"] if outcome.recorded else sent.names()["report_id"]
    answer["verdict"] = outcome.verdict.value
    if outcome.recorded is not None:
        envelope = outcome.recorded.envelope
        answer["position"] = outcome.recorded.position
        answer["subjectversion"] = envelope["subjectversion"]
        answer["recordedtime"] = envelope["recordedtime"]
        answer["receipt"] = receipt(outcome.recorded.position, outcome.recorded.hash)
    if outcome.dependents:
        answer["dependents"] = list(outcome.dependents)
    if outcome.problem is not None:
        answer["problem"] = problem_body(outcome.problem, lang)
    if warnings := _warnings(sent, outcome, lang):
        answer["warnings"] = warnings
    return answer


def _warnings(sent: Sent, outcome: Outcome, lang: Language) -> list[dict[str, str]]:
    """What is unusual about a report that was not refused, and about what it corrects."""
    if outcome.verdict not in _STATUS:
        return []
    event = sent.report.event if sent.report else outcome.recorded.event if outcome.recorded else None
    warnings = [warning_words(lang, warning) for warning in unusual(event)] if event else []
    if outcome.told is not None:
        warnings += [warning_words(lang, warning, within="/data") for warning in unusual(outcome.told)]
    return warnings


def single(request: Request, sent: Sent, outcome: Outcome, dry_run: bool) -> Response:
    """The answer to one report: its verdict, or the problem with it."""
    if outcome.problem is not None and outcome.verdict is not Verdict.HELD:
        return problem_response(outcome.problem, request)
    lang = language(request)
    status = 200 if dry_run else _STATUS[outcome.verdict]
    answer = item(sent, outcome, lang) | ({"dry_run": True} if dry_run else {})
    headers: dict[str, str] = {"Content-Language": lang}
    if outcome.recorded is not None:
        headers["Location"] = f"/v1/events/{outcome.recorded.position}"
    return Response(orjson.dumps(answer), status, headers, media_type="application/json")


class Many:
    """The answer to many reports. Kept on disk beyond a megabyte: NDJSON has no end."""

    def __init__(self, request: Request) -> None:
        self._request, self._lang = request, language(request)
        self._counts: Counter[str] = Counter()
        self._lines: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 (closed after the last byte)
        self._index = 0

    def add(self, sent: Sequence[Sent], outcomes: Iterable[Outcome]) -> None:
        for one, outcome in zip(sent, outcomes, strict=True):
            answer = item(one, outcome, self._lang, self._index)
            self._lines.write(orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE))
            self._counts[outcome.verdict.value] += 1
            self._index += 1

    def response(self) -> Response:
        """All verdicts in order, as JSON or as NDJSON."""
        headers: dict[str, str] = {"Content-Language": self._lang}
        if NDJSON in self._request.headers.get("accept", ""):
            return StreamingResponse(self._as_lines(), 200, headers, media_type=NDJSON)
        return StreamingResponse(self._as_json(), 200, headers, media_type="application/json")

    def refused(self) -> Response:
        """The answer to an atomic batch of which nothing was stored."""
        problem = problem_body(AtomicBatchRefused(), self._lang)
        self._lines.seek(0)
        items = [orjson.loads(line) for line in self._lines]
        body = problem | {"counts": dict(self._counts), "items": items}
        return JSONResponse(body, 422, {"Content-Language": self._lang}, media_type=PROBLEM_JSON)

    async def _as_lines(self) -> AsyncIterator[bytes]:
        self._lines.seek(0)
        for line in self._lines:
            yield line
        self._lines.close()

    async def _as_json(self) -> AsyncIterator[bytes]:
        yield b'{"counts":%b,"items":[' % orjson.dumps(self._counts)
        separator = b""
        self._lines.seek(0)
        for line in self._lines:
            yield separator + line.rstrip()
            separator = b",\n"
        self._lines.close()
        yield b"]}"
