"""The mailbox that undeliverable letters come back to: a Maildir, or one read by IMAP over TLS.

It is the notifier's own. What was read is marked as seen, what was not understood also as flagged, for a person;
nothing is deleted. A mail whose reading was interrupted is read again.
"""

import imaplib
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, unquote, urlsplit

Take = Callable[[bytes], bool]
Look = Callable[[Take], None]

IMAP_SECONDS: Final = 20
_AT_ONCE: Final = 200  # Mails; the next look goes on.


def return_box(url: str) -> Look:
    """How to look at the mailbox behind `maildir:///path` or `imaps://user:password@host/INBOX`.

    A look hands each unread mail to `take`, which says whether it was understood. Errors of a look: `OSError`,
    `imaplib.IMAP4.error`. Raises `ValueError` for another address, without repeating it: a password may be in it.
    """
    address = urlsplit(url)
    match address.scheme:
        case "maildir" if address.path:
            return lambda take: _look_in_maildir(Path(unquote(address.path)), take)
        case "imaps" if address.hostname and address.username:
            return lambda take: _look_over_imap(address, take)
    raise ValueError("ISHC_BOUNCES: maildir:///path or imaps://user:password@host/INBOX")


def _look_in_maildir(folder: Path, take: Take) -> None:
    for new in sorted((folder / "new").iterdir())[:_AT_ONCE]:
        flags = "S" if take(new.read_bytes()) else "FS"
        new.rename(folder / "cur" / f"{new.name}:2,{flags}")


def _look_over_imap(address: SplitResult, take: Take) -> None:
    host, folder = str(address.hostname), unquote(address.path.lstrip("/")) or "INBOX"
    context = ssl.create_default_context()
    with imaplib.IMAP4_SSL(host, address.port or 993, ssl_context=context, timeout=IMAP_SECONDS) as imap:
        imap.login(unquote(address.username or ""), unquote(address.password or ""))
        _done(imap.select(f'"{folder}"'))
        for number in _done(imap.search(None, "UNSEEN"))[0].split()[:_AT_ONCE]:
            flags = r"\Seen" if take(_mail(imap, number)) else r"\Seen \Flagged"
            _done(imap.store(number, "+FLAGS", f"({flags})"))


def _mail(imap: imaplib.IMAP4, number: Any) -> bytes:
    parts = _done(imap.fetch(number, "(BODY.PEEK[])"))
    return next((bytes(part[1]) for part in parts if isinstance(part, tuple)), b"")


def _done(answer: tuple[str, list[Any]]) -> list[Any]:
    verdict, told = answer
    if verdict != "OK":
        raise imaplib.IMAP4.error("the mail server refused")
    return told
