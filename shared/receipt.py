"""Receipts: a position and forty bits of the chain's hash there, short enough to be read out over the telephone.

As each hash covers everything before it, a receipt that still fits proves that nothing up to its position was changed.
"""

import re
from typing import Final

# Crockford's: without I, L, O and U, which are misread for 1, 0 and V. https://www.crockford.com/base32.html
_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS: Final = [
    one + other for one in _DIGITS for other in _DIGITS
]  # Two digits at once: every answer has one.
_LENGTH: Final = 8
_MEANT: Final = str.maketrans({"I": "1", "L": "1", "O": "0"})
_POSITION: Final = re.compile(r"[1-9][0-9]{0,14}")
_CODE: Final = re.compile(rf"[{_DIGITS}]{{{_LENGTH}}}")


def receipt(position: int, hash: str) -> str:
    """The receipt of the event at a position with this chain hash, such as `4821-K7QX-9M2B`."""
    bits = int(hash[: _LENGTH * 5 // 4], 16)
    first, second, third, fourth = (_PAIRS[bits >> shift & 1023] for shift in (30, 20, 10, 0))
    return f"{position}-{first}{second}-{third}{fourth}"


def read_receipt(text: str) -> tuple[int, str] | None:
    """The position a receipt names, and the receipt as we write it; None if it cannot be one.

    Read as people write: small letters, other signs between the groups, I or L for 1 and O for 0 are all the same.
    """
    position, _, rest = text.strip().upper().translate(_MEANT).partition("-")
    code = re.sub(r"[\s.–-]", "", rest)
    if _POSITION.fullmatch(position) is None or _CODE.fullmatch(code) is None:
        return None
    return int(position), f"{position}-{code[:4]}-{code[4:]}"
