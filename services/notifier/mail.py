"""A letter as a proper mail: text beside HTML, its language, its thread, and a return path of its own."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any, Final

from services.notifier.writing import Letter
from shared.tracing import MOST

_RETURN: Final = re.compile(r"\+(\d{1,18})-([0-9a-f]{8})@")


@dataclass(frozen=True, slots=True)
class ReturnPath:
    """The letter that a return path names, with the beginning of its Message-ID: nobody guesses that, and in a
    restored database the number may be another letter's."""

    id: int
    begins: str

    def names(self, message_id: str) -> bool:
        """Whether it is the letter of this Message-ID."""
        return message_id.startswith(f"<{self.begins}")


def as_message(
    letter: Letter,
    row: Any,
    *,
    sender: str,
    domain: str,
    unsubscribe: str | None = None,
    attached: Iterable[tuple[str, bytes]] = (),
) -> EmailMessage:
    """The mail a row of the outbox becomes; the same bytes at every try, but for the boundary.

    `unsubscribe`: the address of RFC 8058, answered by one click. `attached`: names and contents of PDF files.
    """
    message = EmailMessage()
    message["Subject"] = letter.subject
    message["From"] = sender
    message["To"] = row.address
    message["Date"] = _date(row.made_at)
    message["Message-ID"] = row.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["List-Id"] = f"<{row.office}.letters.{domain}>"
    if row.causes:
        message["X-ISHC-Positions"] = " ".join(
            map(str, row.causes[:MOST])
        )  # To be found in logs and the feed.
    if row.thread:
        message["In-Reply-To"] = row.thread[-1]
        message["References"] = " ".join(row.thread)
    if unsubscribe is not None:
        message["List-Unsubscribe"] = f"<{unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    for name, content in attached:
        message.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    message["Content-Language"] = row.language  # Setting the content drops every Content- header set before.
    return message


def return_path(letter: int, message_id: str, bounces: str, sender: str) -> str:
    """Where mail that cannot be delivered comes back to: `bounces+7-3f9a0c12@…` names the letter (VERP)."""
    if not bounces:
        return parseaddr(sender)[1]
    name, _, domain = bounces.rpartition("@")
    return f"{name}+{letter}-{message_id[1:9]}@{domain}"


def letter_of(path: str) -> ReturnPath | None:
    """The letter that a return path names."""
    found = _RETURN.search(path)
    return ReturnPath(int(found[1]), found[2]) if found else None


def _date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC))
