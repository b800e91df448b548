"""A letters worker whose power is cut at a step: `python -m tests.faults.dying_worker STEP LETTER NOW SETTINGS`."""

import os
import signal
import smtplib
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

from services.notifier.delivery import Delivery
from services.notifier.parts import assemble
from services.notifier.remembered import Remembered
from shared.settings import Local


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: type, name: str) -> None:
    """No power when the step would begin."""
    setattr(owner, name, lambda *_, **__: die())


def after(owner: type, name: str) -> None:
    """No power as soon as the step is done."""
    step: Callable[..., Any] = getattr(owner, name)

    def last(*given: Any, **named: Any) -> None:
        step(*given, **named)
        die()

    setattr(owner, name, last)


def half_the_message(smtp: smtplib.SMTP, message: bytes) -> None:
    smtp.docmd("DATA")
    smtp.send(message[: len(message) // 2])
    die()


STEPS: dict[str, Callable[[], None]] = {
    "before the claim": lambda: before(Delivery, "_claim"),
    "after the claim": lambda: after(Delivery, "_claim"),
    "connected": lambda: before(smtplib.SMTP, "mail"),
    "addressed": lambda: after(smtplib.SMTP, "rcpt"),
    "sending is committed": lambda: before(Remembered, "hand_over"),
    "before DATA": lambda: before(smtplib.SMTP, "data"),
    "in the middle of DATA": lambda: setattr(smtplib.SMTP, "data", half_the_message),
    "after 250": lambda: after(smtplib.SMTP, "data"),
    "after the mark": lambda: after(Delivery, "send"),
}


if __name__ == "__main__":
    step, letter, now, settings = sys.argv[1:]
    STEPS[step]()
    assemble(Local.model_validate_json(settings), lambda: datetime.fromisoformat(now)).delivery.send(
        int(letter)
    )
