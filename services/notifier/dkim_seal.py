"""The DKIM signature of a mail (RFC 6376): a board's mail server believes only what our domain's key has signed.

All headers are signed, those of unsubscribing among them: without that mail programs show no button (RFC 8058).
"""

from collections.abc import Callable
from typing import Final

from shared.settings import Notifier

Seal = Callable[[bytes], bytes]

# Mail servers on the way may fold lines anew; what is written in them they must not change.
_RELAXED: Final = (b"relaxed", b"relaxed")


def seal_of(settings: Notifier) -> Seal:
    """What puts the signature before a mail; without a key mails stay as they are.

    Raises `ValueError` for a key without a selector or a file that holds no RSA key, `OSError` if it cannot be read.
    """
    if settings.dkim_key_file is None:
        return lambda mail: mail
    import dkim  # With all of DNS behind it: only who has a key needs it.

    selector, domain = settings.dkim_selector.encode(), settings.dkim_domain or settings.mail_domain
    key = settings.dkim_key_file.read_bytes()

    def seal(mail: bytes) -> bytes:
        signer = dkim.DKIM(mail)
        headers = [*signer.all_sign_headers(), b"from"]  # Once more, so that nobody adds a second sender.
        signature: bytes = signer.sign(
            selector, domain.encode(), key, canonicalize=_RELAXED, include_headers=headers
        )
        return signature + mail

    if not selector:
        raise ValueError("ISHC_DKIM_KEY_FILE needs ISHC_DKIM_SELECTOR")
    try:
        seal(b"From: a@ishc.test\r\n\r\n")  # A wrong key shall stop the start, not every letter.
    except dkim.DKIMException as error:
        raise ValueError(f"ISHC_DKIM_KEY_FILE holds no RSA key: {type(error).__name__}") from None
    return seal
