"""The operator's side of tokens: make, list, rotate, revoke."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from shared import clock
from shared.access import Role, Token, Tokens
from shared.audit import Audit, who_runs_this
from shared.database import engine
from shared.places import PROVINCES
from shared.settings import Common


def make(
    name: str,
    role: str,
    provinces: tuple[str, ...],
    clubs: tuple[str, ...],
    source: str | None,
    expires: date | None,
) -> str:
    """Make a token and return its secret. Raises `ValueError` for an unknown province, no scope or a taken name."""
    for code in provinces:
        if ("2025-07", code) not in PROVINCES:
            raise ValueError(
                f"{code}: không có mã tỉnh này từ 01/07/2025 / no such province since 1 July 2025"
            )
    prefix = source or ("/" if role == Role.OPERATOR else f"/devices/{name}")
    if isinstance(expires, datetime):
        expires = expires.date()
    bare = _book().make(Token(name, Role(role), prefix, provinces, clubs, expires))
    _note("token make", name)
    return bare


def listed() -> Iterator[str]:
    """One line a token."""
    for token, revoked_at in _book().all():
        scope = ",".join((*token.provinces, *token.clubs)) or "*"
        until = token.expires_on.isoformat() if token.expires_on else "-"
        state = "revoked" if revoked_at else "living"
        yield f"{token.name}\t{token.role.value}\t{scope}\t{token.source}\t{until}\t{state}"


def rotate(name: str, overlap_hours: int) -> str | None:
    """Give a token another secret, returned once; the last one works for so long. None if no living one is so named."""
    bare = _book().rotate(name, timedelta(hours=overlap_hours))
    if bare is not None:
        _note("token rotate", name)
    return bare


def revoke(name: str) -> bool:
    """End a token; False if no living one has this name."""
    revoked = _book().revoke(name)
    if revoked:
        _note("token revoke", name)
    return revoked


def _note(did: str, name: str) -> None:
    Audit(engine(Common().registry_database), clock.now).note(who_runs_this(), did, name)


def _book() -> Tokens:
    return Tokens(engine(Common().registry_database), clock.now)
