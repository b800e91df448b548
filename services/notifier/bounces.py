"""What a returned mail says: which letter came back, and whether for good. Pure.

A report in the form of RFC 3464 is read by its own fields; what older mail servers write in words of their own is
told by flufl.bounce.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage, Message
from typing import Any, Final

from flufl.bounce import all_failures

from services.notifier.mail import ReturnPath, letter_of

# Where a mail server may have written the address that a mail came back to.
_RETURNED_TO: Final = ("To", "Delivered-To", "X-Original-To", "Envelope-To")
_STATUS: Final = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
# For good, and yet no fault of the address: a full mailbox, a mail server in trouble, a letter that was not liked.
_NOT_THE_ADDRESS: Final = ("5.2.2", "5.2.3", "5.3.", "5.5.", "5.6.", "5.7.")

logging.getLogger("flufl.bounce").setLevel(logging.WARNING)  # It names each form it looks for.


@dataclass(frozen=True, slots=True)
class Bounce:
    """A letter came back, or is late. `status` is the enhanced status code of RFC 3463."""

    letter: ReturnPath
    status: str
    failed: bool  # Otherwise the mail server still tries.

    @property
    def hard(self) -> bool:
        """Whether the address itself is at fault, so that no other letter will reach it either."""
        return self.failed and blames_the_address(self.status)


def bounce_in(mail: EmailMessage) -> Bounce | None:
    """What came back; None if the mail is no bounce, or names no letter."""
    letter = next(filter(None, map(letter_of, _returned_to(mail))), None)
    told = _reported(mail) or _in_words(mail)
    return Bounce(letter, *told) if letter and told else None


def blames_the_address(status: str) -> bool:
    """Whether a status code says that the address will never take a letter."""
    return status.startswith("5.") and not status.startswith(_NOT_THE_ADDRESS)


def status_in(answer: str) -> str | None:
    """The enhanced status code in what a mail server answered."""
    found = _STATUS.search(answer)
    return found[0] if found else None


def _returned_to(mail: EmailMessage) -> Iterator[str]:
    for name in _RETURNED_TO:
        yield from map(str, mail.get_all(name, ()))


def _reported(mail: EmailMessage) -> tuple[str, bool] | None:
    """The worst that a delivery report (RFC 3464) tells of a recipient: status, and whether it failed."""
    late = None
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for told in filter(_is_of_a_recipient, part.get_payload()):
            status = status_in(str(told.get("Status", "")))
            match str(told["Action"]).strip().lower():
                case "failed":
                    return status or "5.0.0", True
                case "delayed":
                    late = status or "4.0.0", False
    return late


def _is_of_a_recipient(block: Any) -> bool:
    return isinstance(block, Message) and "Action" in block


def _in_words(mail: EmailMessage) -> tuple[str, bool] | None:
    if mail.get_content_type() == "multipart/report":
        return None  # It was read, and tells of no failure.
    late, failed = all_failures(mail)
    status = status_in(_text(mail))
    if failed:
        return status or "5.0.0", True
    return (status or "4.0.0", False) if late else None


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body is not None else ""
