"""The parameters of `GET /v1/completeness`, as an answer and as a sheet."""

from typing import Annotated

from pydantic import Field

from services.reporting.asking import Asked, ValidAt
from shared.access import OFFICES, Role, Token
from shared.places import PROVINCES
from shared.problems import BadQuestion, Fault, OutsideYourScope


class CompletenessAsked(Asked):
    """The parameters of `GET /v1/completeness`."""

    month: Annotated[
        str, Field(pattern=r"^(19|[2-9]\d)\d{2}-(0[1-9]|1[0-2])$", description="Such as 2026-03.")
    ]
    province: Annotated[
        str | None,
        Field(
            pattern=r"^\d{2}$", description="Code on today's map. Left out: the one province of the token."
        ),
    ] = None
    valid_at: ValidAt = None

    def province_for(self, token: Token) -> str:
        """The province asked about. Raises `RoleNotEnough`, `OutsideYourScope` or `BadQuestion`."""
        token.check_role(*OFFICES)
        own = token.provinces if token.role is Role.PROVINCE else ()
        asked = self.province or (own[0] if len(own) == 1 else None)
        if asked is None:
            raise BadQuestion(faults=(Fault("/query/province", "missing"),))
        if ("2025-07", asked) not in PROVINCES:
            raise BadQuestion(faults=(Fault("/query/province", "not-in-the-list"),))
        if own and asked not in own:
            raise OutsideYourScope("/query/province")
        return asked
