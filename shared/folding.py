"""Search that ignores accents: *dak lak* finds Đắk Lắk, *Hoà* finds Hòa."""

import unicodedata


def folded(text: str) -> str:
    """The text without accents, small. `đ` is a letter of its own, not a `d` with a mark, so it is folded first."""
    plain = text.casefold().replace("đ", "d")
    return "".join(char for char in unicodedata.normalize("NFD", plain) if not unicodedata.combining(char))
