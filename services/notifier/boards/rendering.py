"""From facts to HTML, for the pages of boards."""

from typing import Any

from fastapi.responses import HTMLResponse

from services.notifier.boards import saying
from services.notifier.boards.reader import Reader
from services.notifier.boards.view import View
from shared.looks import templates, words
from shared.problems import Problem
from shared.web import CHALLENGE, RETRY_SECONDS, retry_after

_pages = templates("services.notifier")
# A page with forms tells our own address where it comes from, and no other: see `Door.form`.
_HEADERS = {"Referrer-Policy": "same-origin", "Cache-Control": "no-store"}


def page(
    template: str,
    view: View,
    reader: Reader,
    facts: dict[str, Any],
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> HTMLResponse:
    """A page in the language of the view."""
    lang = view.lang
    said = words(lang) | {
        "view": view,
        "link": view.link,
        "here": view.here,
        "reader": reader,
        "province": lambda code: saying.province(lang, code),
        "rule_name": lambda rule: saying.rule_name(lang, rule),
        "moment": lambda at: saying.told_at(lang, at),
        "letter_reason": lambda reason: saying.letter_reason(lang, reason),
        "said_by": lambda by: saying.said_by(lang, by),
    }
    html = _pages.get_template(template).render(**said, **facts)
    return HTMLResponse(html, status, headers={**_HEADERS, "Content-Language": lang, **(headers or {})})


def refusal(problem: Problem, view: View) -> HTMLResponse:
    """A problem is a page too: what is wrong and what to do now. A browser is asked for a token as password."""
    headers = retry_after(problem)
    if problem.status == 401:
        headers["WWW-Authenticate"] = CHALLENGE
    facts = {"problem": problem, "retry_seconds": RETRY_SECONDS}
    return page("refusal.html", view, Reader(None), facts, problem.status, headers)
