"""A report as it was sent, and the same once the log has numbered it. Both are CloudEvents 1.0.

Identity is `source` + `id`, for ever. Content is type, subject, schema version and data: two sendings with the
same identity and the same content are one report, whatever their `time` says.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, Final, NamedTuple

import orjson

from shared.clock import from_utc_text
from shared.events import Event
from shared.upcasting import read_event

SCHEMAS: Final = "https://ishc.example/schemas"  # The host is a name, not an address: it is ignored on input.


class Identity(NamedTuple):
    """What makes a report this report and no other."""

    source: str
    id: str

    @property
    def key(self) -> str:
        """128 bits of SHA-256: a short name for databases."""
        return _key(self)


@lru_cache(maxsize=4096)
def _key(identity: Identity) -> str:
    return sha256(identity.source.encode(), b"\0", identity.id.encode())[:32]


def canonical(value: Any) -> bytes:
    """RFC 8785 canonical JSON. Reports hold text, whole numbers, booleans, null, lists and ASCII-named objects.

    For these orjson writes what RFC 8785 asks for (a property test says so), and soon: every event needs it twice.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # A number beyond 64 bits, as only a report that will be refused can hold.
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def content_of(type: str, subject: str, version: int, data_json: bytes) -> bytes:
    """The canonical bytes of a report's content; `data_json` is canonical and NFC-normalised."""
    return b'{"data":%b,%b' % (
        data_json,
        canonical({"subject": subject, "type": type, "version": version})[1:],
    )


def sha256(*parts: bytes) -> str:
    """SHA-256 over the parts, one after another, in hexadecimal."""
    return hashlib.sha256(parts[0] if len(parts) == 1 else b"".join(parts)).hexdigest()


@dataclass(eq=False, slots=True)
class Report:
    """A readable report: its CloudEvents attributes and data as sent, and the event it tells of. Never changed."""

    attributes: dict[str, Any]
    version: int
    data: dict[str, Any]
    event: Event
    expected_version: int | None = None
    type: str = field(init=False)
    subject: str = field(init=False)
    identity: Identity = field(init=False)
    data_json: bytes = field(init=False)
    content: bytes = field(init=False)
    content_hash: str = field(init=False)

    def __post_init__(self) -> None:
        self.type, self.subject = self.event.type, self.attributes["subject"]
        self.identity = Identity(self.attributes["source"], self.attributes["id"])
        self.data_json = canonical(self.data)
        self.content = content_of(self.type, self.subject, self.version, self.data_json)
        self.content_hash = sha256(self.content)


@dataclass(eq=False)
class Recorded:
    """A report in the log: numbered, sealed and chained to the one before it. Never changed.

    `envelope_json` and `data_json` are the canonical bytes the seal and the chain were made over.
    """

    position: int
    epoch: int
    hash: str
    envelope_json: str
    data_json: str
    salt: str
    content_hash: str

    @cached_property
    def envelope(self) -> dict[str, Any]:
        envelope: dict[str, Any] = orjson.loads(self.envelope_json)
        return envelope

    @cached_property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = orjson.loads(self.data_json)
        return data

    @cached_property
    def event(self) -> Event:
        return read_event(self.type, schema_version(self.envelope), self.data)

    @property
    def identity(self) -> Identity:
        return Identity(self.envelope["source"], self.envelope["id"])

    @property
    def type(self) -> str:
        type: str = self.envelope["type"]
        return type

    @property
    def subject(self) -> str:
        subject: str = self.envelope["subject"]
        return subject

    @property
    def subject_version(self) -> int:
        version: int = self.envelope["subjectversion"]
        return version

    @property
    def redacted(self) -> bool:
        """Words were taken out of the data, and with them the salt (decision 0025)."""
        return not self.salt

    @property
    def recorded_at(self) -> datetime:
        return from_utc_text(self.envelope["recordedtime"])

    @property
    def historical(self) -> bool:
        return bool(self.envelope.get("historical"))

    def as_json(self) -> str:
        """The event as the change feed shows it: one CloudEvent with data."""
        redacted = ',"redacted":true' if self.redacted else ""
        return f'{self.envelope_json[:-1]},"chainhash":"{self.hash}"{redacted},"data":{self.data_json}}}'


def schema_version(envelope: dict[str, Any]) -> int:
    """The version of the data, from `dataschema`; an absent one means version 1 for ever."""
    schema: str = envelope.get("dataschema") or "/1"
    return int(schema.rpartition("/")[2])
