"""What a form sends, and what is wrong with it. Nothing is lost, so that it can be shown again as it was typed."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs

from fastapi import Request
from pydantic import ValidationError

from shared.faults import faults_in
from shared.problems import BadQuestion
from shared.web import body_within

FORM_LIMIT: Final = 64 * 1024

Fields = Mapping[str, list[str]]
Wrong = dict[str, list[str]]  # By field the faults, keys under `fault.` in the catalogues.


class Mistaken(Exception):
    """A form cannot be taken as it is: which field, and why. The page shows it again."""

    def __init__(self, wrong: Wrong) -> None:
        super().__init__()
        self.wrong = wrong


async def fields_of(request: Request) -> Fields:
    """The fields of a form. Raises `BadQuestion` if it is none, and `TooLarge`."""
    try:
        body = (await body_within(request, FORM_LIMIT)).decode()
        return parse_qs(body, keep_blank_values=True, max_num_fields=500)
    except ValueError:
        raise BadQuestion from None


def one(fields: Fields, name: str) -> str:
    """What a field holds, without blanks around it; empty if it was not sent."""
    return fields.get(name, [""])[0].strip()


def wrong_in(error: ValidationError) -> Wrong:
    """The faults of a model by field; what concerns the whole stands under an empty name."""
    found: Wrong = {}
    for fault in faults_in(error.errors(include_url=False, include_context=False, include_input=False)):
        name = fault.pointer.split("/")[1] if fault.pointer else ""
        if fault.code not in found.setdefault(name, []):
            found[name].append(fault.code)
    return found
