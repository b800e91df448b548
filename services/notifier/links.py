"""Links in letters that need no signing in: each is signed, ends one day, and does one thing.

A link is made of its letter alone, so a letter tried again is the same to the byte. Opening one only shows a page with
a button, as scanners of mail open every link; pressing it, or a mail program's one click (RFC 8058), acts.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final, Literal

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import Engine, select
from sqlalchemy.dialects import postgresql, sqlite

from services.notifier.tables import link_keys
from shared.clock import Clock, day_in_viet_nam
from shared.problems import LinkExpired, LinkNotOurs
from shared.settings import Notifier
from shared.texts import Language

LINK_DAYS: Final = 90  # A board may come back to a letter of the last quarter.

Purpose = Literal["acknowledge", "unsubscribe", "why"]


@dataclass(frozen=True)
class Links:
    """Makes and reads links. A letter is a row of `letters`."""

    settings: Notifier
    database: Engine
    clock: Clock

    def acknowledge_url(
        self, letter: Mapping[str, Any], alert_key: str | None = None, lang: Language | None = None
    ) -> str:
        """Where a click says that an alert of the letter is known; without `alert_key` all of them."""
        signed = self._signed("acknowledge", letter, letter["key"], alert_key)
        return f"{self.settings.pages}/links/acknowledge/{signed}?lang={lang or letter['language']}"

    def unsubscribe_url(self, letter: Mapping[str, Any], lang: Language | None = None) -> str:
        """Where a click, or a mail program by itself, takes the reader's address off the office's mail."""
        signed = self._signed("unsubscribe", letter, letter["office"], letter["address"])
        return f"{self.settings.pages}/links/unsubscribe/{signed}?lang={lang or letter['language']}"

    def why_url(self, letter: Mapping[str, Any], lang: Language | None = None) -> str:
        """Why the office got this letter; whoever has the letter may read it."""
        signed = self._signed("why", letter, letter["key"])
        lang = lang or letter["language"]
        return f"{self.settings.pages}/letters/{letter['id']}/why?lang={lang}&link={signed}"

    def read(self, purpose: Purpose, signed: str) -> list[Any]:
        """What a link was made for. Raises `LinkNotOurs`, or `LinkExpired` after its last day."""
        try:
            until, *told = list[Any](self._signer(purpose).loads(signed))
        except (BadData, ValueError, TypeError):
            raise LinkNotOurs from None
        if date.fromisoformat(until) < day_in_viet_nam(self.clock()):
            raise LinkExpired
        return told

    def _signed(self, purpose: Purpose, letter: Mapping[str, Any], *told: str | None) -> str:
        until = day_in_viet_nam(letter["made_at"]) + timedelta(days=LINK_DAYS)
        text: str | bytes = self._signer(purpose).dumps([until.isoformat(), *told])
        return text if isinstance(text, str) else text.decode()

    def _signer(self, purpose: Purpose) -> URLSafeSerializer:
        return URLSafeSerializer(self.key, salt=purpose)

    @cached_property
    def key(self) -> str:
        """Signs links and sessions of this installation."""
        return self.settings.link_key.get_secret_value() or _kept_key(self.database)


def _kept_key(database: Engine) -> str:
    """The key of this installation; the first that asks makes it."""
    insert = postgresql.insert if database.dialect.name == "postgresql" else sqlite.insert
    made = insert(link_keys).values(id=1, key=secrets.token_urlsafe(32)).on_conflict_do_nothing()
    with database.begin() as transaction:
        transaction.execute(made)
        return str(transaction.scalars(select(link_keys.c.key)).one())
