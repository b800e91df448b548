"""How a mail's headers are folded. Python 3.11's own way loses the blank between two words where it breaks a line of
Vietnamese (https://github.com/python/cpython/issues/92081): subjects would read "chưabáo cáo".
"""

from email.header import Header
from email.policy import SMTP, EmailPolicy
from typing import Any, Final


class _Mail(EmailPolicy):
    """As SMTP wants it, but with text that is not ASCII folded by `Header`, which keeps its blanks."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() != "subject" or str(value).isascii():
            return super().fold_binary(name, value)
        folded = Header(str(value), "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {folded}{self.linesep}".encode("ascii")


MAIL: Final = _Mail(linesep=SMTP.linesep)
