"""Who reads a page, and what may be done from it."""

from dataclasses import dataclass

from shared.access import Role, Token
from shared.problems import OutsideYourScope, RoleNotEnough, TokenMissing

OVERSEERS = (Role.NATION, Role.OPERATOR)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody with a token, or anybody where reading is open."""

    token: Token | None

    @property
    def name(self) -> str | None:
        return self.token.name if self.token else None

    @property
    def office(self) -> str | None:
        """The office that signed in by mail."""
        return self.name.removeprefix("office:") if self.name and self.name.startswith("office:") else None

    @property
    def provinces(self) -> tuple[str, ...] | None:
        """The provinces that are the reader's, on today's map; None for all."""
        if self.token is None or self.token.role in OVERSEERS:
            return None
        return self.token.provinces if not self.token.clubs else ()

    @property
    def oversees(self) -> bool:
        """Whether the reader may write offices down."""
        return self.token is not None and self.token.role in OVERSEERS

    @property
    def reads_letters(self) -> bool:
        return self.oversees or (self.token is not None and self.token.role is Role.PROVINCE)

    def acts_on(self, province: str | None) -> bool:
        """Whether the reader may acknowledge and silence what concerns a province; None is the whole nation."""
        if self.oversees:
            return True
        return self.reads_letters and self.provinces is not None and province in self.provinces

    def check_acts_on(self, province: str | None) -> None:
        """Raises `TokenMissing`, `RoleNotEnough`, or `OutsideYourScope` for another's province."""
        self.check_reads_letters()
        if not self.acts_on(province):
            raise OutsideYourScope

    def check_reads_letters(self) -> None:
        """Raises `TokenMissing` or `RoleNotEnough`."""
        self._check(self.reads_letters)

    def check_oversees(self) -> None:
        """Raises `TokenMissing` or `RoleNotEnough`."""
        self._check(self.oversees)

    def _check(self, may: bool) -> None:
        if self.token is None:
            raise TokenMissing
        if not may:
            raise RoleNotEnough
