"""The pages of signing in: an address is asked for, a link is mailed, a button is pressed. And signing out."""

import logging
import smtplib
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from services.notifier.boards.forms import fields_of, one
from services.notifier.boards.reader import Reader
from services.notifier.boards.rendering import page
from services.notifier.boards.sessions import COOKIE, Invitation, Sessions
from services.notifier.boards.view import View
from services.notifier.delivery import open_smtp
from services.notifier.parts import Parts
from shared.door import Door, sent_by_a_page_of_ours
from shared.problems import FromAnotherSite, LogAway
from shared.settings import Notifier
from shared.texts import say

logger = logging.getLogger(__name__)

NOBODY: Final = Reader(None)
LONGEST: Final = 254  # Characters of an address (RFC 5321).

Answered = Callable[[Request, Callable[[View], Awaitable[Response]]], Awaitable[Response]]


def add_signing_in(app: FastAPI, parts: Parts, door: Door, sessions: Sessions, answered: Answered) -> None:
    """`/sign-in`, `/sign-in/token`, `/sign-in/{signed}` and `/sign-out`."""

    @app.get("/sign-in", include_in_schema=False)
    async def ask(request: Request) -> Response:
        async def answer(view: View) -> Response:
            await door.stranger(request)
            return page("sign_in.html", view, NOBODY, {"step": "ask"})

        return await answered(request, answer)

    @app.post("/sign-in", include_in_schema=False)
    async def send(request: Request) -> Response:
        """The same answer, as fast, whether an office has the address or not."""

        async def answer(view: View) -> Response:
            await door.stranger(request)
            if not sent_by_a_page_of_ours(request):
                raise FromAnotherSite
            address = one(await fields_of(request), "address")[:LONGEST]
            response = page("sign_in.html", view, NOBODY, {"step": "sent"})
            response.background = BackgroundTask(
                run_in_threadpool, _mail_link, parts.settings, sessions, address
            )
            return response

        return await answered(request, answer)

    @app.get("/sign-in/token", include_in_schema=False)
    async def by_token(request: Request) -> Response:
        """Ask the browser for a token as password, then go on."""

        async def answer(view: View) -> Response:
            await door.signed_in(request)
            return RedirectResponse(own_path(view.own.get("next", "/")), 303)

        return await answered(request, answer)

    @app.get("/sign-in/{signed}", include_in_schema=False)
    async def show_button(request: Request, signed: str) -> Response:
        """Scanners of mail open every link: only the button uses it up."""

        async def answer(view: View) -> Response:
            await door.stranger(request)
            await run_in_threadpool(sessions.check_link, signed)
            return page("sign_in.html", view, NOBODY, {"step": "press"})

        return await answered(request, answer)

    @app.post("/sign-in/{signed}", include_in_schema=False)
    async def begin(request: Request, signed: str) -> Response:
        async def answer(view: View) -> Response:
            await door.stranger(request)
            if not sent_by_a_page_of_ours(request):
                raise FromAnotherSite  # Nobody is signed in as somebody else by a page of others.
            session = await run_in_threadpool(sessions.use_link, signed)
            response = RedirectResponse(view.link("/alerts"), 303)
            sessions.remember(response, session)
            return response

        return await answered(request, answer)

    @app.post("/sign-out", include_in_schema=False)
    async def leave(request: Request) -> Response:
        async def answer(view: View) -> Response:
            await door.stranger(request)
            if not sent_by_a_page_of_ours(request):
                raise FromAnotherSite
            try:
                await run_in_threadpool(sessions.end, request.cookies.get(COOKIE, ""))
            except LogAway:  # No session is believed until it is back; the browser forgets this one now.
                logger.warning("a session was ended in its browser only")
            response = RedirectResponse(view.link("/sign-in"), 303)
            response.delete_cookie(COOKIE, httponly=True, samesite="lax")
            return response

        return await answered(request, answer)


def own_path(asked: str) -> str:
    """Where to go on: a page of ours, never another site."""
    return asked if asked.startswith("/") and not asked.startswith(("//", "/\\")) else "/"


def _mail_link(settings: Notifier, sessions: Sessions, address: str) -> None:
    invitation = sessions.link_for(address)
    if invitation is None:
        return
    try:
        with open_smtp(settings) as smtp:
            smtp.send_message(_letter(settings, invitation))
    except (OSError, smtplib.SMTPException) as error:  # Whoever waits for it asks again.
        logger.warning("a link to sign in was not sent: %s", type(error).__name__)


def _letter(settings: Notifier, invitation: Invitation) -> EmailMessage:
    address, language, link = invitation
    message = EmailMessage()
    message["Subject"] = say(language, "sign-in.letter.subject")
    message["From"], message["To"] = settings.mail_from, address
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(say(language, "sign-in.letter.text", link=link), cte="quoted-printable")
    message["Content-Language"] = language
    return message
