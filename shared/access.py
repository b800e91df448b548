"""Who may send, write and read: bearer tokens with role, scope, source prefix and end date, hashed at rest."""

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from time import monotonic
from typing import Final, Literal

from sqlalchemy import JSON, Column, Engine, String, Table, and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from shared.clock import Clock, day_in_viet_nam
from shared.database import UtcMoment, reads, registry_metadata
from shared.problems import OutsideYourScope, RoleNotEnough, SourceNotYours, TokenUnknown

PublicRead = Literal["none", "aggregates", "clubs"]
FRESH_SECONDS: Final = 0.9  # A revocation works within a second.

tokens = Table(
    "tokens",
    registry_metadata,
    Column("name", String(64), primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("provinces", JSON, nullable=False),
    Column("clubs", JSON, nullable=False),
    Column("source", String(249), nullable=False),
    Column("expires_on", String(10)),
    Column("made_at", UtcMoment, nullable=False),
    Column("revoked_at", UtcMoment),
    Column("hash_before", String(64), unique=True),  # The secret before the last rotation, for a while.
    Column("before_until", UtcMoment),
)


class Role(StrEnum):
    """What a token's holder is: a phone, a club, a provincial board, the national office, or who runs this."""

    DEVICE = "device"
    CLUB = "club"
    PROVINCE = "province"
    NATION = "nation"
    OPERATOR = "operator"


OFFICES: Final = (Role.PROVINCE, Role.NATION, Role.OPERATOR)
SCOPED: Final = (Role.DEVICE, Role.CLUB, Role.PROVINCE)


@dataclass(frozen=True, slots=True)
class Token:
    """What a bearer may do. `provinces` are codes on today's map; empty scopes of a nation or operator mean all."""

    name: str
    role: Role
    source: str
    provinces: tuple[str, ...] = ()
    clubs: tuple[str, ...] = ()
    expires_on: date | None = None

    def check_source(self, source: str) -> None:
        """Raises `SourceNotYours` unless the source is the token's prefix or lies below it."""
        prefix = self.source.rstrip("/")
        if source != prefix and not source.startswith(prefix + "/"):
            raise SourceNotYours("/source")

    def check_scope(self, subject: str, provinces: Collection[str]) -> None:
        """Raises `OutsideYourScope` unless the token may write about the subject in all these provinces.

        `provinces` is empty where neither the report nor the subject's history names one.
        """
        if self.role not in SCOPED:
            return
        if self.clubs and subject not in self.clubs:
            raise OutsideYourScope("/subject")
        if subject == "programme" or (self.provinces and not set(provinces) <= set(self.provinces)):
            raise OutsideYourScope("/subject")

    @property
    def reads_every_club(self) -> bool:
        """Offices compare clubs; a phone or a club reads about its own only."""
        return self.role in OFFICES

    def check_reads(self, club: str | None, provinces: Collection[str]) -> None:
        """Raises `OutsideYourScope` unless the token may read about a club that lies in one of the provinces."""
        if self.reads_every_club:
            return
        mine = club in self.clubs if self.clubs else bool(set(provinces) & set(self.provinces))
        if not mine:
            raise OutsideYourScope

    def check_role(self, *roles: Role) -> None:
        """Raises `RoleNotEnough` unless the token has one of the roles."""
        if self.role not in roles:
            raise RoleNotEnough


class Tokens:
    """The book of tokens. Answers are remembered for less than a second, so most requests ask no database."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._reads, self._clock = engine, reads(engine), clock
        self._fresh: dict[str, tuple[float, Token]] = {}  # By hash: no secret stays in memory.

    def remembered(self, bare: str) -> Token | None:
        """The token, if it was looked up a moment ago: no database is asked."""
        seen = self._fresh.get(_hash(bare))
        return seen[1] if seen and monotonic() - seen[0] < FRESH_SECONDS else None

    def find(self, bare: str) -> Token:
        """The token with this secret, or with its last one while that still holds.

        Raises `TokenUnknown` if there is none, or it was revoked or has ended.
        """
        asked_at, hashed, now = monotonic(), _hash(bare), self._clock()
        still = and_(tokens.c.hash_before == hashed, tokens.c.before_until > now)
        query = select(tokens).where(or_(tokens.c.hash == hashed, still), tokens.c.revoked_at.is_(None))
        with self._reads.connect() as connection:
            row = connection.execute(query).first()
        if row is None or not _is_one_of(hashed, row.hash, row.hash_before):
            raise TokenUnknown
        token = _token(row)
        if token.expires_on and token.expires_on < day_in_viet_nam(now):
            raise TokenUnknown
        if len(self._fresh) > 10_000:
            self._fresh.clear()
        self._fresh[hashed] = (asked_at, token)
        return token

    def by_name(self, name: str) -> Token | None:
        """The living token of this name: whether a held report may still enter."""
        query = select(tokens).where(tokens.c.name == name, tokens.c.revoked_at.is_(None))
        with self._reads.connect() as connection:
            row = connection.execute(query).first()
        return _token(row) if row else None

    def make(self, token: Token) -> str:
        """Write the token down and return its secret, which is shown once and never stored.

        Raises `ValueError` if the name is taken or a scoped role has no scope.
        """
        if token.role in SCOPED and not (token.provinces or token.clubs):
            raise ValueError(
                f"Mã truy cập loại {token.role} cần một tỉnh hoặc một câu lạc bộ / a {token.role} token needs a "
                "province or a club: --province, --club"
            )
        bare = _new_secret()
        row = {
            "name": token.name,
            "hash": _hash(bare),
            "role": token.role.value,
            "provinces": list(token.provinces),
            "clubs": list(token.clubs),
            "source": token.source,
            "expires_on": token.expires_on.isoformat() if token.expires_on else None,
            "made_at": self._clock(),
        }
        try:
            with self._engine.begin() as transaction:
                transaction.execute(insert(tokens).values(row))
        except IntegrityError:
            raise ValueError(
                f"Đã có mã truy cập tên {token.name}, dù còn dùng hay đã thu hồi: chọn tên khác / there is or was a "
                f"token named {token.name}: choose another name"
            ) from None
        return bare

    def all(self) -> list[tuple[Token, datetime | None]]:
        """Every token ever made, and when it was revoked."""
        with self._reads.connect() as connection:
            rows = connection.execute(select(tokens).order_by(tokens.c.name))
            return [(_token(row), row.revoked_at) for row in rows]

    def rotate(self, name: str, overlap: timedelta) -> str | None:
        """Give a token another secret and return it; the one before works for `overlap` longer, earlier ones end.

        None if no living token has this name.
        """
        bare = _new_secret()
        changed = {
            "hash": _hash(bare),
            "hash_before": tokens.c.hash,
            "before_until": self._clock() + overlap,
        }
        return bare if self._change(name, changed) else None

    def revoke(self, name: str) -> bool:
        """End a token now, with all its secrets; False if no living one has this name."""
        return self._change(name, {"revoked_at": self._clock()})

    def _change(self, name: str, changed: dict[str, object]) -> bool:
        living = (tokens.c.name == name, tokens.c.revoked_at.is_(None))
        with self._engine.begin() as transaction:
            return transaction.execute(update(tokens).where(*living).values(changed)).rowcount == 1


def _new_secret() -> str:
    return "ishc_" + secrets.token_urlsafe(32)


def _is_one_of(hashed: str, *kept: str | None) -> bool:
    """Compared in constant time, whatever the database's index did."""
    return any(hmac.compare_digest(hashed, one or "") for one in kept)


def _hash(bare: str) -> str:
    # 256 random bits need no slow hash, and looking up a hash leaks no timing of the secret.
    return hashlib.sha256(bare.encode()).hexdigest()


def _token(row: object) -> Token:
    r: dict[str, object] = row._mapping  # type: ignore[attr-defined]
    return Token(
        name=str(r["name"]),
        role=Role(str(r["role"])),
        source=str(r["source"]),
        provinces=tuple(r["provinces"]),  # type: ignore[arg-type]
        clubs=tuple(r["clubs"]),  # type: ignore[arg-type]
        expires_on=date.fromisoformat(str(r["expires_on"])) if r["expires_on"] else None,
    )
