"""The notifier over HTTP: offices, alerts, silences and letters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.notifier.addresses_api import add_addresses
from services.notifier.alerts_api import add_alerts, add_silences
from services.notifier.boards import add_boards
from services.notifier.letters_api import add_letters
from services.notifier.offices_api import add_offices
from services.notifier.parts import assemble
from services.notifier.preview import add_preview
from services.notifier.rehearsing_api import add_rehearsing
from services.notifier.rules_api import add_rules
from shared import clock as clocks
from shared.clock import Clock
from shared.door import Door
from shared.rates import Rates
from shared.settings import Notifier
from shared.web import make_app


def create_app(settings: Notifier | None = None, clock: Clock = clocks.now) -> FastAPI:
    """The notifier as an ASGI application."""
    settings = settings or Notifier()
    parts = assemble(settings, clock)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        parts.close()

    app = make_app(
        "ISHC Records – thư báo / notifier",
        "Cảnh báo và thư gửi Hội NCT tỉnh. Alerts, and letters to provincial boards.",
        lifespan,
        parts.ready(),
        parts.gauges(),
        parts.audit,
    )
    door = Door(parts.tokens, settings.public_read, Rates(settings))
    for add in (add_offices, add_addresses, add_alerts, add_silences, add_letters, add_preview):
        add(app, parts, door)
    for add in (add_rehearsing, add_boards):
        add(app, parts, door)
    add_rules(app, door)
    return app
